#include "client/link/link.hpp"

#include "client/link/connector.hpp"
#include "common/base/random.hpp"
#include "common/net/deadline.hpp"
#include "proto/log_in.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/use_awaitable.hpp>

#include <system_error>
#include <utility>

namespace sisu::client {
namespace {

using asio::experimental::as_tuple;
using asio::experimental::deferred;
using std::chrono::milliseconds;

LinkEnd end_of(const ssh::LoginError& failure) {
  switch (failure.kind()) {
    case ssh::LoginFailure::host_key_refused:
      return LinkEnd::host_key_refused;
    case ssh::LoginFailure::key_refused:
      return failure.banner().starts_with(proto::not_now) ? LinkEnd::unreachable : LinkEnd::key_refused;
    case ssh::LoginFailure::connection:
      return LinkEnd::unreachable;
  }
  return LinkEnd::unreachable;
}

/// "1.5 s", "10 min"
std::string in_words(milliseconds wait) {
  if (wait >= std::chrono::minutes(2)) return std::to_string(wait / std::chrono::minutes(1)) + " min";
  const auto tenths = wait / milliseconds(100);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

LinkState::Kind state_of(NextStep::Kind next) {
  switch (next) {
    case NextStep::Kind::retry:
      return LinkState::Kind::waiting;
    case NextStep::Kind::stand_by:
      return LinkState::Kind::standing_by;
    case NextStep::Kind::refused:
    case NextStep::Kind::give_up:
      return LinkState::Kind::refused;
  }
  return LinkState::Kind::waiting;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

asio::awaitable<std::unique_ptr<ssh::ClientSession>> connect_and_log_in(RelayAddress relay, ssh::ClientOptions options,
                                                                        net::WorkerPool& workers) {
  auto socket = co_await connect_to(std::move(relay));
  co_return co_await ssh::ClientSession::log_in(std::move(socket), std::move(options), workers);
}

}  // namespace

std::string_view name_of(LinkState::Kind kind) {
  switch (kind) {
    case LinkState::Kind::none:
      return "none";
    case LinkState::Kind::connecting:
      return "connecting";
    case LinkState::Kind::connected:
      return "connected";
    case LinkState::Kind::online:
      return "online";
    case LinkState::Kind::waiting:
      return "waiting";
    case LinkState::Kind::standing_by:
      return "standing-by";
    case LinkState::Kind::refused:
      return "refused";
    case LinkState::Kind::stopped:
      return "stopped";
  }
  return "";
}

Link::Link(asio::any_io_executor executor, LinkOptions options, ssh::HostKeyVerifier verify_host_key,
           RelaySession::Callbacks callbacks, net::WorkerPool& workers, log::Logger logger)
    : executor_(executor),
      options_(std::move(options)),
      verify_host_key_(std::move(verify_host_key)),
      callbacks_(std::move(callbacks)),
      workers_(workers),
      logger_(logger.with({{"relay", options_.relay.to_string()}})),
      policy_(options_.policy, &random_below),
      waiting_(executor),
      attempting_(executor) {
  attempting_.expires_at(asio::steady_timer::time_point::max());
}

asio::awaitable<std::string> Link::run() {
  while (!stopping_) {
    network_changed_ = false;
    attempt_began_ = std::chrono::steady_clock::now();
    state_ = {};
    const SessionReport ended = co_await attempt();
    if (stopping_) break;
    NextStep next = policy_.ended(ended.end, ended.held);
    if (next.kind == NextStep::Kind::give_up) {
      state_ = {LinkState::Kind::refused, ended.reason};
      co_return ended.reason;
    }
    if (next.kind == NextStep::Kind::retry && network_changed_) next.wait = milliseconds(0);
    report(ended, next);
    state_ = {state_of(next.kind), ended.reason};
    co_await wait(next);
  }
  state_ = {LinkState::Kind::stopped};
  co_return std::string();
}

/// From the look-up of the relay's name to the end of the session.
asio::awaitable<SessionReport> Link::attempt() {
  SessionReport failed;
  try {
    auto session = co_await net::with_deadline(log_in(), options_.log_in_within);
    if (session) co_return co_await serve(std::move(session));
    failed.reason = "the network changed during the attempt";
  } catch (const ssh::LoginError& error) {
    failed.end = end_of(error);
    failed.reason = error.what();
  } catch (const std::system_error& error) {
    const bool timed_out = error.code() == asio::error::timed_out;
    if (error.code() == asio::error::operation_aborted) throw;
    failed.reason = timed_out ? "no answer within " + in_words(options_.log_in_within) : error.what();
  }
  co_return failed;
}

/// Null when the network changed under it.
asio::awaitable<std::unique_ptr<ssh::ClientSession>> Link::log_in() {
  ssh::ClientOptions options;
  options.host = options_.relay.host;
  options.port = options_.relay.port;
  options.user = options_.user;
  options.key = options_.key;
  options.verify_host_key = verify_host_key_;
  auto body = connect_and_log_in(options_.relay, std::move(options), workers_);
  auto race = asio::experimental::make_parallel_group(asio::co_spawn(executor_, std::move(body), deferred),
                                                      attempting_.async_wait(deferred));
  auto [order, failure, session, anew] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  constexpr std::size_t began_anew = 1;
  if (order[0] == began_anew) co_return nullptr;
  if (failure) std::rethrow_exception(failure);
  co_return std::move(session);
}

asio::awaitable<SessionReport> Link::serve(std::unique_ptr<ssh::ClientSession> session) {
  RelaySession::Callbacks callbacks = callbacks_;
  callbacks.identified = [this](const Identity& identity) { was_identified(identity); };
  callbacks.online = [this](const Identity& identity) { went_online(identity); };
  session_ = std::make_unique<RelaySession>(std::move(session), std::move(callbacks), options_.session, logger_);
  if (stopping_) session_->end("stopping");
  SessionReport ended = co_await session_->serve();
  session_.reset();
  co_return ended;
}

void Link::was_identified(const Identity& identity) {
  state_ = {LinkState::Kind::connected, {}, identity.addresses};
  if (callbacks_.identified) callbacks_.identified(identity);
}

void Link::went_online(const Identity& identity) {
  state_ = {LinkState::Kind::online, {}, identity.addresses};
  const std::string where = joined(identity.addresses);
  if (identity.session) {
    logger_.info("online", {{"session", *identity.session}, {"name", identity.name}, {"address", where}});
  } else {
    logger_.info("online", {{"name", identity.name}, {"address", where}});
  }
  if (callbacks_.online) callbacks_.online(identity);
}

void Link::report(const SessionReport& ended, const NextStep& next) const {
  const std::string wait = in_words(next.wait);
  switch (next.kind) {
    case NextStep::Kind::retry:
      logger_.warning(ended.held > ended.held.zero() ? "offline" : "relay not reached",
                      {{"reason", ended.reason}, {"next_attempt_in", wait}});
      return;
    case NextStep::Kind::stand_by:
      logger_.warning("standing by: another client of this user serves",
                      {{"reason", ended.reason}, {"next_attempt_in", wait}, {"at_once", "kill -USR1 this process"}});
      return;
    case NextStep::Kind::refused:
      logger_.error("log-in refused",
                    {{"reason", ended.reason}, {"next_attempt_in", wait}, {"at_once", "kill -USR1 this process"}});
      return;
    case NextStep::Kind::give_up:
      return;
  }
}

asio::awaitable<void> Link::wait(NextStep next) {
  wait_kind_ = next.kind;
  waiting_.expires_after(next.wait);
  co_await waiting_.async_wait(as_tuple(asio::use_awaitable));
}

asio::awaitable<CommandAnswer> Link::run_command(std::string command, milliseconds within) {
  if (!session_ || !session_->identified())
    throw std::system_error(asio::error::not_connected, "no session with the relay");
  auto body = session_->run_command(std::move(command));
  co_return co_await net::with_deadline(std::move(body), within);
}

void Link::allow_deliveries() {
  options_.session.hold_deliveries = false;
  if (session_) session_->allow_deliveries();
}

void Link::retry_now() {
  policy_.network_changed();
  waiting_.cancel();
}

void Link::in_doubt(const std::string& why) {
  policy_.network_changed();
  network_changed_ = true;
  if (session_) return session_->check_alive(why);
  // One that has just begun has seen the change, and a network that keeps changing must not keep it from its end.
  if (std::chrono::steady_clock::now() - attempt_began_ > options_.young_attempt) attempting_.cancel();
  if (wait_kind_ == NextStep::Kind::retry) waiting_.cancel();
}

void Link::withdraw() {
  if (session_) session_->withdraw();
}

void Link::stop(std::string_view reason) {
  stopping_ = true;
  attempting_.cancel();
  waiting_.cancel();
  if (session_) session_->end(reason);
}

}  // namespace sisu::client
