// Names that nobody can claim, each with its reason. This is the only list; reserved_names.cpp holds it.
#pragma once

#include <span>
#include <string_view>

namespace sisu::relay {

struct ReservedName {
  std::string_view name;    ///< lower case
  std::string_view reason;  ///< what the name means elsewhere
};

/// In the order of the alphabet.
std::span<const ReservedName> reserved_names();

/// `name` in lower case.
bool is_reserved(std::string_view name);

}  // namespace sisu::relay
