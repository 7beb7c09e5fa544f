// Vectors: tests/vectors/proxy_v2.txt; the same bytes stand worked out in proto/delivery.md.
#include "proto/proxy_v2.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace sisu::proto {
namespace {

struct Vector {
  std::string bytes;
  std::string expected;
};

/// "0d0a 00..x216 20": hexadecimal, "..xN" repeats the byte before it until it stands there N times.
std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
    } else if (text.compare(i, 3, "..x") == 0) {
      const std::size_t end = text.find(' ', i);
      bytes.append(std::stoul(text.substr(i + 3, end - i - 3)) - 1, bytes.back());
      i = std::min(end, text.size());
    } else {
      bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
      i += 2;
    }
  }
  return bytes;
}

std::map<std::string, Vector> read_vectors() {
  std::ifstream file(SISUMAIL_TESTS_DIR "/vectors/proxy_v2.txt");
  std::map<std::string, Vector> vectors;
  for (std::string name; std::getline(file, name);) {
    if (name.empty() || name.front() == '#') continue;
    std::string hex;
    std::string expected;
    std::getline(file, hex);
    std::getline(file, expected);
    vectors[name] = {from_hex(hex), expected};
  }
  return vectors;
}

std::string_view name_of(ProxyError error) {
  switch (error) {
    case ProxyError::bad_signature:
      return "bad_signature";
    case ProxyError::bad_version:
      return "bad_version";
    case ProxyError::bad_command:
      return "bad_command";
    case ProxyError::bad_family:
      return "bad_family";
    case ProxyError::too_long:
      return "too_long";
    case ProxyError::addresses_cut:
      return "addresses_cut";
    case ProxyError::tlv_overflow:
      return "tlv_overflow";
    case ProxyError::bad_tlv:
      return "bad_tlv";
    case ProxyError::bad_checksum:
      return "bad_checksum";
  }
  return "?";
}

std::string found(const ProxyHeader& header) {
  if (header.local_command) return "local";
  std::string text = "none";
  if (header.addresses) {
    text = header.addresses->source.to_string() + " " + header.addresses->destination.to_string();
  }
  if (header.connection_id) text += " id=" + header.connection_id->to_string();
  if (header.accepted) text += " accepted=" + std::to_string(header.accepted->time_since_epoch().count());
  return text;
}

std::string found(const Result<std::optional<ParsedProxyHeader>, ProxyError>& parsed) {
  if (!parsed) return "error " + std::string(name_of(parsed.error()));
  return *parsed ? found((*parsed)->header) : "cut";
}

TEST(ProxyV2, vectors) {
  const auto vectors = read_vectors();
  ASSERT_GE(vectors.size(), 40U);
  for (const auto& [name, vector] : vectors) EXPECT_EQ(found(parse_proxy_v2(vector.bytes)), vector.expected) << name;
}

// Byte by byte: a good header is "not yet" until its last byte; a bad one is never taken for good.
TEST(ProxyV2, vectors_byte_by_byte) {
  for (const auto& [name, vector] : read_vectors()) {
    const auto whole = parse_proxy_v2(vector.bytes);
    const std::size_t length = whole && *whole ? (*whole)->length : vector.bytes.size();
    for (std::size_t n = 0; n < length; ++n) {
      const std::string_view start = std::string_view(vector.bytes).substr(0, n);
      const auto parsed = parse_proxy_v2(start);
      if (whole) {
        ASSERT_TRUE(parsed && !*parsed) << name << " cut to " << n;
        const std::size_t missing = proxy_v2_missing(start);
        EXPECT_TRUE(missing >= 1 && n + missing <= length) << name << " cut to " << n;
      } else {
        EXPECT_FALSE(parsed && *parsed) << name << " cut to " << n;
      }
    }
  }
}

TEST(ProxyV2, the_length_says_where_the_protocol_inside_begins) {
  const std::string bytes = read_vectors().at("bytes_behind_the_header_are_left").bytes;
  const auto parsed = parse_proxy_v2(bytes);
  EXPECT_EQ(bytes.substr(parsed.value().value().length), "EHLO x\r\n");
}

Preface preface(const char* source, const char* destination) {
  return {.source = Endpoint::parse(source).value(),
          .destination = Endpoint::parse(destination).value(),
          .connection_id = ConnectionId(Uuid::parse("5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab").value()),
          .accepted = AcceptedTime(std::chrono::milliseconds(1700000000123))};
}

TEST(ProxyV2, a_preface_is_written_as_the_vectors_have_it) {
  const auto vectors = read_vectors();
  EXPECT_EQ(format_preface(preface("[2001:db8::1]:40000", "[2001:db8:5157::7]:25")),
            vectors.at("delivery_from_ipv6").bytes);
  EXPECT_EQ(format_preface(preface("192.0.2.1:40000", "198.51.100.2:25")), vectors.at("delivery_from_ipv4").bytes);
}

TEST(ProxyV2, a_v4_mapped_sender_is_written_as_ipv4) {
  EXPECT_EQ(format_preface(preface("[::ffff:192.0.2.1]:40000", "198.51.100.2:25")),
            read_vectors().at("delivery_from_ipv4").bytes);
}

TEST(ProxyV2, a_preface_comes_back) {
  for (int i = 0; i < 100; ++i) {
    Preface written = preface("[2001:db8::1]:1", "[2001:db8:5157::7]:65535");
    written.connection_id = ConnectionId::random();
    written.accepted += std::chrono::hours(i);
    const std::string bytes = format_preface(written);
    const auto parsed = parse_proxy_v2(bytes);
    const ProxyHeader& header = parsed.value().value().header;
    EXPECT_EQ(header.addresses, (ProxyAddresses{written.source, written.destination}));
    EXPECT_EQ(header.connection_id, written.connection_id);
    EXPECT_EQ(header.accepted, written.accepted);
    EXPECT_EQ(parsed->value().length, bytes.size());
  }
}

TEST(ProxyV2DeathTest, addresses_of_two_families_are_a_bug) {
  EXPECT_DEATH(format_preface(preface("192.0.2.1:1", "[2001:db8::1]:25")), "one family");
}

}  // namespace
}  // namespace sisu::proto
