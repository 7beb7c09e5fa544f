// The published vectors (tests/vectors/age): each opens, or is refused for the reason and after the plaintext that it
// says.
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <zlib.h>

namespace sisu::age::test {
namespace {

const std::filesystem::path folder = std::filesystem::path(SISUMAIL_TESTS_DIR) / "vectors" / "age";

struct Vector {
  std::map<std::string, std::string> fields;
  std::vector<Identity> identities;
  std::string file;
};

std::string inflated(std::string_view bytes) {
  std::string out(20U << 20, '\0');
  auto length = static_cast<uLongf>(out.size());
  EXPECT_EQ(::uncompress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(bytes.data()),
                         static_cast<uLong>(bytes.size())),
            Z_OK);
  out.resize(length);
  return out;
}

Vector read_vector(const std::filesystem::path& path) {
  const std::string bytes = sisu::test::read_file(path);
  const auto end = bytes.find("\n\n");
  std::istringstream lines(bytes.substr(0, end + 1));
  Vector vector;
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    const auto name = line.substr(0, colon);
    const auto value = line.substr(colon + 2);
    // Of other kinds than ours, which are not implemented, are some identities of mixed files.
    if (auto identity = X25519Identity::parse(value); name == "identity" && identity)
      vector.identities.emplace_back(std::move(*identity));
    vector.fields[name] = value;
  }
  vector.file = bytes.substr(end + 2);
  if (vector.fields.contains("compressed")) vector.file = inflated(vector.file);
  return vector;
}

/// What the vectors call an outcome.
std::string outcome_of(std::optional<Error> error) {
  if (!error) return "success";
  switch (*error) {
    case Error::no_matching_identity:
      return "no match";
    case Error::wrong_mac:
      return "HMAC failure";
    case Error::damaged_chunk:
    case Error::empty_last_chunk:
    case Error::payload_cut_off:
    case Error::trailing_data:
      return "payload failure";
    default:
      return "header failure";
  }
}

std::string sha256(std::string_view text) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digest.data());
  return to_hex(digest);
}

TEST(AgeVectors, each_has_the_outcome_and_the_plaintext_that_it_says_however_it_is_cut) {
  int judged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name == "README.md" || name == "LICENSE") continue;
    const Vector vector = read_vector(entry.path());
    ++judged;
    for (const std::size_t piece : {whole, std::size_t{1}, std::size_t{1000}, std::size_t{65536}}) {
      if (piece == 1 && vector.file.size() > 1'000'000) continue;
      const Opened result = opened(vector.file, vector.identities, piece);
      EXPECT_EQ(outcome_of(result.error), vector.fields.at("expect")) << name << " in pieces of " << piece;
      const auto payload = vector.fields.find("payload");
      if (payload == vector.fields.end())
        EXPECT_EQ(result.plain, "") << name;
      else
        EXPECT_EQ(sha256(result.plain), payload->second) << name << " in pieces of " << piece;
    }
  }
  EXPECT_EQ(judged, 69);
}

TEST(AgeVectors, the_reason_of_a_refusal_is_the_right_one) {
  const std::map<std::string, Error> reasons = {
      {"empty", Error::header_cut_off},
      {"header_crlf", Error::carriage_return},
      {"hmac_bad", Error::wrong_mac},
      {"hmac_extra_space", Error::malformed_mac},
      {"hmac_garbage", Error::malformed_mac},
      {"hmac_missing", Error::malformed_mac},
      {"hmac_no_space", Error::malformed_mac},
      {"hmac_not_canonical", Error::malformed_mac},
      {"hmac_trailing_space", Error::malformed_mac},
      {"hmac_truncated", Error::malformed_mac},
      {"hybrid_x25519_arg", Error::malformed_stanza},
      {"scrypt_and_x25519", Error::passphrase_beside_others},
      {"stanza_bad_start", Error::malformed_line},
      {"stanza_base64_padding", Error::malformed_base64},
      {"stanza_empty_argument", Error::malformed_line},
      {"stanza_invalid_character", Error::malformed_line},
      {"stanza_long_line", Error::malformed_body},
      {"stanza_missing_body", Error::malformed_body},
      {"stanza_missing_final_line", Error::malformed_body},
      {"stanza_multiple_short_lines", Error::malformed_line},
      {"stanza_no_arguments", Error::malformed_line},
      {"stanza_not_canonical", Error::malformed_base64},
      {"stanza_spurious_cr", Error::malformed_body},
      {"stream_bad_tag", Error::damaged_chunk},
      {"stream_last_chunk_empty", Error::empty_last_chunk},
      {"stream_missing_tag", Error::payload_cut_off},
      {"stream_no_chunks", Error::payload_cut_off},
      {"stream_no_final", Error::damaged_chunk},
      {"stream_no_final_full", Error::payload_cut_off},
      {"stream_no_nonce", Error::header_cut_off},
      {"stream_short_chunk", Error::payload_cut_off},
      {"stream_short_nonce", Error::header_cut_off},
      {"stream_trailing_garbage_long", Error::trailing_data},
      {"stream_trailing_garbage_short", Error::trailing_data},
      {"stream_two_final_chunks_full", Error::trailing_data},
      {"version_unsupported", Error::unsupported_version},
      {"x25519_bad_tag", Error::no_matching_identity},
      {"x25519_extra_argument", Error::malformed_stanza},
      {"x25519_identity", Error::low_order_point},
      {"x25519_long_file_key", Error::malformed_stanza},
      {"x25519_low_order", Error::low_order_point},
      {"x25519_not_canonical_body", Error::malformed_base64},
      {"x25519_not_canonical_share", Error::malformed_stanza},
  };
  for (const auto& [name, reason] : reasons) {
    const Vector vector = read_vector(folder / name);
    const auto result = opened(vector.file, vector.identities);
    ASSERT_TRUE(result.error) << name;
    EXPECT_EQ(describe(*result.error), describe(reason)) << name;
  }
}

/// "any vector that's not a header failure can be used to test round-trips" (the vectors' README).
TEST(AgeVectors, a_header_that_was_read_is_written_the_same) {
  int written = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name == "README.md" || name == "LICENSE") continue;
    const Vector vector = read_vector(entry.path());
    if (vector.fields.at("expect") != "success" && vector.fields.at("expect") != "payload failure") continue;
    HeaderParser parser;
    std::string_view rest = vector.file;
    ASSERT_TRUE(parser.next(rest).value_or(false)) << name;
    const auto key = open_header(parser.header(), vector.identities);
    ASSERT_TRUE(key) << name;
    EXPECT_EQ(to_hex(key->bytes()), vector.fields.at("file key")) << name;
    EXPECT_EQ(format_header(parser.header().stanzas, *key), vector.file.substr(0, vector.file.size() - rest.size()));
    ++written;
  }
  EXPECT_GE(written, 30);
}

}  // namespace
}  // namespace sisu::age::test
