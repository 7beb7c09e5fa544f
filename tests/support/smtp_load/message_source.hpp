// The messages of a load run: each made from the seed and its number alone, so that a run can be repeated and a message
// made again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::load {

/// "4k", "900:1k-64k,90:64k-1m,10:20m": shares of sizes or ranges of sizes. Of each run of (sum of shares) messages
/// exactly that many fall to each, well mixed; within a range sizes are uniform. 1k is 1024 octets.
class SizeMix {
 public:
  static std::optional<SizeMix> parse(std::string_view text);

  /// Octets of message `number` (from 0).
  std::size_t size_of(std::uint64_t number, std::uint64_t seed) const;

 private:
  struct Share {
    std::uint64_t count;
    std::size_t least, most;
  };
  static std::optional<Share> parse_share(std::string_view text);

  std::vector<Share> shares_;
  std::uint64_t total_ = 0;
};

struct Message {
  std::uint64_t number = 0;
  std::string bytes;   ///< header and body, CRLF, printable US-ASCII; some lines begin with dots
  std::string sha256;  ///< of bytes, hexadecimal
};

/// The least that size_of() may say: less would not hold the header.
constexpr std::size_t least_message_octets = 512;

Message make_message(std::uint64_t number, std::uint64_t seed, std::size_t octets);

}  // namespace sisu::load
