#include "proto/proxy_v2.hpp"

#include "common/base/expects.hpp"
#include "proto/crc32c.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sisu::proto {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t length_offset = 14;

enum class Command : unsigned char { local = 0x0, proxy = 0x1 };
// Address family in the high half, transport in the low one (2.2).
constexpr unsigned char family_unspec = 0x00;
constexpr unsigned char family_tcp4 = 0x11;
constexpr unsigned char family_udp4 = 0x12;
constexpr unsigned char family_tcp6 = 0x21;
constexpr unsigned char family_udp6 = 0x22;
constexpr unsigned char family_unix_stream = 0x31;
constexpr unsigned char family_unix_datagram = 0x32;

constexpr unsigned char type_crc32c = 0x03;
constexpr unsigned char type_unique_id = 0x05;
constexpr std::size_t tlv_head = 3;                        // type, length high, length low
constexpr std::size_t unique_id_limit = 128;               // 2.2.7
constexpr std::uint64_t accepted_limit = 253402300800000;  // the year 10000: beyond, a clock cannot be meant

unsigned char byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

/// Big-endian number of all of `bytes`, 8 at most.
std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void append_number(std::string& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

void append_address(std::string& out, const IpAddress& address) {
  for (const std::uint8_t byte : address.bytes()) out += static_cast<char>(byte);
}

void append_tlv(std::string& out, unsigned char type, std::string_view value) {
  out += static_cast<char>(type);
  append_number(out, value.size(), 2);
  out += value;
}

/// Bytes of the address block of a family (2.2); nullopt: no such family.
std::optional<std::size_t> address_block_length(unsigned char family) {
  switch (family) {
    case family_unspec:
      return 0;
    case family_tcp4:
    case family_udp4:
      return 12;
    case family_tcp6:
    case family_udp6:
      return 36;
    case family_unix_stream:
    case family_unix_datagram:
      return 216;
  }
  return std::nullopt;
}

IpAddress read_address(std::string_view bytes) {
  std::array<std::uint8_t, 16> raw{};
  std::ranges::copy(bytes, raw.begin());
  return bytes.size() == 4 ? IpAddress::v4(std::span(raw).first<4>()) : IpAddress::v6(raw);
}

/// Source address, destination address, source port, destination port.
ProxyAddresses read_addresses(std::string_view block) {
  const std::size_t width = (block.size() - 4) / 2;
  const auto port = [&](std::size_t at) { return static_cast<std::uint16_t>(read_number(block.substr(at, 2))); };
  return {.source = {read_address(block.substr(0, width)), port(2 * width)},
          .destination = {read_address(block.substr(width, width)), port(2 * width + 2)}};
}

/// 2.2.3: computed over the whole header with the checksum's own four bytes as zero.
bool checksum_is_right(std::string_view header, std::string_view value) {
  const auto offset = static_cast<std::size_t>(value.data() - header.data());
  std::string zeroed(header);
  std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(offset), value.size(), '\0');
  return crc32c(zeroed) == read_number(value);
}

/// The TLVs of one header; types that are not read here are skipped, as 2.2 asks.
class TlvReader {
 public:
  TlvReader(std::string_view whole_header, ProxyHeader& header) : whole_(whole_header), header_(header) {}

  std::optional<ProxyError> read(std::string_view tlvs) {
    while (!tlvs.empty()) {
      if (tlvs.size() < tlv_head) return ProxyError::tlv_overflow;
      const auto length = static_cast<std::size_t>(read_number(tlvs.substr(1, 2)));
      if (length > tlvs.size() - tlv_head) return ProxyError::tlv_overflow;
      if (const auto error = take(byte_at(tlvs, 0), tlvs.substr(tlv_head, length))) return error;
      tlvs.remove_prefix(tlv_head + length);
    }
    return std::nullopt;
  }

 private:
  std::optional<ProxyError> take(unsigned char type, std::string_view value) {
    if (type == type_unique_id) return take_unique_id(value);
    if (type == proxy_v2_type_accepted) return take_accepted(value);
    if (type == type_crc32c) return take_checksum(value);
    return std::nullopt;
  }

  // Twice would leave open which one is meant.
  std::optional<ProxyError> take_unique_id(std::string_view value) {
    if (std::exchange(seen_unique_id_, true) || value.size() > unique_id_limit) return ProxyError::bad_tlv;
    if (const auto uuid = Uuid::parse_urn(value)) header_.connection_id = ConnectionId(*uuid);
    return std::nullopt;
  }

  std::optional<ProxyError> take_accepted(std::string_view value) {
    if (header_.accepted || value.size() != 8) return ProxyError::bad_tlv;
    const std::uint64_t millis = read_number(value);
    if (millis >= accepted_limit) return ProxyError::bad_tlv;
    header_.accepted = AcceptedTime(std::chrono::milliseconds(millis));
    return std::nullopt;
  }

