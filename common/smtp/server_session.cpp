// One coroutine reads, thinks and writes in turn. The only thing that ever runs beside it is say_farewell(): when a
// time limit or a stop comes while the coroutine waits in read_some(), the 421 is written by a child, and the reader
// then reads on only to see the peer go. See docs/decisions/smtp-farewell.md.
#include "common/smtp/server_session.hpp"

#include "common/base/expects.hpp"

#include <asio/this_coro.hpp>

#include <system_error>
#include <utility>

namespace sisu::smtp {
namespace {

constexpr std::size_t buffer_octets = 64 * 1024;

Reply timed_out() { return {421, "4.4.2", "timed out; closing connection"}; }
Reply stopping() { return {421, "4.3.2", "server is stopping; try again later"}; }
Reply local_error() { return {421, "4.3.0", "error on this side; try again later"}; }

bool is_cancellation(const std::system_error& error) { return error.code() == asio::error::operation_aborted; }

}  // namespace

ServerSession::ServerSession(net::ByteStream& stream, ConnectionInfo connection, ServerServices services,
                             ServerConfig config)
    : base_(stream),
      stream_(&stream),
      connection_(std::move(connection)),
      services_(std::move(services)),
      timeouts_(config.timeouts),
      log_(services_.log.with({{"connection", connection_.id}})),
      transaction_log_(log_),
      engine_(config.options, config.limits),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_octets)),
      children_(stream.executor()),
      deadline_(config.timeouts, std::chrono::steady_clock::now()),
      watchdog_(stream.executor(), [this] { on_time_out(); }),
      last_resort_(stream.executor(), [this] { close(); }),
      grace_(stream.executor(), [this] { on_grace_over(); }) {
  expects(services_.tls != nullptr || config.options.starttls == StartTls::absent, "a TlsUpgrade where TLS is offered");
}

ServerSession::~ServerSession() { drop_message(); }

asio::awaitable<void> ServerSession::run() {
  std::exception_ptr failure;
  try {
    co_await converse();
  } catch (...) {
    failure = std::current_exception();
  }
  drop_message();
  close();
  // A cancelled coroutine could not wait for its child otherwise; the closed stream makes the wait short.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await children_.join();
  log_.info(
      "smtp connection ended",
      {{"reason", describe_end(failure)}, {"stored", stored_}, {"octets", received_}, {"tls", secured_ != nullptr}});
}

asio::awaitable<void> ServerSession::converse() {
  bool failed_here = false;
  while (!ended_ && !failed_here) {
    try {
      co_await dispatch(engine_.next_event());
    } catch (const std::exception& error) {
      if (activity_ != Activity::working) throw;
      const auto* system = dynamic_cast<const std::system_error*>(&error);
      if (system != nullptr && is_cancellation(*system)) throw;
      log_.error("smtp connection failed on this side", {{"error", error.what()}});
      failed_here = true;
    }
  }
  if (!failed_here) co_return;
  drop_message();
  engine_.shut_down(local_error());
  co_await on(Closed{"error on this side"});
}

/// Not a coroutine: the visitor must not live inside a co_await expression (docs/style.md).
asio::awaitable<void> ServerSession::dispatch(ServerEvent event) {
  return std::visit([this](auto& each) { return on(std::move(each)); }, event);
}

asio::awaitable<void> ServerSession::on(NeedInput) {
  co_await flush();
  if (stopping_ && (grace_over_ || !engine_.in_transaction())) {
    engine_.shut_down(stopping());
    co_await on(Closed{"stopped"});
    co_return;
  }
  const auto now = std::chrono::steady_clock::now();
  watchdog_.arm(deadline_.next(engine_, received_, now) - now);
  activity_ = Activity::reading;
  const std::size_t count = co_await stream_->read_some({buffer_.get(), buffer_octets});
  watchdog_.disarm();
  if (parting_) {
    if (count > 0) co_await linger();
    co_await children_.join();
    ended_ = true;
    co_return;
  }
  activity_ = Activity::working;
  received_ += count;
  if (count == 0) ended_ = true;
  engine_.receive({buffer_.get(), count});
}

asio::awaitable<void> ServerSession::on(SenderGiven) {
  connection_.hello = engine_.hello();
  connection_.extended = engine_.is_extended();
  const auto& envelope = engine_.envelope();
  transaction_log_ = log_.with({{"transaction", TransactionId::random()}});
  const auto refusal = co_await services_.policy.sender(connection_, envelope);
  if (!refusal) {
    transaction_log_.debug("mail transaction begun", {{"sender", envelope.sender ? envelope.sender->to_log() : "<>"}});
    engine_.accept();
    co_return;
  }
  transaction_log_.info("sender refused", {{"code", refusal->code}, {"status", refusal->enhanced}});
  engine_.refuse(*refusal);
}

asio::awaitable<void> ServerSession::on(RecipientGiven given) {
  const auto refusal = co_await services_.policy.recipient(connection_, engine_.envelope(), given.recipient);
  if (!refusal) {
    engine_.accept();
    co_return;
  }
  transaction_log_.info("recipient refused",
                        {{"recipient", given.recipient}, {"code", refusal->code}, {"status", refusal->enhanced}});
  engine_.refuse(*refusal);
}

