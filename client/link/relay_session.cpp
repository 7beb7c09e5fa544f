#include "client/link/relay_session.hpp"

#include "client/link/line_buffer.hpp"
#include "common/net/deadline.hpp"
#include "proto/command_words.hpp"
#include "proto/event.hpp"
#include "proto/forward_kind.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace sisu::client {

using asio::experimental::as_tuple;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

RelaySession::RelaySession(std::unique_ptr<ssh::ClientSession> session, Callbacks callbacks,
                           RelaySessionOptions options, log::Logger logger)
    : session_(std::move(session)), callbacks_(std::move(callbacks)), options_(options), logger_(std::move(logger)) {}

asio::awaitable<SessionReport> RelaySession::serve() {
  tasks_ = std::make_unique<net::TaskGroup>(co_await asio::this_coro::executor);
  tasks_->spawn(become_present());
  std::string reason = co_await session_->run();
  ended_ = true;
  tasks_->stop();
  co_await tasks_->join();
  SessionReport report;
  report.end = claim_refused_  ? LinkEnd::claim_refused
               : replaced_     ? LinkEnd::replaced
               : online_since_ ? LinkEnd::lost
                               : LinkEnd::unreachable;
  report.reason = own_reason_.empty() ? std::move(reason) : own_reason_;
  if (online_since_) {
    // However short: zero would mean that deliveries were never granted.
    report.held = std::max(milliseconds(1), duration_cast<milliseconds>(steady_clock::now() - *online_since_));
  }
  co_return report;
}

asio::awaitable<void> RelaySession::become_present() {
  try {
    const Identity identity = co_await identify();
    if (identity.session) id_ = *identity.session;
    logger_ = logger_.with({{"session", id_}});
    identified_ = true;
    if (callbacks_.identified) callbacks_.identified(identity);
    co_await wait_until_allowed();
    // Before the grant: a sender may be there in the same instant.
    tasks_->spawn(accept_deliveries());
    tasks_->spawn(follow_events());
    const std::string address(proto::forward_address(proto::ForwardKind::smtp_delivery));
    co_await net::with_deadline(session_->request_forward(address, proto::forward_port), options_.answer_within);
    online_since_ = steady_clock::now();
    callbacks_.online(identity);
  } catch (const std::exception& error) {
    end(claim_refused_ ? error.what() : std::string("the relay does not grant deliveries: ") + error.what());
  }
}

asio::awaitable<void> RelaySession::wait_until_allowed() {
  if (!options_.hold_deliveries) co_return;
  asio::steady_timer waiting(co_await asio::this_coro::executor, steady_clock::time_point::max());
  allowing_ = &waiting;
  co_await waiting.async_wait(as_tuple(asio::use_awaitable));
  allowing_ = nullptr;
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != asio::cancellation_type::none) throw std::system_error(asio::error::operation_aborted);
}

void RelaySession::allow_deliveries() {
  options_.hold_deliveries = false;
  if (allowing_ != nullptr) allowing_->cancel();
}

/// Who this is to the relay, if need be after a claim. whoami is refused for good to a key without a name, and only to
/// that; a relay that is busy says "not now".
asio::awaitable<Identity> RelaySession::identify() {
  auto known = co_await ask_identity(options_.answer_within);
  if (known) co_return *std::move(known);
  logger_.info("the relay does not know this key yet: asking it for the name");
  Identity claimed = co_await net::with_deadline(claim(), options_.answer_within);
  logger_.info("the name is yours", {{"name", claimed.name},
                                     {"device_key", claimed.fingerprint},
                                     {"mail", "*@" + claimed.mail_domain},
                                     {"invitations", claimed.invites}});
  if (claimed.tier2 == false) {
    logger_.info(
        "Tier 2 is off: senders without IPv6 give the mail back at once, and others retry when they like while you are "
        "away; the relay's command \"spool on\" changes it");
  }
  co_return claimed;
}

