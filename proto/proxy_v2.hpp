// The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt, sections 2.2 to 2.2.8): the preface of a delivery
// channel (proto/delivery.md), and what `--smtp-listen-proxy` reads. Version 1 (text) is refused.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::proto {

/// Bytes of the fixed part: signature, version and command, family, length.
inline constexpr std::size_t proxy_v2_fixed_length = 16;
/// Stricter than the specification, whose length field allows 65535: no header that we know of comes near.
inline constexpr std::size_t proxy_v2_length_limit = 4096;

/// Our own type, out of the range for experiments (2.2.8: PP2_TYPE_MIN_CUSTOM 0xE0): when the relay accepted the
/// connection, unsigned 64-bit big-endian milliseconds since 1970 (UTC).
inline constexpr unsigned char proxy_v2_type_accepted = 0xE0;

using AcceptedTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// What the relay knows about a sender's connection when it opens the channel.
struct Preface {
  Endpoint source;  ///< the sender
  Endpoint destination;
  ConnectionId connection_id;
  AcceptedTime accepted;
};

/// The header for TCP over the family of the addresses, which must be the same for both (v4-mapped ones are IPv4 by
/// then: IpAddress). `accepted` is not before 1970.
std::string format_preface(const Preface& preface);

struct ProxyAddresses {
  Endpoint source;
  Endpoint destination;
  bool operator==(const ProxyAddresses&) const = default;
};

struct ProxyHeader {
  /// None for the LOCAL command (a health check of the proxy itself), and for PROXY with a transport other than TCP
  /// over IP: the connection's own addresses hold (2.2).
  std::optional<ProxyAddresses> addresses;
  bool local_command = false;
  /// From PP2_TYPE_UNIQUE_ID if that is a urn:uuid of version 4; other proxies put other things there.
  std::optional<ConnectionId> connection_id;
  std::optional<AcceptedTime> accepted;
  bool operator==(const ProxyHeader&) const = default;
};

enum class ProxyError {
  bad_signature,
  bad_version,
  bad_command,
  bad_family,
  too_long,
  addresses_cut,  ///< shorter than the family's address block
  tlv_overflow,   ///< a TLV longer than what is left of the header
  bad_tlv,        ///< a TLV of a type that we read with a length or value that it cannot have, or twice
  bad_checksum,   ///< PP2_TYPE_CRC32C is there and wrong
};
std::string_view describe(ProxyError error);

struct ParsedProxyHeader {
  ProxyHeader header;
  std::size_t length = 0;  ///< bytes that the header took; what follows belongs to the protocol inside
};

/// nullopt: `bytes` is a good beginning, read on and call again with all of it (proxy_v2_missing() says how much is
/// certain to come). An error is final. Never needs more than proxy_v2_length_limit bytes.
Result<std::optional<ParsedProxyHeader>, ProxyError> parse_proxy_v2(std::string_view bytes);

/// How many more bytes the header has at least, so that a reader need not take any that lie behind it. `bytes` is what
/// parse_proxy_v2() answered nullopt for.
std::size_t proxy_v2_missing(std::string_view bytes);

}  // namespace sisu::proto
