#include "common/ssh/channel_core.hpp"

#include "common/base/expects.hpp"
#include "common/ssh/session_driver.hpp"

#include <asio/error.hpp>

#include <algorithm>
#include <cstring>
#include <system_error>

namespace sisu::ssh {
namespace {

ChannelCore& core_of(void* self) { return *static_cast<ChannelCore*>(self); }

}  // namespace

ChannelCore::ChannelCore(SessionDriver& driver, ssh_channel raw)
    : driver_(&driver), raw_(raw), executor_(driver.executor()), readable_(executor_), writable_(executor_) {
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  callbacks_.channel_eof_function = on_eof;
  callbacks_.channel_close_function = on_close;
  callbacks_.channel_exit_status_function = on_exit_status;
  if (ssh_set_channel_callbacks(raw, &callbacks_) != SSH_OK) throw std::bad_alloc();
}

ChannelCore::~ChannelCore() = default;

void ChannelCore::handle_requests(ChannelRequests& requests) {
  requests_ = &requests;
  callbacks_.channel_pty_request_function = [](ssh_session, ssh_channel, const char*, int, int, int, int, void* self) {
    ChannelCore& core = core_of(self);
    return core.requests_ && core.requests_->pty_requested(core) ? 0 : 1;
  };
  callbacks_.channel_shell_request_function = [](ssh_session, ssh_channel, void* self) {
    ChannelCore& core = core_of(self);
    return core.requests_ && core.requests_->shell_requested(core) ? 0 : 1;
  };
  callbacks_.channel_exec_request_function = [](ssh_session, ssh_channel, const char* command, void* self) {
    ChannelCore& core = core_of(self);
    return core.requests_ && core.requests_->exec_requested(core, command ? command : "") ? 0 : 1;
  };
  callbacks_.channel_subsystem_request_function = [](ssh_session, ssh_channel, const char* name, void* self) {
    ChannelCore& core = core_of(self);
    return core.requests_ && core.requests_->subsystem_requested(core, name ? name : "") ? 0 : 1;
  };
  callbacks_.channel_env_request_function = [](ssh_session, ssh_channel, const char*, const char*, void* self) {
    ChannelCore& core = core_of(self);
    return core.requests_ && core.requests_->env_requested(core) ? 0 : 1;
  };
  callbacks_.channel_pty_window_change_function = [](ssh_session, ssh_channel, int, int, int, int, void*) { return 0; };
}

// --- Opening

asio::awaitable<void> ChannelCore::wait_confirmation() {
  while (state_ == State::opening) co_await writable_.wait();
}

void ChannelCore::confirmed() {
  if (state_ == State::closing) return close_in_libssh();  // nobody waits for it any more
  state_ = State::open;
  writable_.notify();
}

void ChannelCore::denied() {
  const bool wanted = state_ == State::opening;
  if (wanted) state_ = State::denied;
  // A channel that never was bound is freed at once.
  ++driver_->closing_;
  driver_->note_finished(*this);
  if (wanted) writable_.notify();
}

// --- Callbacks: inside libssh

int ChannelCore::on_data(ssh_session, ssh_channel, void* data, std::uint32_t length, int is_stderr, void* self) {
  return core_of(self).data_arrived({static_cast<const char*>(data), length}, is_stderr != 0);
}

int ChannelCore::data_arrived(std::string_view bytes, bool is_stderr) {
  if (!driver_) return static_cast<int>(bytes.size());
  expect_window_adjustment(bytes.size() - (is_stderr ? 0 : held_));
  if (state_ == State::closing) {
    discarded_ += bytes.size();
    if (discarded_ > driver_->limits().discarded_bytes) driver_->note_violation(LimitKind::discarded_bytes);
    return static_cast<int>(bytes.size());
  }
  if (is_stderr) {
    error_text_.append(bytes.substr(0, error_text_bytes - std::min(error_text_bytes, error_text_.size())));
    return static_cast<int>(bytes.size());
  }
  held_ = bytes.size();
  if (held_ > driver_->limits().channel_bytes) driver_->note_violation(LimitKind::channel_bytes);
  account();
  driver_->note_readable(*this);
  return 0;
}

/// libssh opens the window at the first bytes of a channel, and then whenever half of it is used up.
void ChannelCore::expect_window_adjustment(std::size_t arrived) {
  constexpr std::size_t half_window = 640'000;
  since_adjustment_ += arrived;
  if (std::exchange(received_, true) && since_adjustment_ < half_window) return;
  since_adjustment_ = 0;
  ++driver_->window_adjustments_;
}

void ChannelCore::account() {
  if (!driver_) return;
  const std::size_t now = held_ + spill_.size();
  driver_->channel_bytes_ += now - std::exchange(accounted_, now);  // modulo 2^64: also when it is less
}

void ChannelCore::on_eof(ssh_session, ssh_channel, void* self) {
  ChannelCore& core = core_of(self);
  core.remote_eof_ = true;
  if (core.driver_) core.driver_->note_readable(core);
}

void ChannelCore::on_close(ssh_session, ssh_channel, void* self) {
  ChannelCore& core = core_of(self);
  if (std::exchange(core.remote_closed_, true) || !core.driver_) return;
  core.remote_eof_ = true;
  core.driver_->note_readable(core);
  if (core.state_ == State::closing) {
    // Else close_in_libssh() is still to come, and goes on from there: the peer has to hear our close.
    if (core.close_sent_) core.driver_->note_finished(core);
  } else if (!core.owned) {
    core.close();  // nobody else would
  }
}

void ChannelCore::on_exit_status(ssh_session, ssh_channel, int status, void* self) {
  core_of(self).exit_status_ = status;
}

// --- Reading

std::size_t ChannelCore::take(std::span<char> out) {
  if (spill_read_ == spill_.size() && held_ > 0 && state_ == State::open && driver_ && !driver_->ended()) {
    if (held_ <= out.size()) return read_held(out);
    spill_.resize(held_);
    spill_.resize(read_held(spill_));
    spill_read_ = 0;
    account();
  }
  const std::size_t count = std::min(out.size(), spill_.size() - spill_read_);
  if (count == 0) return 0;
  std::memcpy(out.data(), spill_.data() + spill_read_, count);
  spill_read_ += count;
  if (spill_read_ == spill_.size()) {
    spill_ = {};  // an idle channel holds no buffer
    spill_read_ = 0;
    account();
  }
  return count;
}

std::size_t ChannelCore::read_held(std::span<char> out) {
  // All that libssh holds, exactly: see "Flow control" in session_driver.hpp.
  const auto wanted = static_cast<std::uint32_t>(std::exchange(held_, 0));
  int count = 0;
  {
    const SessionDriver::InLibrary inside(*driver_);
    count = ssh_channel_read_timeout(raw_, out.data(), wanted, 0, 0);
  }
  account();
  driver_->after_soon();  // it may have sent a window adjustment
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

bool ChannelCore::at_end() const {
  if (spill_read_ != spill_.size()) return false;
  if (!driver_ || driver_->ended() || state_ != State::open) return true;
  return held_ == 0 && (is_command ? remote_closed_ : remote_eof_);
}

bool ChannelCore::closed_by_peer() const {
  // Closing on our side is not enough: what was written last may still be under way.
  return !driver_ || driver_->ended() || remote_closed_ || (state_ != State::open && state_ != State::closing);
}

// --- Writing

std::size_t ChannelCore::try_write(std::string_view bytes, Lane lane) {
  if (!driver_ || driver_->ended()) {
    throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  }
  if (state_ != State::open || remote_closed_ || finished_writing_) {
    throw std::system_error(asio::error::broken_pipe, "the SSH channel is closed");
  }
  const std::size_t count = std::min({bytes.size(), std::size_t{ssh_channel_window_size(raw_)}, write_bytes});
  if (count == 0 || !driver_->may_hand_over(count)) return 0;
  int taken = 0;
  driver_->handing_over(count);
  {
    const SessionDriver::InLibrary inside(*driver_);
    const auto write = lane == Lane::data ? &ssh_channel_write : &ssh_channel_write_stderr;
    taken = write(raw_, bytes.data(), static_cast<std::uint32_t>(count));
  }
  // During a key exchange libssh takes nothing although the window is open: packets must come in first.
  stalled_ = taken == 0;
  stalled_at_ = driver_->packets().in_packets;
  driver_->after_soon();
  return taken > 0 ? static_cast<std::size_t>(taken) : 0;  // an error shows when it is tried again
}

asio::awaitable<void> ChannelCore::wait_writable() {
  driver_->enqueue_writer(*this);
  driver_->after();  // what held it up may be gone already
  if (queued_writer_ && driver_) co_await writable_.wait();
}

bool ChannelCore::may_write() const {
  if (state_ != State::open || remote_closed_) return true;  // to learn that it may not
  if (stalled_ && stalled_at_ == driver_->packets().in_packets) return false;
  return ssh_channel_window_size(raw_) > 0;
}

void ChannelCore::leave_writers() {
  if (!driver_) return;
  driver_->dequeue_writer(*this);
  driver_->after_soon();  // the next one's turn
}

void ChannelCore::finish() {
  if (!driver_ || driver_->ended() || state_ != State::open || std::exchange(finished_writing_, true)) return;
  if (remote_closed_) return;  // it gets our close for an answer (RFC 4254 5.3), and needs no EOF before that
  {
    const SessionDriver::InLibrary inside(*driver_);
    ssh_channel_send_eof(raw_);  // SSH_AGAIN: it waits in the output buffer
  }
  driver_->after_soon();
}

void ChannelCore::send_exit(int status) {
  if (!driver_ || driver_->ended() || state_ != State::open) return;
  {
    const SessionDriver::InLibrary inside(*driver_);
    ssh_channel_request_send_exit_status(raw_, status);
  }
  close();
}

// --- Closing

void ChannelCore::close() noexcept {
  if (state_ == State::closing || state_ == State::gone || state_ == State::denied) return;
  const bool was_opening = state_ == State::opening;
  state_ = State::closing;
  spill_ = {};
  spill_read_ = 0;
  account();
  readable_.notify();
  writable_.notify();
  if (!driver_ || driver_->ended()) return;
  driver_->dequeue_writer(*this);
  closed_at_ = SessionDriver::Clock::now();
  if (!was_opening) driver_->note_closing(*this);  // else: when the peer has answered
}

void ChannelCore::close_in_libssh() {
  if (!driver_ || !raw_) return;
  {
    const SessionDriver::InLibrary inside(*driver_);
    // While output is pending the first call only queues the EOF and says SSH_AGAIN; the second queues the close.
    if (ssh_channel_close(raw_) == SSH_AGAIN) ssh_channel_close(raw_);
  }
  close_sent_ = true;
  if (++driver_->closing_ > driver_->limits().unconfirmed_closes)
    driver_->note_violation(LimitKind::unconfirmed_closes);
  if (remote_closed_) driver_->note_finished(*this);
}

void ChannelCore::session_gone() {
  if (driver_) driver_->channel_bytes_ -= std::exchange(accounted_, 0);
  driver_ = nullptr;
  raw_ = nullptr;
  held_ = 0;
  queued_writer_ = false;
  if (state_ == State::opening) state_ = State::denied;
  if (state_ == State::closing) state_ = State::gone;
  readable_.notify();
  writable_.notify();
}

}  // namespace sisu::ssh
