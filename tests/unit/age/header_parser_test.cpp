// The header: what is read, what is refused and why, and each limit.
#include "common/age/header_parser.hpp"

#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>

namespace sisu::age::test {
namespace {

const std::string mac = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string version = "age-encryption.org/v1\n";
const std::string end = "--- " + mac + "\n";
const std::string stanza = "-> kind argument\nAAAA\n";
const std::string line_64(64, 'A');

struct Parsed {
  std::optional<Error> error;
  bool complete = false;
  std::string rest;
  Header header;
};

Parsed parsed_in(std::string_view text, std::size_t piece) {
  HeaderParser parser;
  Parsed result;
  while (!text.empty()) {
    std::string_view part = text.substr(0, piece);
    text.remove_prefix(part.size());
    const auto complete = parser.next(part);
    if (!complete) {
      result.error = complete.error();
      return result;
    }
    if (*complete) {
      result.complete = true;
      result.rest = std::string(part) + std::string(text);
      result.header = parser.header();
      return result;
    }
    EXPECT_TRUE(part.empty());
  }
  return result;
}

/// The same in pieces of any size.
Parsed parsed(std::string_view text) {
  const Parsed result = parsed_in(text, whole);
  for (const std::size_t piece : {1U, 3U, 64U, 1000U}) {
    const Parsed again = parsed_in(text, piece);
    EXPECT_EQ(again.error, result.error) << text.substr(0, 200) << " in pieces of " << piece;
    EXPECT_EQ(again.complete, result.complete);
    EXPECT_EQ(again.rest, result.rest);
    EXPECT_EQ(again.header.stanzas, result.header.stanzas);
  }
  return result;
}

std::string refusal(std::string_view text) {
  const auto result = parsed(text);
  return result.error ? std::string(describe(*result.error)) : result.complete ? "accepted" : "more is wanted";
}

#define EXPECT_REFUSED(text, reason) EXPECT_EQ(refusal(text), describe(reason)) << std::string(text).substr(0, 200)

TEST(AgeHeader, stanzas_are_read_and_the_payload_is_left) {
  const auto result = parsed(version + "-> X25519 share\n" + line_64 + "\nAAAA\n-> a b c\n\n" + end + "nonce\nmore");
  ASSERT_TRUE(result.complete);
  EXPECT_EQ(result.rest, "nonce\nmore");
  ASSERT_EQ(result.header.stanzas.size(), 2U);
  EXPECT_EQ(result.header.stanzas[0], (Stanza{"X25519", {"share"}, std::vector<std::uint8_t>(51)}));
  EXPECT_EQ(result.header.stanzas[1], (Stanza{"a", {"b", "c"}, {}}));
  EXPECT_EQ(result.header.mac, Mac{});
  EXPECT_TRUE(result.header.authenticated.ends_with("\n\n---"));
}

TEST(AgeHeader, a_body_that_fills_its_line_ends_with_an_empty_one) {
  const auto result = parsed(version + "-> kind\n" + line_64 + "\n\n" + end);
  ASSERT_TRUE(result.complete);
  EXPECT_EQ(result.header.stanzas[0].body.size(), 48U);
}

TEST(AgeHeader, a_part_of_it_wants_more) {
  const std::string text = version + stanza + end;
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_EQ(refusal(text.substr(0, length)), "more is wanted") << length;
  EXPECT_EQ(refusal(text), "accepted");
}

TEST(AgeHeader, other_files_are_refused_at_once) {
  for (const std::string text : {"-----BEGIN AGE ENCRYPTED FILE-----", "Age-encryption.org/v1\n", "\n", " age-", "agf",
                                 "\xef\xbb\xbf"
                                 "age-encryption.org/v1\n",
                                 "age-encryption.org/\n",
                                 "\x7f"
                                 "ELF"})
    EXPECT_REFUSED(text, Error::not_an_age_file);
  EXPECT_REFUSED(std::string(1'000'000, 'x'), Error::not_an_age_file);
  EXPECT_REFUSED(std::string("age\0", 4), Error::not_an_age_file);
}

TEST(AgeHeader, other_versions_are_refused) {
  for (const char* text : {"age-encryption.org/v2\n", "age-encryption.org/v10\n", "age-encryption.org/v1 \n",
                           "age-encryption.org/V1\n", "age-encryption.org/v\n"})
    EXPECT_REFUSED(text, Error::unsupported_version);
}

TEST(AgeHeader, cr_lf_is_refused_in_every_line) {
  const std::string text = version + stanza + end;
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    EXPECT_REFUSED(std::string(text).insert(at, "\r"), Error::carriage_return);
}

TEST(AgeHeader, malformed_lines_are_refused) {
  for (const char* line : {"", "->", "-> ", "->  kind", "->kind", "-> kind ", "-> kind  b", "-> ki\tnd", "-> kin\x7f",
                           "-> k\xc3\xa4se", "=> kind", "-- ", " -> kind", "kind"})
    EXPECT_REFUSED(version + line + "\nAAAA\n" + end, Error::malformed_line);
  EXPECT_REFUSED(version + stanza + "AAAA\n" + end, Error::malformed_line) << "two short lines";
  EXPECT_REFUSED(version + std::string("-> a\0b\n", 7), Error::malformed_line);
}

TEST(AgeHeader, malformed_bodies_are_refused) {
  EXPECT_REFUSED(version + "-> kind\n" + end, Error::malformed_body);
  EXPECT_REFUSED(version + "-> kind\n" + stanza + end, Error::malformed_body);
  EXPECT_REFUSED(version + "-> kind\n" + line_64 + "\n" + end, Error::malformed_body);
  EXPECT_REFUSED(version + "-> kind\n" + line_64 + "A\n\n" + end, Error::malformed_body);
  for (const char* body : {"AAAA=", "AA==", "AAA=", "AB", "A", "AAA", "AA A", "A*AA"}) {
    const bool right = std::string_view(body) == "AAA";
    EXPECT_EQ(refusal(version + "-> kind\n" + body + "\n" + end),
              right ? "accepted" : describe(Error::malformed_base64))
        << body;
  }
}

TEST(AgeHeader, malformed_ends_are_refused) {
  for (const std::string& line : {std::string("---"), std::string("--- "), "---" + mac, "---  " + mac,
                                  "--- " + mac + " ", "--- " + mac + "=", "--- " + mac.substr(1), "--- " + mac + "A",
                                  "--- " + mac.substr(1) + "B", "----" + mac, "--- " + mac.substr(1) + "*"})
    EXPECT_REFUSED(version + stanza + line + "\n", Error::malformed_mac);
  EXPECT_REFUSED(version + end, Error::no_stanza);
}

TEST(AgeHeader, unknown_stanzas_may_repeat_but_a_share_may_not) {
  EXPECT_EQ(refusal(version + stanza + stanza + end), "accepted");
  const std::string x25519 = "-> X25519 share\nAAAA\n";
  const std::string ssh = "-> ssh-ed25519 tag share\nAAAA\n";
  EXPECT_EQ(refusal(version + x25519 + ssh + "-> X25519 other\nAAAA\n" + "-> ssh-ed25519 tag other\nAAAA\n" + end),
            "accepted");
  EXPECT_REFUSED(version + x25519 + stanza + x25519 + end, Error::duplicated_stanza);
  EXPECT_REFUSED(version + x25519 + "-> X25519 share\nAAAAAAAA\n" + end, Error::duplicated_stanza);
  EXPECT_REFUSED(version + ssh + ssh + end, Error::duplicated_stanza);
}

TEST(AgeHeader, a_passphrase_stands_alone) {
  const std::string scrypt = "-> scrypt salt 18\nAAAA\n";
  EXPECT_EQ(refusal(version + scrypt + end), "accepted");
  EXPECT_REFUSED(version + scrypt + stanza + end, Error::passphrase_beside_others);
  EXPECT_REFUSED(version + stanza + scrypt + end, Error::passphrase_beside_others);
  EXPECT_REFUSED(version + scrypt + scrypt + end, Error::passphrase_beside_others);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (; times != 0; --times) all += text;
  return all;
}

TEST(AgeHeader, the_number_of_stanzas_is_limited) {
  EXPECT_EQ(refusal(version + repeated(stanza, Limits::stanzas) + end), "accepted");
  EXPECT_REFUSED(version + repeated(stanza, Limits::stanzas + 1) + end, Error::too_many_stanzas);
}

TEST(AgeHeader, the_number_of_arguments_is_limited) {
  EXPECT_EQ(refusal(version + "-> a" + repeated(" b", Limits::arguments - 1) + "\n\n" + end), "accepted");
  EXPECT_REFUSED(version + "-> a" + repeated(" b", Limits::arguments) + "\n\n" + end, Error::too_many_arguments);
}

TEST(AgeHeader, the_length_of_a_line_is_limited_before_its_end_is_seen) {
  const std::string longest = "-> " + std::string(Limits::line_bytes - 3, 'a');
  EXPECT_EQ(refusal(version + longest + "\n\n" + end), "accepted");
  EXPECT_REFUSED(version + longest + "a", Error::line_too_long);
  EXPECT_REFUSED(version + longest + std::string(1'000'000, 'a'), Error::line_too_long);
  EXPECT_REFUSED("age-encryption.org/" + std::string(Limits::line_bytes, '1'), Error::line_too_long);
}

TEST(AgeHeader, the_length_of_all_is_limited) {
  const std::string lines = repeated(line_64 + "\n", (Limits::header_bytes - 200) / 65);
  const std::string start = version + "-> kind\n" + lines;
  const auto with_room_of = [&](std::size_t excess) {
    const auto room = Limits::header_bytes + excess - start.size() - 1 - end.size();
    const std::string last = "-> " + std::string(room - 5, 'b') + "\n\n";
    return start + "\n" + last + end;
  };
  EXPECT_EQ(with_room_of(0).size(), Limits::header_bytes);
  EXPECT_EQ(refusal(with_room_of(0)), "accepted");
  EXPECT_REFUSED(with_room_of(1), Error::header_too_long);
  EXPECT_REFUSED(start + repeated(line_64 + "\n", 100'000), Error::header_too_long);
}

TEST(AgeHeader, every_error_says_something_of_its_own) {
  std::vector<std::string_view> all;
  for (int i = 0; i <= static_cast<int>(Error::trailing_data); ++i) {
    const auto text = describe(static_cast<Error>(i));
    EXPECT_FALSE(text.empty()) << i;
    EXPECT_EQ(std::count(all.begin(), all.end(), text), 0) << text;
    all.push_back(text);
  }
}

}  // namespace
}  // namespace sisu::age::test
