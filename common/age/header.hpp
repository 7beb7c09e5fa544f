// The textual header of an age file: recipient stanzas and a MAC over them (age-encryption.org/v1, "Header").
#pragma once

#include "common/age/hkdf.hpp"
#include "common/age/key_wrap.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::age {

inline constexpr std::string_view version_line = "age-encryption.org/v1";

/// One recipient's way to the file key.
struct Stanza {
  std::string type;                    ///< the first argument
  std::vector<std::string> arguments;  ///< those behind it
  std::vector<std::uint8_t> body;
  bool operator==(const Stanza&) const = default;
};

struct Header {
  std::vector<Stanza> stanzas;
  std::string authenticated;  ///< what the MAC covers, octet for octet: up to and with "---"
  Mac mac{};
};

/// The whole text, with the MAC that `file_key` gives.
std::string format_header(std::span<const Stanza> stanzas, const FileKey& file_key);

/// Compares in constant time.
bool has_right_mac(const Header& header, const FileKey& file_key);

}  // namespace sisu::age
