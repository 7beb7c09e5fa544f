// Session, the part about accounts: log-in, newcomers, and what becomes of a session when its account changes.
#include "proto/log_in.hpp"
#include "relay/commands/command.hpp"
#include "relay/gateway/session.hpp"
#include "relay/registry/registry.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace sisu::relay::gateway {
namespace {

constexpr std::size_t longest_name = 64;  // of a name in the log that nobody has checked

/// Too many claims is no refusal for now: it takes hours to pass, so a program should leave the next try to its user.
commands::Refusal refusal_of(ClaimRefusal refusal) {
  return {std::string(describe(refusal)), refusal == ClaimRefusal::registry_unavailable};
}

std::optional<LimitName> limit_of(ClaimRefusal refusal) {
  if (refusal == ClaimRefusal::too_many_overall) return LimitName::claims;
  if (refusal == ClaimRefusal::too_many_from_prefix) return LimitName::claims_per_source;
  if (refusal == ClaimRefusal::too_many_wrong_invites) return LimitName::wrong_invites_per_source;
  return std::nullopt;
}

/// A reason that will pass, as a banner.
std::string not_now(std::string_view reason) { return std::string(proto::not_now) + std::string(reason); }

}  // namespace

std::optional<std::string> Session::login(const std::string& user, const ssh::PublicKey& key) {
  auto admission = environment_.accounts.log_in(user, key);
  if (!admission) {
    log_refusal(user, key, admission.error());
    return admission.error();
  }
  if (environment_.usage.memory.full()) {
    environment_.limit_log.bite(LimitName::memory, {{"user", user.substr(0, longest_name)}, {"source", peer_}});
    return not_now("this relay is short of memory, try again later");
  }
  if (auto* account = std::get_if<Account>(&*admission)) {
    auto place = take_place(account->name);
    if (!place) return not_now(place.error());
    user_place_ = *std::move(place);
    adopt(std::move(*account));
  } else {
    user_ = std::get<Newcomer>(*admission).name;
  }
  key_ = key;
  memory_.emplace(environment_.usage.memory);
  return std::nullopt;
}

/// A peer who is nobody must not fill the disk with what it is refused.
bool Session::may_log_refusal() {
  const IpAddress source = source_prefix(peer_.address);
  if (environment_.usage.refusals_logged.admit(source)) return true;
  environment_.limit_log.bite(LimitName::refusals_logged, {{"source", source}});
  return false;
}

void Session::log_refusal(const std::string& user, const ssh::PublicKey& key, const std::string& reason) {
  environment_.counters.refused.add();
  if (!may_log_refusal()) return;
  environment_.logger.info("log-in refused", {{"session", id_},
                                              {"source", peer_},
                                              {"user", user.substr(0, longest_name)},
                                              {"fingerprint", key.fingerprint()},
                                              {"reason", reason}});
}

/// One of the places of `user`, or why there is none.
Result<Session::UserPlace, std::string> Session::take_place(const std::string& user) {
  auto [place, full] = environment_.usage.sessions.admit(user);
  if (place) return *std::move(place);
  const bool user_full = full == Counted<std::string>::Full::for_this_key;
  const LimitName limit = user_full ? LimitName::sessions_per_user : LimitName::sessions;
  environment_.limit_log.bite(limit, {{"user", user}, {"source", peer_}});
  return fail(std::string(user_full ? "you have too many sessions: end one, then try again"
                                    : "this relay has too many sessions, try again later"));
}

void Session::adopt(Account account) {
  user_ = account.name;
  account_ = std::move(account);
  following_ = environment_.accounts.follow(
      *account_, [weak = weak_from_this(), executor = executor_](Result<Account, std::string> now) {
        asio::post(executor, [weak, now = std::move(now)]() mutable {
          if (const auto session = weak.lock()) session->account_changed(std::move(now));
        });
      });
}

void Session::account_changed(Result<Account, std::string> now) {
  if (ending_) return;
  if (now) {
    account_ = *std::move(now);
    return;
  }
  environment_.logger.info("account ended", {{"session", id_}, {"user", user_}, {"reason", now.error()}});
  leave();
  ssh_->disconnect(now.error());
}

// --- Newcomers

bool Session::may_run_another() {
  if (account_ || running_commands_ < environment_.limits.newcomer_commands) return true;
  environment_.limit_log.bite(LimitName::newcomer_commands, {{"session", id_}, {"source", peer_}});
  return false;
}

asio::awaitable<void> Session::refuse_channel(std::unique_ptr<ssh::Channel> channel) {
  co_await channel->write_stderr("one command at a time until you have claimed a name\n");
  co_await channel->exit(static_cast<int>(commands::ExitStatus::not_now));
}

asio::awaitable<void> Session::expire_newcomer() {
  asio::steady_timer timer(executor_, environment_.limits.claim_time);
  co_await timer.async_wait(asio::use_awaitable);
  if (account_) co_return;
  environment_.limit_log.bite(LimitName::claim_time, {{"session", id_}, {"source", peer_}});
  ssh_->disconnect("no name was claimed in time");
}

/// A place first: a name that is bound must not be without a session for it.
asio::awaitable<Result<Claimed, commands::Refusal>> Session::claim(std::optional<std::string> invite) {
  if (account_) co_return fail(refusal_of(ClaimRefusal::already_yours));
  auto place = take_place(user_);
  if (!place) co_return fail(commands::Refusal{std::move(place.error()), true});
  ClaimRequest request{AccountName::parse(user_).value(), UserKey::parse(key_->to_openssh()).value(), std::move(invite),
                       peer_.address};
  auto claimed = co_await environment_.accounts.registry()->claim(std::move(request));
  if (!claimed) {
    environment_.counters.claims_refused(claimed.error()).add();
    if (const auto limit = limit_of(claimed.error())) {
      environment_.limit_log.bite(*limit, {{"session", id_}, {"user", user_}, {"source", peer_}});
    }
    environment_.logger.info("claim refused", {{"session", id_},
                                               {"source", peer_},
                                               {"user", user_},
                                               {"fingerprint", key_->fingerprint()},
                                               {"reason", to_label(claimed.error())}});
    co_return fail(refusal_of(claimed.error()));
  }
  environment_.counters.claims.add();
  environment_.logger.info(
      "claimed", {{"session", id_}, {"source", peer_}, {"user", user_}, {"fingerprint", key_->fingerprint()}});
  user_place_ = *std::move(place);
  become_user();
  co_return *std::move(claimed);
}

/// As if the session had logged in after its claim.
void Session::become_user() {
  auto admission = environment_.accounts.log_in(user_, *key_);
  if (auto* account = admission ? std::get_if<Account>(&*admission) : nullptr) {
    place_.release();
    return adopt(std::move(*account));
  }
  ssh_->disconnect(admission ? "log in again" : admission.error());  // the operator was faster
}

}  // namespace sisu::relay::gateway
