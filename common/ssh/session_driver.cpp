// The loop around libssh and the end; channels are in session_channels.cpp, global requests and keepalives in
// session_keepalive.cpp.
#include "common/ssh/session_driver.hpp"

#include "common/base/expects.hpp"
#include "common/ssh/channel_core.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <libssh/callbacks.h>

#include <algorithm>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace sisu::ssh {
namespace {

// Bytes that a packet has on the wire beyond its payload, at least: length, padding length, padding, tag.
constexpr std::uint64_t packet_overhead = 4 + 1 + 4 + 16;

void set_non_blocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) {
    throw std::system_error(errno, std::generic_category(), "fcntl");
  }
}

}  // namespace

SessionDriver::SessionDriver(asio::ip::tcp::socket socket)
    : socket_(std::move(socket)),
      session_(ssh_new()),
      end_point_(socket_.get_executor()),
      keepalive_timer_(socket_.get_executor()),
      last_heard_(Clock::now()) {
  if (!session_) throw std::bad_alloc();
  asio::error_code ignored;  // a socket that has died already says so at the first read
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ssh_set_blocking(session_.get(), 0);
  ssh_set_counters(session_.get(), &socket_counter_, &packet_counter_);
}

SessionDriver::~SessionDriver() { release(); }

// --- Log-in

int SessionDriver::duplicate_descriptor() {
  const int copy = ::fcntl(socket_.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "dup");
  return copy;
}

void SessionDriver::attach() {
  set_non_blocking(socket_.native_handle());  // the flag belongs to both descriptors; libssh clears it when it connects
  event_.reset(ssh_event_new());
  if (!event_ || ssh_event_add_session(event_.get(), session_.get()) != SSH_OK) throw std::bad_alloc();
}

bool SessionDriver::step() {
  const int result = poll_once();
  if (result == SSH_ERROR || dead()) throw std::system_error(asio::error::connection_reset, why_dead());
  return result == SSH_OK;
}

asio::awaitable<void> SessionDriver::wait_io() {
  const auto direction = write_pending() ? asio::ip::tcp::socket::wait_write : asio::ip::tcp::socket::wait_read;
  co_await socket_.async_wait(direction, asio::use_awaitable);
}

// --- Serving

void SessionDriver::start(DriverOwner& owner, ConnectionLimits limits) {
  owner_ = &owner;
  limits_ = limits;
  last_heard_ = Clock::now();
  if (limits_.keepalive > Clock::duration::zero()) schedule_keepalive(last_heard_ + limits_.keepalive);
  cork_.begin(socket_.native_handle());
  pump_again();
}

asio::awaitable<void> SessionDriver::wait_end() {
  if (!ended_) co_await end_point_.wait();
}

int SessionDriver::poll_once() {
  if (!event_) return SSH_ERROR;
  const std::uint64_t sent = packet_counter_.out_packets;
  int result = SSH_ERROR;
  window_adjustments_ = 0;
  {
    const InLibrary inside(*this);
    result = ssh_event_dopoll(event_.get(), 0);
  }
  // Ours go out between the polls: those made in here answer the peer, also what libssh refuses without telling us.
  const std::uint64_t answers = packet_counter_.out_packets - sent;
  if (answers > window_adjustments_) count_answers(answers - window_adjustments_);
  return result;
}

void SessionDriver::count_answers(std::uint64_t answers) {
  constexpr Clock::duration minute = std::chrono::minutes(1);
  if (!owner_ || limits_.requests == 0) return;
  const auto now = Clock::now();
  const auto cost = minute / static_cast<Clock::rep>(limits_.requests) * static_cast<Clock::rep>(answers);
  requests_covered_ = std::max(requests_covered_, now - minute) + cost;
  if (requests_covered_ > now) note_violation(LimitKind::requests);
}

void SessionDriver::pump() {
  if (ended_ || in_library()) return;
  turn_over_ = false;
  int rounds = 0;
  while (rounds < pump_rounds && !turn_over_ && poll_once() == SSH_OK) ++rounds;
  if (rounds == pump_rounds || turn_over_) pump_again();  // edge-triggered: what is left would not be told again
  after();
}

void SessionDriver::pump_again() {
  if (pump_posted_ || ended_) return;
  pump_posted_ = true;
  asio::post(executor(), [self = shared_from_this()] {
    self->pump_posted_ = false;
    self->pump();
  });
}

void SessionDriver::after() {
  if (in_library() || in_after_) {
    after_again_ = true;  // the call that is under way does it when it is back
    return;
  }
  if (ended_) return;
  const auto self = shared_from_this();
  in_after_ = true;
  do {
    after_again_ = false;
    flush();
    const std::uint64_t packets = packet_counter_.in_packets;
    act_on_notes();
    // What it asked of libssh may have taken in more packets, of which the event loop will never tell.
    after_again_ = after_again_ || packets != packet_counter_.in_packets;
  } while (after_again_ && !ended_);
  in_after_ = false;
  if (ended_ || !owner_) return;
  cork_.push(socket_counter_.out_bytes);
  arm_read();
  arm_write();
}

void SessionDriver::after_soon() {
  if (after_posted_ || ended_) return;
  after_posted_ = true;
  asio::post(executor(), [self = shared_from_this()] {
    self->after_posted_ = false;
    self->after();
  });
}

