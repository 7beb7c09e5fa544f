#include "common/smtp/extensions.hpp"

#include "common/mail/characters.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace sisu::smtp {
namespace {

/// A limit of 0 means none, RFC 1870 4.
std::optional<std::uint64_t> parse_limit(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value == 0) return std::nullopt;
  return value;
}

void take_line(std::string_view line, Extensions& offered) {
  const auto keyword = line.substr(0, line.find(' '));
  const auto is = [keyword](std::string_view name) { return mail::equals_ignoring_case(keyword, name); };
  if (is("STARTTLS")) offered.starttls = true;
  if (is("PIPELINING")) offered.pipelining = true;
  if (is("8BITMIME")) offered.eight_bit_mime = true;
  if (is("SMTPUTF8")) offered.smtputf8 = true;
  if (is("CHUNKING")) offered.chunking = true;
  if (is("BINARYMIME")) offered.binary_mime = true;
  if (!is("SIZE")) return;
  offered.size = true;
  if (keyword.size() < line.size()) offered.max_size = parse_limit(line.substr(keyword.size() + 1));
}

}  // namespace

Extensions parse_extensions(const Reply& ehlo) {
  Extensions offered;
  std::string_view rest = ehlo.text;
  rest.remove_prefix(std::min(rest.find('\n'), rest.size()));  // the first line is a name and a greeting
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto line = rest.substr(0, rest.find('\n'));
    take_line(line, offered);
    rest.remove_prefix(line.size());
  }
  return offered;
}

}  // namespace sisu::smtp
