// The one global request that libssh can have outstanding, and the keepalives that use it when nobody else does: how a
// session finds out that its peer is gone (see session_driver.hpp).
#include "common/ssh/session_driver.hpp"

#include <chrono>
#include <string>

namespace sisu::ssh {
namespace {

/// While this lives, poll() reports no input on the socket unless it is more than an answer (socket(7), SO_RCVLOWAT).
class Unheard {
 public:
  explicit Unheard(asio::ip::tcp::socket& socket) : socket_(socket) { report_from(4096); }
  ~Unheard() { report_from(1); }
  Unheard(const Unheard&) = delete;
  Unheard& operator=(const Unheard&) = delete;

 private:
  void report_from(int bytes) {
    asio::error_code ignored;  // a socket that has died says so at the next read
    socket_.set_option(asio::socket_base::receive_low_watermark(bytes), ignored);
  }
  asio::ip::tcp::socket& socket_;
};

}  // namespace

void SessionDriver::send_keepalive() {
  if (ended_ || keepalive_outstanding_ || global_slot_held_) return;
  keepalive_outstanding_ = true;
  {
    const InLibrary inside(*this);
    // The call looks for the answer, too, and if it is there already takes it without a word. To collect an answer that
    // is not due would send a request.
    const Unheard unheard(socket_);
    ssh_send_keepalive(session_.get());
  }
  after();
}

void SessionDriver::collect_keepalive() {
  if (!keepalive_outstanding_) return;
  const InLibrary inside(*this);
  // libssh keeps one state for all global requests and only this function reports it. It sends nothing while a request
  // is outstanding.
  if (ssh_channel_cancel_forward(session_.get(), "keepalive", 0) == SSH_AGAIN) return;
  keepalive_outstanding_ = false;
  ++keepalives_answered_;
}

asio::awaitable<void> SessionDriver::wait_global_slot() {
  Progress progress(*this);
  while ((keepalive_outstanding_ || global_slot_held_) && !ended_) co_await progress.point.wait();
}

void SessionDriver::free_global_slot() {
  global_slot_held_ = false;
  wake_progress();
}

void SessionDriver::abandon_global_request() {
  global_slot_held_ = false;
  keepalive_outstanding_ = true;
}

void SessionDriver::schedule_keepalive(Clock::time_point when) {
  keepalive_timer_.expires_at(when);
  keepalive_timer_.async_wait([weak = weak_from_this()](asio::error_code error) {
    const auto self = weak.lock();
    if (!error && self && !self->ended_) self->keepalive_due();
  });
}

void SessionDriver::keepalive_due() {
  const auto now = Clock::now();
  const auto silence = now - last_heard_;
  if (silence >= limits_.dead_after) {
    if (owner_) owner_->limit_reached(LimitKind::session_silence);
    return disconnect("no answer for " +
                      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silence).count()) + " s");
  }
  if (silence < limits_.keepalive) return schedule_keepalive(last_heard_ + limits_.keepalive);
  schedule_keepalive(last_heard_ + limits_.dead_after);
  send_keepalive();
}

}  // namespace sisu::ssh