  std::optional<ProxyError> take_checksum(std::string_view value) {
    if (std::exchange(seen_checksum_, true) || value.size() != 4) return ProxyError::bad_tlv;
    if (!checksum_is_right(whole_, value)) return ProxyError::bad_checksum;
    return std::nullopt;
  }

  std::string_view whole_;
  ProxyHeader& header_;
  bool seen_unique_id_ = false;
  bool seen_checksum_ = false;
};

/// What can be said of the fixed part, or of its beginning.
std::optional<ProxyError> check_fixed_part(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, signature.size());
  if (start != signature.substr(0, start.size())) return ProxyError::bad_signature;
  if (bytes.size() > 12) {
    if (byte_at(bytes, 12) >> 4 != 2) return ProxyError::bad_version;
    if ((byte_at(bytes, 12) & 0x0F) > static_cast<unsigned char>(Command::proxy)) return ProxyError::bad_command;
  }
  const bool local = bytes.size() > 12 && (byte_at(bytes, 12) & 0x0F) == static_cast<unsigned char>(Command::local);
  // LOCAL: "the receiver must ... discard the protocol block including the family which is ignored" (2.2).
  if (bytes.size() > 13 && !local && !address_block_length(byte_at(bytes, 13))) return ProxyError::bad_family;
  return std::nullopt;
}

std::size_t total_length(std::string_view bytes) {
  return proxy_v2_fixed_length + static_cast<std::size_t>(read_number(bytes.substr(length_offset, 2)));
}

Result<ProxyHeader, ProxyError> read_body(std::string_view whole) {
  ProxyHeader header;
  header.local_command = (byte_at(whole, 12) & 0x0F) == static_cast<unsigned char>(Command::local);
  if (header.local_command) return header;
  const unsigned char family = byte_at(whole, 13);
  if (family == family_unspec) return header;  // 2.2: "the receiver should ignore address information"
  const std::string_view body = whole.substr(proxy_v2_fixed_length);
  const std::size_t block = *address_block_length(family);
  if (body.size() < block) return fail(ProxyError::addresses_cut);
  if (family == family_tcp4 || family == family_tcp6) header.addresses = read_addresses(body.substr(0, block));
  if (const auto error = TlvReader(whole, header).read(body.substr(block))) return fail(*error);
  return header;
}

}  // namespace

std::string_view describe(ProxyError error) {
  switch (error) {
    case ProxyError::bad_signature:
      return "no PROXY v2 header: the signature is not there";
    case ProxyError::bad_version:
      return "PROXY header of a version other than 2";
    case ProxyError::bad_command:
      return "PROXY header with an unknown command";
    case ProxyError::bad_family:
      return "PROXY header with an unknown address family";
    case ProxyError::too_long:
      return "PROXY header longer than 4096 bytes";
    case ProxyError::addresses_cut:
      return "PROXY header too short for its addresses";
    case ProxyError::tlv_overflow:
      return "PROXY header with a field that runs past its end";
    case ProxyError::bad_tlv:
      return "PROXY header with a malformed or repeated field";
    case ProxyError::bad_checksum:
      return "PROXY header with a wrong checksum";
  }
  return "unreadable PROXY header";
}

std::string format_preface(const Preface& preface) {
  expects(preface.source.address.family() == preface.destination.address.family(), "addresses of one family");
  expects(preface.accepted.time_since_epoch().count() >= 0, "a time after 1970");
  std::string body;
  append_address(body, preface.source.address);
  append_address(body, preface.destination.address);
  append_number(body, preface.source.port, 2);
  append_number(body, preface.destination.port, 2);
  append_tlv(body, type_unique_id, preface.connection_id.to_urn());
  std::string accepted;
  append_number(accepted, static_cast<std::uint64_t>(preface.accepted.time_since_epoch().count()), 8);
  append_tlv(body, proxy_v2_type_accepted, accepted);

  std::string header(signature);
  header += static_cast<char>(0x20 | static_cast<unsigned char>(Command::proxy));
  header += static_cast<char>(preface.source.address.is_v4() ? family_tcp4 : family_tcp6);
  append_number(header, body.size(), 2);
  return header + body;
}

Result<std::optional<ParsedProxyHeader>, ProxyError> parse_proxy_v2(std::string_view bytes) {
  if (const auto error = check_fixed_part(bytes)) return fail(*error);
  if (bytes.size() < proxy_v2_fixed_length) return std::nullopt;
  const std::size_t length = total_length(bytes);
  if (length > proxy_v2_length_limit) return fail(ProxyError::too_long);
  if (bytes.size() < length) return std::nullopt;
  auto header = read_body(bytes.substr(0, length));
  if (!header) return fail(header.error());
  return ParsedProxyHeader{.header = *header, .length = length};
}

std::size_t proxy_v2_missing(std::string_view bytes) {
  if (bytes.size() < proxy_v2_fixed_length) return proxy_v2_fixed_length - bytes.size();
  const std::size_t length = total_length(bytes);
  return length > bytes.size() ? length - bytes.size() : 0;
}

}  // namespace sisu::proto
