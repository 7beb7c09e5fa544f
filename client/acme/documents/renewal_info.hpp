// When the CA would like a certificate to be renewed (ACME Renewal Information, RFC 9773 4.2).
#pragma once

#include "client/acme/documents/directory.hpp"
#include "common/base/result.hpp"

#include <chrono>
#include <string_view>

namespace sisu::acme {

struct RenewalWindow {
  std::chrono::system_clock::time_point start;
  std::chrono::system_clock::time_point end;  ///< after start
  bool operator==(const RenewalWindow&) const = default;
};

Result<RenewalWindow, DocumentError> parse_renewal_info(std::string_view body);

}  // namespace sisu::acme
