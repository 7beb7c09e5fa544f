#include "relay/gateway/registry_accounts.hpp"

#include <stdexcept>
#include <utility>

namespace sisu::relay::gateway {
namespace {

/// Why the sessions of this account end; a purged account is none.
std::string reason_to_end(const AccountPtr& account) {
  const bool suspended = account && account->state == AccountState::suspended;
  return std::string(describe(LogIn{suspended ? LogInVerdict::suspended : LogInVerdict::removed, account, {}}));
}

naming::ZoneNames names_of(const ZoneSettings& settings) {
  const std::string hosts =
      settings.tier1_zone.empty() ? naming::Templates::default_tier1_zone(settings.zone) : settings.tier1_zone;
  auto templates = naming::Templates::make(settings.zone, hosts, settings.records);
  if (!templates) throw std::runtime_error("--zone: " + templates.error());
  std::multimap<std::string, IpAddress> ipv4;
  for (const auto& [user, address] : settings.ipv4) ipv4.emplace(user, address.address);
  return {*std::move(templates), std::move(ipv4), settings.dns};
}

}  // namespace

class RegistryAccounts::Follower final : public Following {
 public:
  Follower(std::shared_ptr<Followers> all, AccountId account, Changed changed)
      : all_(std::move(all)), changed_(std::move(changed)) {
    const std::lock_guard lock(all_->mutex);
    place_ = all_->of.emplace(account, this);
  }
  ~Follower() override {
    const std::lock_guard lock(all_->mutex);
    all_->of.erase(place_);
  }
  void tell(const Result<Account, std::string>& now) const { changed_(now); }

 private:
  std::shared_ptr<Followers> all_;
  Changed changed_;
  std::multimap<AccountId, Follower*>::iterator place_;
};

RegistryAccounts::RegistryAccounts(const std::filesystem::path& state_directory, RegistryOptions options,
                                   ZoneSettings settings)
    : settings_(std::move(settings)), names_(names_of(settings_)) {
  options.on_change = [this](const AccountChange& change) { changed(change); };
  registry_ = Registry::open(state_directory, std::move(options));
  names_.start(registry_->accounts());
}

/// The threads of names_ and registry_ use each other's.
RegistryAccounts::~RegistryAccounts() { names_.stop(); }

Result<Admission, std::string> RegistryAccounts::log_in(const std::string& user, const ssh::PublicKey& key) {
  const auto user_key = UserKey::parse(key.to_openssh());
  if (!user_key) return fail(std::string(describe(user_key.error())));
  LogIn judged = registry_->judge_log_in(user, user_key->fingerprint());
  switch (judged.verdict) {
    case LogInVerdict::accepted:
      registry_->seen(judged.account->id);
      return to_account(std::move(judged.account));
    case LogInVerdict::may_claim:
      return Newcomer{AccountName::parse(user).value().to_string()};
    case LogInVerdict::name_not_allowed:
    case LogInVerdict::name_is_anothers:
    case LogInVerdict::key_has_another_name:
    case LogInVerdict::key_retired:
    case LogInVerdict::suspended:
    case LogInVerdict::removed:
      break;
  }
  return fail(std::string(describe(judged)));
}

std::unique_ptr<Accounts::Following> RegistryAccounts::follow(const Account& account, Changed changed) {
  const AccountPtr before = account.registered;
  auto follower = std::make_unique<Follower>(followers_, before->id, std::move(changed));
  const AccountPtr now = registry_->accounts().find(before->name);
  const bool is_the_same = now && now->id == before->id;
  if (!is_the_same || now->state != AccountState::active) {
    follower->tell(fail(reason_to_end(is_the_same ? now : nullptr)));
  } else if (!same_account(*now, *before)) {
    follower->tell(to_account(now));
  }
  return follower;
}

Account RegistryAccounts::to_account(AccountPtr registered) const {
  const std::string& name = registered->name.to_string();
  std::vector<Endpoint> addresses = {{registered->address, settings_.tier1_port}};
  const auto [begin, end] = settings_.ipv4.equal_range(name);
  for (auto further = begin; further != end; ++further) addresses.push_back(further->second);
  std::string host = names_.templates().host_of(registered->name).to_string();
  host.pop_back();  // the dot at its end
  return Account{.name = name,
                 .addresses = std::move(addresses),
                 .mail_domain = name + "." + settings_.zone.to_string(),
                 .host = std::move(host),
                 .registered = registered};
}

/// On the registry's thread.
void RegistryAccounts::changed(const AccountChange& change) {
  names_.changed(change);
  if (!change.before) return;  // a new account has no sessions
  const Result<Account, std::string> now = change.ends_sessions()
                                               ? Result<Account, std::string>(fail(reason_to_end(change.after)))
                                               : to_account(change.after);
  const std::lock_guard lock(followers_->mutex);
  const auto [begin, end] = followers_->of.equal_range(change.before->id);
  for (auto follower = begin; follower != end; ++follower) follower->second->tell(now);
}

}  // namespace sisu::relay::gateway