asio::awaitable<void> ServerSession::on(MessageBegun) {
  envelope_ = engine_.envelope();
  delivery_ = DeliveryId::random();
  message_octets_ = 0;
  auto writer = co_await services_.sink.begin(connection_, envelope_, delivery_);
  if (writer) {
    writer_ = std::move(*writer);
    engine_.accept();
    co_return;
  }
  transaction_log_.warning("message not taken", {{"delivery", delivery_}, {"code", writer.error().code}});
  engine_.refuse(writer.error());
}

asio::awaitable<void> ServerSession::on(MessageBytes piece) {
  message_octets_ += piece.bytes.size();
  const auto written = co_await writer_->write(piece.bytes);
  if (written) co_return;
  transaction_log_.warning("message not stored", {{"delivery", delivery_}, {"code", written.error().code}});
  drop_message();
  engine_.fail_message(written.error());
}

asio::awaitable<void> ServerSession::on(MessageEnded) {
  const auto outcome = co_await writer_->commit();
  writer_.reset();
  if (outcome) {
    ++stored_;
    transaction_log_.info(
        "message stored",
        {{"delivery", delivery_}, {"octets", message_octets_}, {"recipients", envelope_.recipients.size()}});
  } else {
    transaction_log_.warning("message not stored", {{"delivery", delivery_}, {"code", outcome.error().code}});
  }
  engine_.complete(outcome ? *outcome : outcome.error());
}

asio::awaitable<void> ServerSession::on(MessageAborted aborted) {
  transaction_log_.info("message aborted", {{"delivery", delivery_}, {"reason", aborted.reason}});
  drop_message();
  co_return;
}

asio::awaitable<void> ServerSession::on(TlsRequested) {
  co_await flush();
  watchdog_.arm(timeouts_.tls_handshake);
  activity_ = Activity::handshaking;
  auto secured = co_await services_.tls->upgrade(base_);
  watchdog_.disarm();
  activity_ = Activity::working;
  secured_ = std::move(secured.stream);
  stream_ = secured_.get();
  connection_.tls = std::move(secured.info);
  log_.debug("tls begun", {{"version", connection_.tls->version}, {"cipher", connection_.tls->cipher}});
  engine_.tls_started();
}

asio::awaitable<void> ServerSession::on(Closed closed) {
  end_reason_ = closed.reason;
  drop_message();
  co_await flush();
  co_await stream_->finish();
  if (secured_) co_await base_.finish();
  last_resort_.arm(timeouts_.linger);
  co_await linger();
  ended_ = true;
}

/// All replies to commands that came together go out together (RFC 2920 3.2).
asio::awaitable<void> ServerSession::flush() {
  if (engine_.output().empty()) co_return;
  watchdog_.arm(timeouts_.write);
  activity_ = Activity::writing;
  co_await stream_->write(engine_.output());
  engine_.output_sent();
  activity_ = Activity::working;
  watchdog_.disarm();
}

/// Reads until the peer ends: a socket that is closed with octets unread resets the connection, and the reset can
/// overtake our last reply.
asio::awaitable<void> ServerSession::linger() {
  activity_ = Activity::lingering;
  try {
    while (co_await stream_->read_some({buffer_.get(), buffer_octets}) > 0) {
    }
  } catch (const std::system_error& error) {
    if (is_cancellation(error) && !last_resort_.bitten()) throw;  // any other way for the peer to go is as good
  }
}

void ServerSession::part_with(const Reply& reply) {
  parting_ = true;
  engine_.shut_down(reply);
  last_resort_.arm(timeouts_.linger);
  children_.spawn(say_farewell());
}

asio::awaitable<void> ServerSession::say_farewell() {
  co_await stream_->write(engine_.output());
  co_await stream_->finish();
  if (secured_) co_await base_.finish();
}

void ServerSession::on_time_out() {
  end_reason_ = "timed out";
  if (activity_ == Activity::reading) return part_with(timed_out());
  close();
}

void ServerSession::stop() {
  if (std::exchange(stopping_, true) || parting_) return;
  if (activity_ == Activity::reading && !engine_.in_transaction()) {
    end_reason_ = "stopped";
    return part_with(stopping());
  }
  grace_.arm(timeouts_.stop_grace);
}

void ServerSession::on_grace_over() {
  grace_over_ = true;
  if (parting_ || ended_) return;
  end_reason_ = "stopped";
  if (activity_ == Activity::reading) return part_with(stopping());
  if (activity_ != Activity::working) close();
}

void ServerSession::drop_message() noexcept {
  if (writer_) writer_->abort();
  writer_.reset();
}

void ServerSession::close() noexcept {
  if (secured_) secured_->close();
  base_.close();
}

std::string ServerSession::describe_end(const std::exception_ptr& failure) const {
  if (!failure || watchdog_.bitten() || grace_over_) return end_reason_;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return (activity_ == Activity::handshaking ? "TLS handshake: " : "") + std::string(error.what());
  }
}

}  // namespace sisu::smtp
