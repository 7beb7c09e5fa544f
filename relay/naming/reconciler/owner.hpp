// Who a record set belongs to, and which names are an owner's (proto/naming.md "Owners"). The service refuses a set
// that reaches beyond: a relay that was taken over could still not write another service's names.
#pragma once

#include "relay/naming/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::naming {

/// How the zone is laid out.
struct ZoneLayout {
  RecordName zone;
  RecordName tier1_zone;  ///< within `zone`; users' hosts stand below it
};

enum class OwnerError {
  syntax,    ///< neither a user name of one label (a-z 0-9 '-') nor one of the '@' owners
  reserved,  ///< a user name whose names would be the zone's or other users'
};
std::string_view describe(OwnerError error);

class Owner {
 public:
  static constexpr std::string_view zone_word = "@zone";
  static constexpr std::string_view spool_word = "@spool";

  static Result<Owner, OwnerError> parse(std::string_view text, const ZoneLayout& layout);

  const std::string& to_string() const { return text_; }
  bool is_spool() const { return text_ == spool_word; }
  bool may_have(const RecordName& name) const;

 private:
  Owner(std::string text, std::vector<RecordName> exact, std::vector<RecordName> below)
      : text_(std::move(text)), exact_(std::move(exact)), below_(std::move(below)) {}

  std::string text_;
  std::vector<RecordName> exact_;  ///< these names
  std::vector<RecordName> below_;  ///< these and all below them
};

}  // namespace sisu::relay::naming
