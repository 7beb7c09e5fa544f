#include "common/mail/characters.hpp"

#include <algorithm>

namespace sisu::mail {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool within(unsigned char byte, unsigned low, unsigned high) { return byte >= low && byte <= high; }
bool is_tail(unsigned char byte) { return within(byte, 0x80, 0xBF); }

/// UTF8-3, RFC 3629 4.
bool is_utf8_3(unsigned char first, unsigned char second) {
  if (first == 0xE0) return within(second, 0xA0, 0xBF);
  if (first == 0xED) return within(second, 0x80, 0x9F);
  return within(first, 0xE1, 0xEF) && is_tail(second);
}

/// UTF8-4, RFC 3629 4.
bool is_utf8_4(unsigned char first, unsigned char second) {
  if (first == 0xF0) return within(second, 0x90, 0xBF);
  if (first == 0xF4) return within(second, 0x80, 0x8F);
  return within(first, 0xF1, 0xF3) && is_tail(second);
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_ascii(c); });
}

std::size_t utf8_sequence_length(std::string_view text) {
  const unsigned char first = byte_at(text, 0);
  const unsigned char second = byte_at(text, 1);
  if (within(first, 0xC2, 0xDF) && is_tail(second)) return 2;
  if (!is_tail(byte_at(text, 2))) return 0;
  if (is_utf8_3(first, second)) return 3;
  if (is_utf8_4(first, second) && is_tail(byte_at(text, 3))) return 4;
  return 0;
}

}  // namespace sisu::mail
