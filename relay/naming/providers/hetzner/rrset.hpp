// Record sets as Hetzner's API has them, and which of its calls bring them from what they are to what is wanted. Values
// are added and taken away one by one, never whole sets replaced: what somebody else writes into the same set in
// between cannot be lost.
#pragma once

#include "relay/naming/provider.hpp"

#include <map>
#include <optional>

namespace sisu::relay::naming::hetzner {

struct RrsetKey {
  RecordName name;
  RecordType type;

  auto operator<=>(const RrsetKey&) const = default;
};

struct Rrset {
  std::optional<Ttl> ttl;  ///< nothing: the zone's default
  /// The canonical value, and the API's spelling of it, which is the one it can be asked to remove.
  std::map<std::string, std::string> values = {};
};

/// Of the types that we publish. A value that is none of ours in any form (Record::parse) is left out.
using Rrsets = std::map<RrsetKey, Rrset>;

RecordSet to_records(const Rrsets& rrsets, Ttl zone_ttl);

/// One call of the API that changes something.
struct Step {
  enum class Kind { create, change_ttl, add, remove };
  Kind kind;
  RrsetKey key;
  std::vector<std::string> values = {};  ///< but for change_ttl; at least one
  Ttl ttl{0};                            ///< of create and change_ttl

  bool operator==(const Step&) const = default;
};

/// In an order in which no set is without a value that both before and after have, and a name's addresses are there
/// before the mail exchangers that point at it. Nothing if all is as wanted.
std::vector<Step> steps_to(const Rrsets& now, const Change& change);

}  // namespace sisu::relay::naming::hetzner
