#include "relay/gateway/presence_table.hpp"

#include <utility>

namespace sisu::relay::gateway {

using std::chrono::system_clock;

Result<PresenceTable::Claim, std::string> PresenceTable::claim(const Account& account, proto::ForwardKind kind,
                                                               std::function<void()> replaced) {
  std::function<void()> tell_old;
  Claim claim;
  {
    const std::lock_guard lock(mutex_);
    const auto old = holders_.find(account.name);
    if (old != holders_.end()) claim.sockets = old->second.sockets;
    if (!claim.sockets) {
      auto opened = open_(account);
      if (!opened) return fail(std::move(opened.error()));
      claim.sockets = *std::move(opened);
    }
    if (old != holders_.end()) {
      tell_old = std::move(old->second.replaced);
      claim.took_over = true;
    }
    claim.ticket = ++last_ticket_;
    holders_.insert_or_assign(account.name,
                              Holder{claim.ticket, kind, claim.sockets, std::move(replaced), system_clock::now()});
  }
  if (tell_old) tell_old();
  return claim;
}

void PresenceTable::suspend(const std::string& user, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto holder = holders_.find(user);
  if (holder != holders_.end() && holder->second.ticket == ticket) holder->second.sockets.reset();
}

Result<PresenceTable::Sockets, std::string> PresenceTable::resume(const Account& account, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto holder = holders_.find(account.name);
  if (holder == holders_.end() || holder->second.ticket != ticket) return Sockets();
  if (!holder->second.sockets) {
    auto opened = open_(account);
    if (!opened) return fail(std::move(opened.error()));
    holder->second.sockets = *std::move(opened);
  }
  return holder->second.sockets;
}

void PresenceTable::leave(const std::string& user, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto holder = holders_.find(user);
  if (holder != holders_.end() && holder->second.ticket == ticket) holders_.erase(holder);
}

std::optional<PresenceTable::Status> PresenceTable::status(const std::string& user) const {
  const std::lock_guard lock(mutex_);
  const auto holder = holders_.find(user);
  if (holder == holders_.end()) return std::nullopt;
  return Status{holder->second.sockets == nullptr, holder->second.kind, holder->second.since};
}

PresenceTable::Counts PresenceTable::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts;
  for (const auto& [user, holder] : holders_) ++(holder.sockets ? counts.present : counts.suspended);
  return counts;
}

}  // namespace sisu::relay::gateway
