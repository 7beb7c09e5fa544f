// base64url without padding, as JOSE writes binary values (RFC 7515 2, RFC 4648 5). One value has one text: what could
// also be written otherwise (padding, blanks, bits left over) is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sisu::acme {

std::string to_base64url(std::string_view bytes);

/// Nothing for a text that to_base64url() does not write.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace sisu::acme
