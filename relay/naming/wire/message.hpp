// What all DNS messages have in common (RFC 1035 4.1): octets, identifiers, response codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sisu::relay::naming {

using Octets = std::vector<std::uint8_t>;
using OctetView = std::span<const std::uint8_t>;

constexpr std::size_t longest_message = 65'535;  ///< octets, over TCP (RFC 1035 4.2.2)
constexpr std::size_t message_header = 12;       ///< octets
constexpr std::size_t largest_datagram = 1'232;  ///< octets: what we offer by EDNS; never fragmented on its way

/// RFC 1035 4.1.1, RFC 2136 2.2, with the upper bits of EDNS (RFC 6891 6.1.3). Others can come, too.
enum class ResponseCode : std::uint16_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  name_error = 3,
  not_implemented = 4,
  refused = 5,
  name_exists = 6,
  set_exists = 7,
  set_missing = 8,
  not_authorized = 9,
  not_in_zone = 10,
  bad_version = 16,
};
std::string to_string(ResponseCode code);  ///< "SERVFAIL", "RCODE 23"

/// The identifier of a message, 0 if it is too short to have one.
std::uint16_t message_id(OctetView message);

/// An identifier that nobody can foresee.
std::uint16_t random_message_id();

/// Whether the sections hold what the header counts, each record within the message, nothing behind them; at most one
/// question, one OPT and one TSIG, the TSIG last (RFC 6891 6.1.1, RFC 8945 5.1). Names and data are looked at later.
bool has_sound_layout(OctetView message);

/// How many octets stand before the TSIG record, all of them if there is none. The layout must be sound.
std::size_t size_without_tsig(OctetView message);

}  // namespace sisu::relay::naming
