// Counts wrong invitation codes per source prefix, in bounded memory. With codes of 120 bits this does not protect the
// codes; it keeps a guesser from costing the registry a look-up per guess, and makes one visible.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/account/account.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace sisu::relay {

/// Used by one thread at a time.
class WrongInvites {
 public:
  /// Prefixes remembered at once. Beyond it the one whose window began first is forgotten.
  static constexpr std::size_t prefixes_limit = 4096;

  /// `limit` wrong codes per prefix within `window`, which begins with the first.
  WrongInvites(std::uint64_t limit, std::chrono::seconds window) : limit_(limit), window_(window) {}

  bool is_over_limit(const IpAddress& source, Time now);
  void count(const IpAddress& source, Time now);
  std::size_t size() const { return by_prefix_.size(); }

 private:
  struct Entry {
    std::uint64_t wrong = 0;
    Time began;
  };
  void forget_oldest();

  std::uint64_t limit_;
  std::chrono::seconds window_;
  std::map<IpAddress, Entry> by_prefix_;
  std::multimap<Time, IpAddress> by_age_;
};

}  // namespace sisu::relay
