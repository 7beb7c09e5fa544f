#include "relay/registry/log_in.hpp"

namespace sisu::relay {
namespace {

LogIn as_owner(AccountPtr account) {
  switch (account->state) {
    case AccountState::active:
      return {LogInVerdict::accepted, std::move(account), {}};
    case AccountState::suspended:
      return {LogInVerdict::suspended, std::move(account), {}};
    case AccountState::removed:
      return {LogInVerdict::removed, std::move(account), {}};
  }
  return {LogInVerdict::removed, nullptr, {}};
}

}  // namespace

/// An account whose name came onto the reserved list later still logs in: the owner's key is looked at first.
LogIn judge_log_in(const AccountDirectory& accounts, std::string_view text, const Fingerprint& key) {
  const auto name = AccountName::parse_stored(text);
  if (!name) return {LogInVerdict::name_not_allowed, nullptr, name.error()};
  if (AccountPtr account = accounts.find(key)) {
    if (account->name == *name) return as_owner(std::move(account));
    return {LogInVerdict::key_has_another_name, nullptr, {}};
  }
  if (accounts.is_retired(key)) return {LogInVerdict::key_retired, nullptr, {}};
  if (accounts.find(*name) || accounts.is_retired(*name)) return {LogInVerdict::name_is_anothers, nullptr, {}};
  if (const auto free = AccountName::parse(text); !free) return {LogInVerdict::name_not_allowed, nullptr, free.error()};
  return {LogInVerdict::may_claim, nullptr, {}};
}

std::string_view describe(const LogIn& log_in) {
  switch (log_in.verdict) {
    case LogInVerdict::accepted:
      return "";
    case LogInVerdict::may_claim:
      return "this name is free: run the command claim to bind it to your key";
    case LogInVerdict::name_not_allowed:
      return log_in.name_error ? describe(*log_in.name_error) : "";
    case LogInVerdict::name_is_anothers:
      return "this name belongs to another key: use the right key, or another name";
    case LogInVerdict::key_has_another_name:
      return "your key has another name here: log in with that one";
    case LogInVerdict::key_retired:
      return "your key belonged to a former account: make a new one with ssh-keygen -t ed25519";
    case LogInVerdict::suspended:
      return "this account is suspended: ask the relay's operator";
    case LogInVerdict::removed:
      return "this account was removed: claim another name with another key";
  }
  return "";
}

}  // namespace sisu::relay
