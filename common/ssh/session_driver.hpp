// SessionDriver: one libssh session driven by an event loop, without a thread and without blocking. Both ends use it.
//
// Theory of operation.
//
// libssh is a C library that wants to poll sockets itself. We let it, but only when the event loop says that there is
// something to do and only with a time-out of zero:
//
//   pump()   runs ssh_event_dopoll() until it has nothing more to do (each call reads at most 4096 bytes), at most
//            `pump_rounds` times or until a channel holds enough to be worth a turn of its reader, then calls after().
//   after()  does what libssh has no events for. A channel that was confirmed, a window that was opened, an output
//            buffer that drained: none of them has a callback. So after() looks at all of them, and arms the socket.
//
// The one rule that keeps this sound: *every* call that can do I/O is followed by after(). ssh_channel_write,
// _send_eof, _close, _open_* and the global requests process incoming packets themselves and so fire callbacks of other
// channels. What channels do follows it with after_soon(): one after() behind everything that the event loop has ready,
// so that the packets of many channels leave in one system call.
//
// Callbacks run inside libssh, which must not be re-entered there. They only note what happened (ChannelCore), and
// after() acts on the notes: coroutines are resumed by a post (WaitPoint), channels are freed, owners are told. What
// user code asks for while libssh is on the stack (a handler that closes a channel) is put off until after().
//
// Flow control. Down (peer to us): the data callback takes nothing; the bytes stay in libssh's channel buffer until the
// reader takes *all* of them. A partial ssh_channel_read would re-open the window without end. While nobody reads,
// the window closes at 1.28 MB. Up (us to peer): nothing is handed to libssh while its output buffer still holds more
// than `batch_bytes` or while the channel's window is closed, so it never buffers more than that and one write.
//
// A hostile peer can ignore windows, or ask without ever reading the answers. Both are measured (ConnectionLimits)
// and end the session.
#pragma once

#include "common/ssh/libssh_handles.hpp"
#include "common/ssh/limits.hpp"
#include "common/ssh/packet_cork.hpp"
#include "common/ssh/wait_point.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::ssh {

class ChannelCore;

/// The session type that a driver works for. Calls come from after(), never from inside libssh.
class DriverOwner {
 public:
  /// Packets may have come in: act on what the callbacks noted.
  virtual void progressed() = 0;
  /// The session is over: nothing is called after this.
  virtual void ended() = 0;
  /// A limit bit; the session ends.
  virtual void limit_reached(LimitKind kind) = 0;

 protected:
  ~DriverOwner() = default;
};

class SessionDriver : public std::enable_shared_from_this<SessionDriver> {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t batch_bytes = 32 * 1024;  ///< small writes that may wait for each other
  static constexpr int pump_rounds = 64;                 ///< reads of 4096 bytes before others get a turn
  static constexpr std::size_t turn_bytes = 128 * 1024;  ///< a channel holding more than this ends the pump's turn

  explicit SessionDriver(asio::ip::tcp::socket socket);
  ~SessionDriver();
  SessionDriver(const SessionDriver&) = delete;
  SessionDriver& operator=(const SessionDriver&) = delete;

  asio::any_io_executor executor() { return socket_.get_executor(); }
  ssh_session session() { return session_.get(); }
  asio::ip::tcp::socket& socket() { return socket_; }

  // --- Log-in: one coroutine drives the session step by step.

  /// A duplicate of the socket's descriptor for libssh, which closes it.
  int duplicate_descriptor();
  /// After libssh's first call on the session, which makes its poll object. Also makes the socket non-blocking again.
  void attach();
  /// Lets libssh read and write once. False: it had nothing to do. Throws std::system_error when the connection ended.
  bool step();
  /// Waits until step() has something to do.
  asio::awaitable<void> wait_io();

  // --- Serving: callbacks of the event loop drive the session.

  /// `owner` must call release() before it goes.
  void start(DriverOwner& owner, ConnectionLimits limits);
  bool serving() const { return owner_ != nullptr && !ended_; }
  bool ended() const { return ended_; }
  /// One line: why it ended.
  const std::string& end_reason() const { return end_reason_; }
  /// Completes when the session has ended.
  asio::awaitable<void> wait_end();

  void pump();
  void after();
  /// after(), once, when the event loop has run what is ready now.
  void after_soon();

  /// Ends the session at once: channels read end of stream, waiters wake up. Idempotent.
  void end(std::string reason);
  /// Sends SSH_MSG_DISCONNECT with `reason` (as far as the socket takes it at once) and ends.
  void disconnect(std::string_view reason);
  /// Frees everything of libssh's. Not from a callback.
  void release();

  // --- For the sessions.

  /// A channel in no state yet, with callbacks set. Throws if libssh cannot make one.
  std::shared_ptr<ChannelCore> new_channel();
  /// A channel that libssh has opened.
  std::shared_ptr<ChannelCore> adopt_channel(ssh_channel channel);
  /// `core` has been asked of the peer: wakes its waiter when confirmed or denied.
  void await_confirmation(std::shared_ptr<ChannelCore> core);
  std::size_t opening() const { return opening_.size(); }

  /// Repeats a libssh call until it returns something else than SSH_AGAIN, also when the session ends.
  template <class Call>
  asio::awaitable<int> complete(Call call) {
    const auto self = shared_from_this();
    Progress progress(*this);
    int result = SSH_AGAIN;
    while (result == SSH_AGAIN && !ended_) {
      result = attempt(call);
      const std::uint64_t packets = packet_counter_.in_packets;
      after();
      if (result == SSH_AGAIN && !ended_ && packets == packet_counter_.in_packets) co_await progress.point.wait();
    }
    co_return ended_ ? SSH_ERROR : result;
  }

