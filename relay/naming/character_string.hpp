// The words of a record's presentation form (RFC 1035 5.1): separated by blanks, quoted or not, with the escapes \DDD
// and \X. Neither parentheses nor comments: those belong to a zone file, not to a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::naming {

/// What each word says, escapes resolved. Nothing for an open quote, a bad escape, words that touch ("a""b"), a control
/// character, or one of ( ) ; outside quotes. The generic form of RFC 3597 ("\# 4 ...") is refused as well.
std::optional<std::vector<std::string>> split_words(std::string_view text);

/// `octets` in quotes: '"' and '\' with a '\' before them, what is not printable ASCII as \DDD.
std::string quoted(std::string_view octets);

}  // namespace sisu::relay::naming
