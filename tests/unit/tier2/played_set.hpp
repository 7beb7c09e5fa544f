// A TLSA set of a world that is played: its clock goes on when somebody sleeps.
#pragma once

#include "relay/tier2/published_set.hpp"

#include <string>
#include <vector>

namespace sisu::relay::tier2::test {

class PlayedSet final : public PublishedSet {
 public:
  Result<void, std::string> publish(const keys::DigestSet& digests) override {
    if (!failure.empty()) return fail(failure);
    std::map<keys::Digest, std::chrono::seconds> kept;
    for (const keys::Digest& digest : digests) kept[digest] = since.contains(digest) ? since[digest] : now;
    since = std::move(kept);
    sets.push_back(digests);
    return {};
  }

  Result<SetState, std::string> look() override {
    ++looks;
    if (!failure.empty()) return fail(failure);
    SetState state{{is_signed, {}, ttl}, problem};
    if (!is_signed) return state;
    for (const auto& [digest, begin] : since) {
      if (now - begin >= slow_servers) state.visibility.live[digest] = now - begin - slow_servers;
    }
    return state;
  }

  std::string failure;  ///< of every call
  std::string problem;
  bool is_signed = true;
  std::chrono::seconds now{1000}, ttl{10}, slow_servers{3};
  std::map<keys::Digest, std::chrono::seconds> since;
  std::vector<keys::DigestSet> sets;
  std::size_t looks = 0;
};

}  // namespace sisu::relay::tier2::test
