// A zone as its master file (RFC 1035 5) says it: our records, everything else word for word as ldns understands it,
// and the SOA record, whose serial grows with each change (RFC 1982). Comments and the order of records are not kept.
#pragma once

#include "relay/naming/provider.hpp"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::naming {

class ZoneContent {
 public:
  /// The error is one line, with the line's number: a file that ldns cannot read, of another zone, without SOA, with
  /// $INCLUDE, or signed already, whose signatures would not be true any more.
  static Result<ZoneContent, std::string> parse(std::string_view text, const RecordName& zone);
  /// A new zone: SOA (minimum 60: what is new is seen within a minute, RFC 2308 5) and NS records.
  static ZoneContent fresh(const RecordName& zone, std::span<const RecordName> name_servers);

  /// Those of the types that we publish.
  const RecordSet& records() const { return records_; }

  /// All of it or nothing; `invalid` where a CNAME record stands in the way (RFC 1034 3.6.2). What joins others'
  /// records in a set gets their TTL: a set has one (RFC 2181 5.2).
  Result<void, ProviderError> apply(const Change& change);

  /// Moves the serial on.
  std::string next_text();

 private:
  std::string soa_before_serial_, soa_after_serial_;
  std::uint32_t serial_ = 0;
  std::vector<std::string> others_;  ///< one record a line
  std::set<RecordName> aliases_;     ///< names with a CNAME record
  RecordSet records_;
};

}  // namespace sisu::relay::naming
