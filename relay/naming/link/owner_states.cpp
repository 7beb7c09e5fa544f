#include "relay/naming/link/owner_states.hpp"

#include <algorithm>
#include <utility>

namespace sisu::relay::naming {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

}  // namespace

std::string one_line(std::string text) {
  constexpr std::size_t longest = 300;
  if (text.size() > longest) text.resize(longest);
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

class OwnerStates::Follower final : public Following {
 public:
  Follower(std::shared_ptr<Followers> all, const std::string& owner, std::function<void()> changed)
      : all_(std::move(all)), changed_(std::move(changed)) {
    const std::lock_guard lock(all_->mutex);
    place_ = all_->of.emplace(owner, this);
  }
  ~Follower() override {
    const std::lock_guard lock(all_->mutex);
    all_->of.erase(place_);
  }
  void tell() const { changed_(); }

 private:
  std::shared_ptr<Followers> all_;
  std::function<void()> changed_;
  std::multimap<std::string, Follower*, std::less<>>::iterator place_;
};

void OwnerStates::declare(const std::string& owner, const std::string& digest) {
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[owner];
    entry.declared = digest;
    if (entry.said.digest != digest) entry.said.live = false;  // also should this digest be declared again
  }
  tell(owner);
}

void OwnerStates::forget(const std::string& owner) {
  {
    const std::lock_guard lock(mutex_);
    entries_.erase(owner);
  }
  tell(owner);
}

void OwnerStates::reported(const proto::naming::State& state) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(state.owner);
    if (known == entries_.end()) return;
    known->second.said = state;
    known->second.said.problem = one_line(state.problem);
    known->second.since = now_();
    known->second.is_current = true;
  }
  tell(state.owner);
}

void OwnerStates::connection_lost() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    for (auto& [owner, entry] : entries_) {
      if (!std::exchange(entry.is_current, false)) continue;
      const seconds known = floor<seconds>(now - entry.since);
      if (entry.said.live) entry.said.live_for += known;
      for (auto& tlsa : entry.said.tlsa) tlsa.live_for += known;
    }
  }
  tell_all();
}

OwnerState OwnerStates::of(const std::string& owner) const {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(owner);
  if (known == entries_.end() || known->second.said.owner.empty()) return {};
  const Entry& entry = known->second;
  const proto::naming::State& said = entry.said;
  const seconds more = entry.is_current ? floor<seconds>(now_() - entry.since) : seconds(0);
  OwnerState state{.digest = said.digest, .live = said.live, .live_for = {}, .live_tlsa = {}, .problem = said.problem};
  if (said.live) state.live_for = said.live_for + more;
  for (const auto& tlsa : said.tlsa) state.live_tlsa[tlsa.sha256] = tlsa.live_for + more;
  return state;
}

OwnerStates::Counts OwnerStates::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts;
  for (const auto& [owner, entry] : entries_) {
    ++(entry.said.live && entry.said.digest == entry.declared ? counts.live : counts.pending);
  }
  return counts;
}

std::unique_ptr<OwnerStates::Following> OwnerStates::follow(const std::string& owner, std::function<void()> changed) {
  return std::make_unique<Follower>(followers_, owner, std::move(changed));
}

void OwnerStates::tell(const std::string& owner) const {
  const std::lock_guard lock(followers_->mutex);
  const auto [begin, end] = followers_->of.equal_range(owner);
  for (auto follower = begin; follower != end; ++follower) follower->second->tell();
}

void OwnerStates::tell_all() const {
  const std::lock_guard lock(followers_->mutex);
  for (const auto& [owner, follower] : followers_->of) follower->tell();
}

}  // namespace sisu::relay::naming