void SessionDriver::act_on_notes() {
  if (!disconnect_reason_.empty()) return disconnect(std::exchange(disconnect_reason_, {}));
  check_limits();
  const bool lost = dead();
  while (!to_close_.empty() && !lost) {
    const auto core = std::move(to_close_.back());
    to_close_.pop_back();
    core->close_in_libssh();
  }
  look_at_opening();
  wake_readers();
  free_finished();
  if (packet_counter_.in_packets != seen_packets_) {
    seen_packets_ = packet_counter_.in_packets;
    last_heard_ = Clock::now();
    collect_keepalive();
    wake_progress();
  }
  if (owner_ && !ended_) owner_->progressed();
  if (ended_) return;
  if (violation_) {
    owner_->limit_reached(*violation_);
    return disconnect("limit reached: " + std::string(to_string(*violation_)));
  }
  if (dead()) return end(why_dead());
  wake_writers();
}

bool SessionDriver::dead() const {
  return ssh_is_connected(session_.get()) == 0 ||
         (ssh_get_status(session_.get()) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

std::string SessionDriver::why_dead() const {
  // Includes the peer's SSH_MSG_DISCONNECT text, which is for people: only its printable part.
  std::string text = ssh_get_error(session_.get());
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (text.empty() || text == "Socket error: disconnected") return "the connection was closed";
  // libssh writes "Received SSH_MSG_DISCONNECT: 11:the text"; the text is what the peer has to say (RFC 4253 11.1).
  constexpr std::string_view disconnect = "Received SSH_MSG_DISCONNECT: ";
  if (!text.starts_with(disconnect)) return text;
  const auto code_end = text.find(':', disconnect.size());
  if (code_end != std::string::npos) text.replace(0, code_end + 1, "the other side ended the session: ");
  return text;
}

void SessionDriver::check_limits() {
  if (!write_pending()) {
    drained_packets_ = packet_counter_;
    drained_bytes_ = socket_counter_.out_bytes;
    return;
  }
  if (unsent() > limits_.backlog_bytes) note_violation(LimitKind::backlog_bytes);
}

/// About what the output buffer holds, rather more than less: libssh does not tell.
std::uint64_t SessionDriver::unsent() const {
  const std::uint64_t made = packet_counter_.out_bytes - drained_packets_.out_bytes +
                             packet_overhead * (packet_counter_.out_packets - drained_packets_.out_packets);
  const std::uint64_t sent = socket_counter_.out_bytes - drained_bytes_;
  return made > sent ? made - sent : 0;
}

void SessionDriver::wake_progress() {
  for (Progress* waiting : progress_) waiting->point.notify();
}

// --- Output

bool SessionDriver::write_pending() const { return (ssh_get_status(session_.get()) & SSH_WRITE_PENDING) != 0; }

bool SessionDriver::may_hand_over(std::size_t more) {
  if (!write_pending() || unsent() + more <= batch_bytes) return true;
  flush();
  return !write_pending();
}

void SessionDriver::flush() {
  // Each round reads too, so it is bounded; two are enough to learn that the socket is writable and to write.
  for (int rounds = 0; rounds < 2 && write_pending() && poll_once() == SSH_OK; ++rounds) {
  }
}

void SessionDriver::arm_read() {
  if (reading_ || pump_posted_) return;
  reading_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](asio::error_code error) {
    self->reading_ = false;
    if (!error) self->pump();
  });
}

void SessionDriver::arm_write() {
  if (writing_ || pump_posted_ || !write_pending()) return;
  writing_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](asio::error_code error) {
    self->writing_ = false;
    if (!error) self->pump();
  });
}

// --- The end

void SessionDriver::end(std::string reason) {
  if (std::exchange(ended_, true)) return;
  end_reason_ = std::move(reason);
  keepalive_timer_.cancel();
  wake_progress();
  end_point_.notify();
  // Not now: a caller further up the stack may still hold a pointer into libssh.
  asio::post(executor(), [self = shared_from_this()] { self->release(); });
}

void SessionDriver::disconnect(std::string_view reason) {
  if (ended_) return;
  if (in_library()) {
    disconnect_reason_ = reason.empty() ? "closed" : reason;
    after_again_ = true;
    pump_again();  // should nobody further up call after()
    return;
  }
  const std::string text(reason);
  if (session_ && event_ && !dead()) {
    ssh_session_set_disconnect_message(session_.get(), text.c_str());
    for (const auto& core : channels_) core->session_gone();
    const InLibrary inside(*this);
    for (int rounds = 0; rounds < 4 && ssh_event_dopoll(event_.get(), 0) == SSH_OK; ++rounds) {
    }
    if (!dead()) ssh_disconnect(session_.get());
  }
  end(text);
}

void SessionDriver::release() {
  if (std::exchange(released_, true)) return;
  expects(!in_library(), "release() from a libssh callback");
  ended_ = true;
  keepalive_timer_.cancel();
  if (DriverOwner* owner = std::exchange(owner_, nullptr)) owner->ended();
  opening_.clear();
  finished_.clear();
  readable_.clear();
  to_close_.clear();
  writers_.clear();
  for (const auto& core : std::exchange(channels_, {})) core->session_gone();
  event_.reset();  // before the session: it hands the poll object back
  session_.reset();
  asio::error_code ignored;
  socket_.close(ignored);
  end_point_.notify();
}

void SessionDriver::note_violation(LimitKind kind) {
  if (!violation_) violation_ = kind;
  turn_over_ = true;
}

SessionDriver::Progress::Progress(SessionDriver& d) : driver(d.shared_from_this()), point(d.executor()) {
  driver->progress_.push_back(this);
}

SessionDriver::Progress::~Progress() { std::erase(driver->progress_, this); }

}  // namespace sisu::ssh
