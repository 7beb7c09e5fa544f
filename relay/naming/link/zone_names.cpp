#include "relay/naming/link/zone_names.hpp"

#include "relay/naming/templates/record_digest.hpp"

namespace sisu::relay::naming {
namespace {

constexpr const char* zone_owner = "@zone";  // proto/naming.md

}  // namespace

ZoneNames::ZoneNames(Templates templates, std::multimap<std::string, IpAddress> ipv4, std::optional<LinkOptions> link)
    : templates_(std::move(templates)) {
  for (const auto& [user, address] : ipv4) ipv4_[user].push_back(address);
  if (!link) return;
  link->zone = templates_.zone().to_string();
  link_ = std::make_unique<Link>(
      *std::move(link), Link::Source{.owners = [this] { return owners(); },
                                     .records = [this](const std::string& owner) { return records_of(owner); }});
}

void ZoneNames::start(const AccountDirectory& accounts) {
  accounts_ = &accounts;
  if (link_) link_->start();
}

void ZoneNames::stop() {
  if (link_) link_->stop();
}

void ZoneNames::changed(const AccountChange& change) {
  if (link_) link_->changed((change.after ? change.after : change.before)->name.to_string());
}

/// With those who are gone: sisumail-dns removes nobody's records whom it is not told of.
std::vector<std::string> ZoneNames::owners() const {
  std::vector<std::string> owners = accounts_->retired_names();
  owners.emplace_back(zone_owner);
  for (const AccountPtr& account : accounts_->all()) owners.push_back(account->name.to_string());
  return owners;
}

RecordSet ZoneNames::records(const Account& account) const {
  const auto further = ipv4_.find(account.name.to_string());
  return further == ipv4_.end() ? templates_.user_records(account) : templates_.user_records(account, further->second);
}

RecordSet ZoneNames::records_of(const std::string& owner) const {
  if (owner == zone_owner) return templates_.zone_records();
  const auto name = AccountName::parse_stored(owner);
  const AccountPtr account = name ? accounts_->find(*name) : nullptr;
  return account ? records(*account) : RecordSet();
}

UserNames ZoneNames::of(const Account& account) const {
  if (!link_) return {};
  const Link::Service service = link_->service();
  OwnerState state = link_->states().of(account.name.to_string());
  UserNames names{.live = state.live && state.digest == digest_of(records(account)),
                  .is_signed = service.is_signed,
                  .problem = std::move(state.problem),
                  .live_for = state.live_for,
                  .live_tlsa = std::move(state.live_tlsa)};
  if (!service.connected) names.problem = "sisumail-dns does not answer: " + service.problem;
  if (!names.live) names.live_for = {};
  return names;
}

std::unique_ptr<OwnerStates::Following> ZoneNames::follow(const Account& account, std::function<void()> changed) {
  return link_ ? link_->states().follow(account.name.to_string(), std::move(changed)) : nullptr;
}

OwnerStates::Counts ZoneNames::counts() const { return link_ ? link_->states().counts() : OwnerStates::Counts(); }

}  // namespace sisu::relay::naming
