// Session as its commands see it: facts, events, and what they ask of the registry.
#include "common/sqlite/error.hpp"
#include "relay/gateway/session.hpp"
#include "relay/registry/registry.hpp"

#include <algorithm>

namespace sisu::relay::gateway {
namespace {

const char* const unreadable = "the relay cannot read its registry now: try again later";
const char* const unwritable = "the relay cannot write to its registry now, nothing was changed: try again later";

}  // namespace

commands::Standing Session::standing() const {
  if (!account_) return commands::Standing::newcomer;
  return account_->registered ? commands::Standing::user : commands::Standing::dev_user;
}

commands::CallerFacts Session::facts() const {
  commands::CallerFacts facts;
  facts.name = user_;
  facts.fingerprint = key_->fingerprint();
  if (account_) {
    facts.addresses = account_->addresses;
    facts.mail_domain = account_->mail_domain;
    facts.host = account_->host;
    if (account_->registered) facts.tier2 = account_->registered->tier2;
  }
  facts.session = id_;
  if (const auto status = environment_.presence.status(user_)) {
    facts.presence = status->suspended ? commands::PresenceState::suspended : commands::PresenceState::present;
    facts.present_since = status->since;
    facts.forward = status->kind;
  }
  facts.connections = environment_.usage.connections.count(user_);
  facts.sessions = environment_.usage.sessions.count(user_);
  return facts;
}

std::shared_ptr<commands::EventQueue> Session::subscribe() {
  const auto queue = std::make_shared<commands::EventQueue>(executor_, environment_.limits.event_queue);
  if (replaced_) {
    queue->push({proto::Event::Kind::replaced, "a newer session of yours took the deliveries over"});
    queue->close();
  }
  std::erase_if(readers_, [](const auto& reader) { return reader.expired(); });
  readers_.push_back(queue);
  return queue;
}

void Session::publish(const proto::Event& event) {
  for (const auto& reader : readers_) {
    const auto queue = reader.lock();
    if (queue && !queue->push(event)) {
      environment_.limit_log.bite(LimitName::event_queue, {{"session", id_}, {"user", user_}});
    }
  }
}

// --- Rates

std::optional<std::string> Session::count_command() {
  const bool counted = account_ ? environment_.usage.commands_by_user.admit(user_)
                                : environment_.usage.commands_by_source.admit(source_prefix(peer_.address));
  if (counted) return std::nullopt;
  const LimitName limit = account_ ? LimitName::commands_per_user : LimitName::commands_per_source;
  environment_.limit_log.bite(limit, {{"session", id_}, {"user", user_}, {"source", peer_}});
  return "too many commands within a minute: wait a little";
}

// --- The registry

void Session::registry_failed(const std::exception& error) const {
  environment_.logger.error("registry failed", {{"session", id_}, {"reason", error.what()}});
}

asio::awaitable<Result<std::vector<Invite>, commands::Refusal>> Session::invites() {
  try {
    co_return co_await environment_.accounts.registry()->invites_of(account_->registered->id);
  } catch (const sqlite::Error& error) {
    registry_failed(error);
  }
  co_return fail(commands::Refusal{std::string(unreadable), true});
}

asio::awaitable<Result<void, commands::Refusal>> Session::set_tier2(Tier2 tier2) {
  try {
    const auto changed = co_await environment_.accounts.registry()->set_tier2(account_->registered->name, tier2);
    if (!changed) co_return fail(commands::Refusal{std::string(describe(changed.error()))});
    environment_.logger.info("tier 2 changed", {{"session", id_}, {"user", user_}, {"on", tier2 == Tier2::on}});
    co_return Result<void, commands::Refusal>();
  } catch (const sqlite::Error& error) {
    registry_failed(error);
  }
  co_return fail(commands::Refusal{std::string(unwritable), true});
}

Result<UserKey, commands::Refusal> Session::lookup(std::string_view text) {
  if (!environment_.usage.lookups_by_user.admit(user_)) {
    environment_.limit_log.bite(LimitName::lookups_per_user, {{"session", id_}, {"user", user_}});
    return fail(commands::Refusal{"too many look-ups within a minute: wait a little", true});
  }
  const auto name = AccountName::parse_stored(text);
  const AccountPtr found = name ? environment_.accounts.registry()->accounts().find(*name) : nullptr;
  if (!found || found->state != AccountState::active) return fail(commands::Refusal{"there is no user of that name"});
  return found->key;
}

}  // namespace sisu::relay::gateway
