#include "relay/registry/account_directory.hpp"

#include <mutex>

namespace sisu::relay {
namespace {

template <class Map, class Key>
AccountPtr found_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

AccountPtr AccountDirectory::find(const AccountName& name) const {
  const std::shared_lock lock(mutex_);
  return found_in(by_name_, name.to_string());
}

AccountPtr AccountDirectory::find(const Fingerprint& fingerprint) const {
  const std::shared_lock lock(mutex_);
  return found_in(by_fingerprint_, fingerprint);
}

bool AccountDirectory::is_retired(const AccountName& name) const {
  const std::shared_lock lock(mutex_);
  return retired_.names.contains(name.to_string());
}

bool AccountDirectory::is_retired(const Fingerprint& fingerprint) const {
  const std::shared_lock lock(mutex_);
  return retired_.keys.contains(fingerprint);
}

std::vector<std::string> AccountDirectory::retired_names() const {
  const std::shared_lock lock(mutex_);
  return {retired_.names.begin(), retired_.names.end()};
}

std::size_t AccountDirectory::size() const {
  const std::shared_lock lock(mutex_);
  return by_name_.size();
}

std::vector<AccountPtr> AccountDirectory::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<AccountPtr> accounts;
  accounts.reserve(by_name_.size());
  for (const auto& [name, account] : by_name_) accounts.push_back(account);
  return accounts;
}

AccountChange AccountDirectory::put(AccountPtr account) {
  AccountChange change{.before = find(account->name), .after = account};
  const std::unique_lock lock(mutex_);
  by_fingerprint_[account->fingerprint()] = account;
  by_name_[account->name.to_string()] = std::move(account);
  return change;
}

std::vector<AccountChange> AccountDirectory::replace(std::vector<AccountPtr> accounts, Retired retired) {
  ByName names;
  ByFingerprint fingerprints;
  names.reserve(accounts.size());
  fingerprints.reserve(accounts.size());
  std::vector<AccountChange> changes;
  for (AccountPtr& account : accounts) {
    AccountPtr before = find(account->name);
    // The same name with another id: purged, released, and claimed again since we looked.
    if (before && before->id != account->id) changes.push_back({.before = std::move(before), .after = nullptr});
    if (!before || !same_account(*before, *account)) changes.push_back({.before = before, .after = account});
    fingerprints.emplace(account->fingerprint(), account);
    names.emplace(account->name.to_string(), std::move(account));
  }
  for (const auto& [name, before] : by_name_)  // only this thread writes: no lock to read
    if (!names.contains(name)) changes.push_back({.before = before, .after = nullptr});
  const std::unique_lock lock(mutex_);
  by_name_.swap(names);
  by_fingerprint_.swap(fingerprints);
  std::swap(retired_, retired);
  return changes;
}

}  // namespace sisu::relay