  /// Global requests have one slot in libssh: a keepalive and a tcpip-forward must not overlap.
  void send_keepalive();
  bool keepalive_outstanding() const { return keepalive_outstanding_; }
  std::uint64_t keepalives_answered() const { return keepalives_answered_; }
  /// Completes when no keepalive is outstanding.
  asio::awaitable<void> wait_global_slot();
  void take_global_slot() { global_slot_held_ = true; }
  void free_global_slot();
  /// Nobody waits for the answer any more: it is collected like that of a keepalive.
  void abandon_global_request();

  /// Bytes that libssh and the channels hold for the peer: unread ones, and answers that it does not read.
  std::uint64_t held_bytes() const { return channel_bytes_ + unsent(); }

  const ssh_counter_struct& packets() const { return packet_counter_; }
  const ssh_counter_struct& bytes() const { return socket_counter_; }

  // --- For ChannelCore.

  /// While one lives, libssh is on the stack.
  class InLibrary {
   public:
    explicit InLibrary(SessionDriver& driver) : driver_(driver) { ++driver_.in_library_; }
    ~InLibrary() { --driver_.in_library_; }
    InLibrary(const InLibrary&) = delete;
    InLibrary& operator=(const InLibrary&) = delete;

   private:
    SessionDriver& driver_;
  };

  bool in_library() const { return in_library_ > 0; }
  bool write_pending() const;
  /// True if libssh may get `more` bytes now: its output buffer is empty, or holds little. Tries to empty it if need
  /// be.
  bool may_hand_over(std::size_t more);
  /// About to hand over `bytes` of a channel.
  void handing_over(std::size_t bytes) { cork_.writing(bytes); }
  /// Tries to get rid of what waits in the output buffer.
  void flush();
  void note_readable(ChannelCore& core);
  void note_finished(ChannelCore& core);
  void note_closing(ChannelCore& core);
  /// The peer broke the protocol: ends the session from after().
  void note_violation(LimitKind kind);
  const ConnectionLimits& limits() const { return limits_; }
  void enqueue_writer(ChannelCore& core);
  void dequeue_writer(ChannelCore& core);

  /// Registers a coroutine to be woken whenever packets came in.
  struct Progress {
    explicit Progress(SessionDriver& d);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    std::shared_ptr<SessionDriver> driver;
    WaitPoint point;
  };

 private:
  template <class Call>
  int attempt(Call& call) {
    const InLibrary inside(*this);
    return call();
  }

  bool dead() const;
  std::string why_dead() const;
  int poll_once();
  void act_on_notes();
  void look_at_opening();
  void free_finished();
  void wake_readers();
  void wake_writers();
  void collect_keepalive();
  void wake_progress();
  void check_limits();
  void count_answers(std::uint64_t answers);
  std::uint64_t unsent() const;
  void arm_read();
  void arm_write();
  void pump_again();
  void schedule_keepalive(Clock::time_point when);
  void keepalive_due();
  void register_channel(std::shared_ptr<ChannelCore> core);
  void unregister_channel(ChannelCore& core);

  asio::ip::tcp::socket socket_;
  SessionHandle session_;
  EventHandle event_;
  ssh_counter_struct socket_counter_{};  // bytes on the wire
  ssh_counter_struct packet_counter_{};  // payload bytes and packets

  DriverOwner* owner_ = nullptr;
  ConnectionLimits limits_;
  std::vector<std::shared_ptr<ChannelCore>> channels_;
  std::vector<std::shared_ptr<ChannelCore>> opening_;
  bool opening_added_ = false;
  std::uint64_t opening_seen_packets_ = 0;
  std::vector<std::shared_ptr<ChannelCore>> finished_;  // closed by both sides, to be freed
  std::vector<std::shared_ptr<ChannelCore>> readable_;
  std::vector<std::shared_ptr<ChannelCore>> to_close_;  // closed by user code while libssh was on the stack
  std::deque<ChannelCore*> writers_;
  std::vector<Progress*> progress_;
  std::string last_error_;  // libssh's, as last looked at: the only trace that a denied open leaves

  int in_library_ = 0;
  bool in_after_ = false;
  bool after_again_ = false;
  bool turn_over_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool pump_posted_ = false;
  bool after_posted_ = false;

  std::optional<LimitKind> violation_;
  bool ended_ = false;
  bool released_ = false;
  std::string end_reason_;
  std::string disconnect_reason_;
  WaitPoint end_point_;

  std::uint64_t seen_packets_ = 0;
  ssh_counter_struct drained_packets_{};  // the counters when the output buffer was last empty
  std::uint64_t drained_bytes_ = 0;
  PacketCork cork_;
  std::size_t closing_ = 0;
  std::uint64_t channel_bytes_ = 0;       // unread, in all channels
  std::uint64_t window_adjustments_ = 0;  // that libssh may have made in this poll: they answer data, not a request
  Clock::time_point requests_covered_;    // what was asked so far is within the limit at this time

  asio::steady_timer keepalive_timer_;
  Clock::time_point last_heard_;
  bool keepalive_outstanding_ = false;
  bool global_slot_held_ = false;
  std::uint64_t keepalives_answered_ = 0;

  friend class ChannelCore;
};

}  // namespace sisu::ssh
