// Provider: who serves the zone to the world, and how it is changed. One implementation each for RFC 2136, for
// Hetzner's API, and for a zone file. All calls block; they are made on one worker thread, never from two at once.
#pragma once

#include "relay/naming/record.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sisu::relay::naming {

struct ProviderError {
  enum class Kind {
    unreachable,  ///< no answer, a timeout, a cut connection, a server's own trouble: try again
    busy,         ///< asked to come later: rate limits; `retry_after` if it said when
    refused,      ///< credentials or rights: tried again slowly, an operator has to act
    conflict,     ///< somebody else changed the same set meanwhile: read again, then try again
    invalid,      ///< the provider takes no such record: tried again slowly
  };
  Kind kind = Kind::unreachable;
  std::string what;  ///< one line: what, where, why, what to do; never a secret
  std::optional<std::chrono::seconds> retry_after = {};
};

/// One transaction. No record stands in both.
struct Change {
  RecordSet remove;
  RecordSet add;  ///< also: the same record with another TTL

  bool empty() const { return remove.empty() && add.empty(); }
};

class Provider {
 public:
  virtual ~Provider() = default;

  /// "rfc2136 127.0.0.1:53": for people.
  virtual std::string describe() const = 0;
  /// Whether resolvers can validate the zone: without it no TLSA record is published.
  virtual Result<bool, ProviderError> is_signed() = 0;
  /// What the zone has now under `names`, of the types that we publish; others are left out.
  virtual Result<RecordSet, ProviderError> read(std::span<const RecordName> names) = 0;
  /// The whole zone, likewise.
  virtual Result<RecordSet, ProviderError> read_all() = 0;
  /// All of it or nothing, where the provider can; else in an order in which no set is ever without a record that both
  /// before and after have. Records that are neither in `remove` nor in `add` stay, also in the same RRset. Adding what
  /// is there, and removing what is not, is no error.
  virtual Result<void, ProviderError> apply(const Change& change) = 0;

  /// Several transactions that have nothing to do with each other, in any order, each with its own outcome, in the
  /// order of `changes`. A provider that can has several on their way at once; one that is not reached is not tried
  /// for the rest.
  virtual std::vector<Result<void, ProviderError>> apply_each(std::span<const Change> changes) {
    std::vector<Result<void, ProviderError>> outcomes;
    for (const auto& change : changes) {
      const bool is_away =
          !outcomes.empty() && !outcomes.back() && outcomes.back().error().kind == ProviderError::Kind::unreachable;
      outcomes.push_back(is_away ? outcomes.back() : apply(change));
    }
    return outcomes;
  }

  /// From any thread: the running call ends soon, and it and all later ones fail as unreachable. For the program's end;
  /// a provider whose calls are short need not do anything.
  virtual void stop() noexcept {}
};

}  // namespace sisu::relay::naming
