// ChannelCore: one SSH channel, either end: what libssh's callbacks note about it and what its stream asks of libssh.
// Shared by the driver (until both sides have closed it) and the stream that user code holds.
#pragma once

#include "common/ssh/channel.hpp"
#include "common/ssh/wait_point.hpp"

#include <libssh/callbacks.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::ssh {

class SessionDriver;

/// What a server learns about a channel; the client ignores it. Called inside libssh: note, do not act.
class ChannelRequests {
 public:
  virtual bool pty_requested(ChannelCore& core) = 0;
  virtual bool shell_requested(ChannelCore& core) = 0;
  virtual bool exec_requested(ChannelCore& core, std::string_view command_line) = 0;
  virtual bool subsystem_requested(ChannelCore& core, std::string_view name) = 0;
  virtual bool env_requested(ChannelCore& core) = 0;

 protected:
  ~ChannelRequests() = default;
};

class ChannelCore : public std::enable_shared_from_this<ChannelCore> {
 public:
  enum class State { opening, open, denied, closing, gone };

  static constexpr std::size_t write_bytes = 256 * 1024;     ///< most that libssh gets at once
  static constexpr std::size_t error_text_bytes = 8 * 1024;  ///< of a command's standard error, kept on the client

  ChannelCore(SessionDriver& driver, ssh_channel raw);
  ~ChannelCore();

  /// Server only, before requests can come.
  void handle_requests(ChannelRequests& requests);
  void forget_requests() { requests_ = nullptr; }

  State state() const { return state_; }
  ssh_channel raw() const { return raw_; }
  const asio::any_io_executor& executor() const { return executor_; }

  /// It was the peer that opened it.
  void accepted() { state_ = State::open; }
  /// Waits until the peer has confirmed or denied the opening.
  asio::awaitable<void> wait_confirmation();

  /// Takes what is there, 0 if nothing is.
  std::size_t take(std::span<char> out);
  /// Nothing is there and nothing more will come.
  bool at_end() const;
  /// Or the session has ended, or we closed it.
  bool closed_by_peer() const;
  WaitPoint& readable() { return readable_; }

  enum class Lane { data, error };
  /// Hands bytes to libssh if its output buffer is empty and the window is open: the count taken, 0 if it must wait.
  /// Throws std::system_error when the channel takes no more.
  std::size_t try_write(std::string_view bytes, Lane lane);
  asio::awaitable<void> wait_writable();
  /// There is no reason to wait any longer, as far as this channel goes.
  bool may_write() const;
  void leave_writers();

  void finish();
  void send_exit(int status);
  void close() noexcept;

  int exit_status() const { return exit_status_; }
  const std::string& error_text() const { return error_text_; }

  bool is_command = false;  ///< on the client: its end of stream is the close, for the exit status comes after EOF
  bool owned = false;       ///< a Channel stands for it and closes it
  // For the server: what was asked on a session channel so far.
  bool has_pty = false;
  bool started = false;

 private:
  friend class SessionDriver;

  static int on_data(ssh_session, ssh_channel, void* data, std::uint32_t length, int is_stderr, void* self);
  static void on_eof(ssh_session, ssh_channel, void* self);
  static void on_close(ssh_session, ssh_channel, void* self);
  static void on_exit_status(ssh_session, ssh_channel, int status, void* self);
  int data_arrived(std::string_view bytes, bool is_stderr);
  void confirmed();
  void denied();
  void close_in_libssh();
  void session_gone();
  std::size_t read_held(std::span<char> out);
  void account();
  void expect_window_adjustment(std::size_t arrived);

  SessionDriver* driver_;  // null once the session is gone
  ssh_channel raw_;        // null once libssh has freed it
  asio::any_io_executor executor_;
  ssh_channel_callbacks_struct callbacks_{};
  ChannelRequests* requests_ = nullptr;
  State state_ = State::opening;

  std::size_t held_ = 0;     // bytes in libssh's buffer
  std::vector<char> spill_;  // bytes taken from libssh that the reader had no room for
  std::size_t spill_read_ = 0;
  std::size_t accounted_ = 0;  // of the driver's channel_bytes_
  std::size_t discarded_ = 0;
  bool received_ = false;             // anything at all
  std::size_t since_adjustment_ = 0;  // bytes
  bool close_sent_ = false;
  bool remote_eof_ = false;
  bool remote_closed_ = false;
  bool finished_writing_ = false;
  bool noted_readable_ = false;
  bool queued_writer_ = false;
  bool stalled_ = false;
  std::uint64_t stalled_at_ = 0;  // packets that had come in by then
  int exit_status_ = -1;
  std::string error_text_;
  std::chrono::steady_clock::time_point closed_at_;
  std::size_t index_ = 0;  // in the driver's list

  WaitPoint readable_;
  WaitPoint writable_;
};

}  // namespace sisu::ssh