asio::awaitable<Identity> RelaySession::claim() {
  std::string command = "claim --json";
  if (options_.invite) command += " --invite " + proto::quote_command_word(*options_.invite);
  const CommandAnswer answer = co_await run_command(std::move(command));
  claim_refused_ = answer.status == command_refused;
  if (claim_refused_) throw std::runtime_error("the relay did not give this key the name: " + answer.errors);
  co_return identity_in("claim", answer);
}

/// nullopt: nobody yet.
asio::awaitable<std::optional<Identity>> RelaySession::ask_identity(milliseconds limit) {
  std::string command = "whoami --json";
  const CommandAnswer answer = co_await net::with_deadline(run_command(std::move(command)), limit);
  if (answer.status == command_refused && answer.output.empty()) co_return std::nullopt;
  co_return identity_in("whoami", answer);
}

Identity RelaySession::identity_in(std::string_view command, const CommandAnswer& answer) const {
  if (answer.output.empty()) throw std::runtime_error(answer.errors.empty() ? "no answer" : answer.errors);
  auto identity = parse_identity(answer.output);
  if (identity) return *std::move(identity);
  throw std::runtime_error("its answer to " + std::string(command) + " is " + std::string(describe(identity.error())));
}

asio::awaitable<void> RelaySession::accept_deliveries() {
  for (;;) {
    ssh::ForwardedChannel forwarded = co_await session_->accept_forwarded();
    callbacks_.deliver(std::move(forwarded), id_);
  }
}

/// The relay may end the stream of events without ending the session (a reader that falls behind is cut off).
asio::awaitable<void> RelaySession::follow_events() {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    try {
      co_await read_events();
    } catch (const std::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      logger_.debug("no events from the relay", {{"reason", error.what()}});
    }
    pause.expires_after(options_.events_again_after);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> RelaySession::read_events() {
  const auto channel = co_await session_->exec("events --json");
  LineBuffer lines(proto::event_line_limit);
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::size_t count = co_await channel->read_some(buffer);
    if (count == 0 || !lines.add({buffer.data(), count})) co_return;
    while (const auto line = lines.next()) take_event(*line);
  }
}

void RelaySession::take_event(std::string_view line) {
  const auto event = proto::parse_event(line);
  if (!event) {
    logger_.warning("an event of the relay makes no sense", {{"reason", describe(event.error())}});
    return;
  }
  switch (event->kind) {
    case proto::Event::Kind::replaced:
      // Whoever asks for the events again, as follow_events() does, is told again.
      if (!std::exchange(replaced_, true)) {
        logger_.warning("another client took the deliveries over", {{"relay_says", event->text}});
      }
      return;
    case proto::Event::Kind::notice:
      logger_.info("notice from the relay", {{"relay_says", event->text}});
      return;
    case proto::Event::Kind::unknown:
      logger_.debug("event of an unknown kind");
      return;
  }
}

void RelaySession::check_alive(std::string why) {
  if (!tasks_ || ended_ || std::exchange(in_doubt_, true)) return;
  tasks_->spawn(prove_alive(std::move(why)));
}

asio::awaitable<void> RelaySession::prove_alive(std::string why) {
  try {
    co_await ask_identity(options_.prove_alive_within);
    logger_.debug("the relay still answers", {{"after", why}});
  } catch (const std::exception&) {
    end("no answer after " + why);
  }
  in_doubt_ = false;
}

void RelaySession::withdraw() {
  if (tasks_) tasks_->spawn(cancel_forward());
}

asio::awaitable<void> RelaySession::cancel_forward() {
  try {
    const std::string address(proto::forward_address(proto::ForwardKind::smtp_delivery));
    co_await net::with_deadline(session_->cancel_forward(address, proto::forward_port), options_.answer_within);
  } catch (const std::system_error& error) {
    logger_.debug("presence was not given back", {{"reason", error.what()}});  // it ends with the session anyway
  }
}

void RelaySession::end(std::string_view reason) {
  if (own_reason_.empty()) own_reason_ = reason;
  session_->disconnect(reason);
}

}  // namespace sisu::client
