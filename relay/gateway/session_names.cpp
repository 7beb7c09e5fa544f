// Session as the commands about names in DNS see it: whose they are, how often they change, what is live of them.
#include "common/sqlite/error.hpp"
#include "relay/gateway/session.hpp"
#include "relay/naming/link/zone_names.hpp"
#include "relay/naming/templates/own_host.hpp"
#include "relay/registry/registry.hpp"

#include <asio/post.hpp>

#include <algorithm>

namespace sisu::relay::gateway {
namespace {

using commands::DnsFacts;
using commands::Refusal;

/// What somebody typed, for the log: short, and without what would break a line.
std::string shown(std::string_view host) {
  constexpr std::size_t longest = 80;
  std::string text(host.substr(0, longest));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F; }, '?');
  return text;
}

/// Room for challenges comes by itself.
Refusal refusal_of(ChangeRefusal refusal) {
  return {std::string(describe(refusal)), refusal == ChangeRefusal::too_many_challenges};
}

/// Keeps its place among the followers for as long as a command looks at it.
struct FollowingSignal final : commands::ChangeSignal {
  using ChangeSignal::ChangeSignal;
  std::unique_ptr<naming::OwnerStates::Following> following;
};

}  // namespace

/// As it is now: `account_` follows by way of the event loop.
AccountPtr Session::registered_now() const {
  const AccountPtr& known = account_->registered;
  AccountPtr now = environment_.accounts.registry()->accounts().find(known->name);
  return now && now->id == known->id ? now : known;
}

DnsFacts Session::dns() const {
  const naming::ZoneNames& names = *environment_.accounts.names();
  const AccountPtr account = registered_now();
  DnsFacts dns{.published = account->published};
  if (!names.writes_dns()) return dns;
  const naming::UserNames now = names.of(*account);
  dns.state = now.live ? DnsFacts::State::live : DnsFacts::State::pending;
  dns.is_signed = now.is_signed;
  dns.problem = now.problem;
  dns.live_for = now.live_for;
  dns.tlsa_ttl = names.templates().settings().ttl.tlsa;
  dns.issuers = names.templates().settings().issuers;
  for (const SpkiDigest& digest : account->published.tlsa) {
    const auto live = now.live_tlsa.find(digest.to_string());
    if (live != now.live_tlsa.end()) dns.live_tlsa.emplace(digest, live->second);
  }
  return dns;
}

std::shared_ptr<commands::ChangeSignal> Session::watch_dns() {
  const auto signal = std::make_shared<FollowingSignal>(executor_);
  const std::weak_ptr<FollowingSignal> weak = signal;
  signal->following = environment_.accounts.names()->follow(*account_->registered, [weak, executor = executor_] {
    asio::post(executor, [weak] {
      if (const auto to_raise = weak.lock()) to_raise->raise();
    });
  });
  return signal;
}

asio::awaitable<Result<void, Refusal>> Session::stored(asio::awaitable<Result<AccountPtr, ChangeRefusal>> change,
                                                       std::string_view event) {
  try {
    const auto changed = co_await std::move(change);
    if (!changed) co_return fail(refusal_of(changed.error()));
    environment_.logger.info(event, {{"session", id_}, {"user", user_}});
    co_return Result<void, Refusal>();
  } catch (const sqlite::Error& error) {
    registry_failed(error);
  }
  co_return fail(Refusal{"the relay cannot write to its registry now, nothing was changed: try again later", true});
}

asio::awaitable<Result<void, Refusal>> Session::publish_tlsa(std::set<SpkiDigest> digests) {
  if (!environment_.usage.tlsa_by_user.admit(user_)) {
    limit_reached(LimitName::tlsa_per_user);
    co_return fail(Refusal{"too many changes of your TLSA records within an hour: wait a little", true});
  }
  auto change = environment_.accounts.registry()->set_tlsa(account_->registered->id, std::move(digests));
  co_return co_await stored(std::move(change), "tlsa records published");
}

/// Every attempt counts; then the host must be the user's own.
std::optional<Refusal> Session::refuse_acme(std::string_view host) {
  if (!environment_.usage.acme_by_user.admit(user_)) {
    limit_reached(LimitName::acme_per_user);
    return Refusal{"too many challenges within an hour: wait a little", true};
  }
  const naming::RecordName own = environment_.accounts.names()->templates().host_of(account_->registered->name);
  if (naming::is_own_host(host, own)) return std::nullopt;
  environment_.counters.names_refused.add();
  environment_.logger.warning("name of somebody else refused",
                              {{"session", id_}, {"user", user_}, {"source", peer_}, {"host", shown(host)}});
  return Refusal{"that host is not yours: you can have challenges for " + own.to_string() + " alone"};
}

asio::awaitable<Result<void, Refusal>> Session::present(std::string host, ChallengeValue value) {
  if (auto refusal = refuse_acme(host)) co_return fail(*std::move(refusal));
  if (!environment_.accounts.names()->writes_dns()) {
    co_return fail(Refusal{"this relay writes no DNS records: its operator can change that (--dns-socket)"});
  }
  auto change = environment_.accounts.registry()->add_challenge(account_->registered->id, std::move(value));
  co_return co_await stored(std::move(change), "challenge presented");
}

asio::awaitable<Result<void, Refusal>> Session::clean_up(std::string host, ChallengeValue value) {
  if (auto refusal = refuse_acme(host)) co_return fail(*std::move(refusal));
  auto change = environment_.accounts.registry()->drop_challenge(account_->registered->id, std::move(value));
  co_return co_await stored(std::move(change), "challenge cleaned up");
}

asio::awaitable<Result<void, Refusal>> Session::bind_acme_account(std::optional<AcmeAccountUri> uri) {
  if (!environment_.usage.acme_by_user.admit(user_)) {
    limit_reached(LimitName::acme_per_user);
    co_return fail(Refusal{"too many ACME commands within an hour: wait a little", true});
  }
  auto change = environment_.accounts.registry()->set_acme_account(account_->registered->id, std::move(uri));
  co_return co_await stored(std::move(change), "acme account bound");
}

void Session::limit_reached(LimitName limit) {
  environment_.limit_log.bite(limit, {{"session", id_}, {"user", user_}});
}

}  // namespace sisu::relay::gateway
