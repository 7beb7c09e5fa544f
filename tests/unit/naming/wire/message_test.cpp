#include "relay/naming/wire/message.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Octets header(std::uint8_t questions, std::uint8_t answers, std::uint8_t authorities, std::uint8_t additional) {
  return {0x12, 0x34, 0x80, 0, 0, questions, 0, answers, 0, authorities, 0, additional};
}

const Octets root_question{0, 0, 1, 0, 1};
const Octets named_question{1, 'a', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1};

Octets record(std::uint8_t type, const Octets& data = {}, const Octets& name = {0}) {
  return name + Octets{0, type, 0, 1, 0, 0, 0, 60, 0, static_cast<std::uint8_t>(data.size())} + data;
}

const Octets opt = record(41);
const Octets tsig = record(250, Octets(20));

TEST(Message, sections_that_hold_what_the_header_counts_are_sound) {
  const Octets sound[] = {
      header(0, 0, 0, 0),
      header(1, 0, 0, 0) + root_question,
      header(1, 1, 0, 0) + named_question + record(1, {192, 0, 2, 1}, {0xC0, 12}),
      header(1, 1, 1, 1) + named_question + record(1) + record(2) + opt,
      header(1, 0, 0, 2) + named_question + opt + tsig,
      header(0, 0, 0, 1) + tsig,
  };
  for (const auto& message : sound) EXPECT_TRUE(has_sound_layout(message)) << message.size();
}

TEST(Message, everything_else_is_refused) {
  const Octets unsound[] = {
      {},
      Octets(11),
      header(1, 0, 0, 0),                                               // no question
      header(1, 0, 0, 0) + Octets{0, 0, 1, 0},                          // one that is cut
      header(1, 0, 0, 0) + Octets{63, 'a'},                             // a label beyond the end
      header(1, 0, 0, 0) + Octets{0x40, 'a', 0, 0, 1, 0, 1},            // a label of an unknown kind
      header(1, 0, 0, 0) + Octets{0xC0},                                // half a pointer
      header(2, 0, 0, 0) + root_question + root_question,               // two questions
      header(0, 1, 0, 0) + Octets{0, 0, 1, 0, 1, 0, 0, 0, 0, 0},        // a record that is cut
      header(0, 1, 0, 0) + Octets{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 9, 1},  // data that is cut
      header(0, 0, 0, 0) + Octets{0},                                   // octets behind the end
      header(0, 1, 0, 0) + opt,                                         // OPT among the answers
      header(0, 0, 1, 0) + tsig,                                        // TSIG among the authorities
      header(0, 0, 0, 2) + opt + opt,
      header(0, 0, 0, 2) + tsig + tsig,
      header(0, 0, 0, 2) + tsig + opt,  // TSIG is not the last
  };
  for (const auto& message : unsound) EXPECT_FALSE(has_sound_layout(message)) << message.size();
}

TEST(Message, a_name_without_end_is_refused) {
  auto message = header(1, 0, 0, 0);
  for (int i = 0; i < 200; ++i) message = message + Octets{1, 'a'};
  EXPECT_FALSE(has_sound_layout(message + Octets{0, 0, 1, 0, 1}));
}

TEST(Message, every_cut_of_a_message_is_refused) {
  const auto whole = header(1, 1, 1, 2) + named_question + record(1, {192, 0, 2, 1}) + record(2) + opt + tsig;
  ASSERT_TRUE(has_sound_layout(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(has_sound_layout(OctetView(whole).first(size))) << size;
}

TEST(Message, the_longest_is_the_longest) {
  auto message = header(0, 0, 0, 1);
  auto filler = record(16);
  filler[filler.size() - 2] = 0xFF;
  filler[filler.size() - 1] = static_cast<std::uint8_t>(longest_message - message.size() - filler.size() - 0xFF00);
  message = message + filler + Octets(longest_message - message.size() - filler.size());
  ASSERT_EQ(message.size(), longest_message);
  EXPECT_TRUE(has_sound_layout(message));
  message.push_back(0);
  EXPECT_FALSE(has_sound_layout(message));
}

TEST(Message, the_tsig_is_found) {
  const auto before = header(1, 0, 0, 2) + named_question + opt;
  EXPECT_EQ(size_without_tsig(before + tsig), before.size());
  const auto without = header(1, 0, 0, 1) + named_question + opt;
  EXPECT_EQ(size_without_tsig(without), without.size());
}

TEST(Message, response_codes_have_names) {
  EXPECT_EQ(to_string(ResponseCode::server_failure), "SERVFAIL");
  EXPECT_EQ(to_string(ResponseCode{23}), "RCODE 23");
}

}  // namespace
}  // namespace sisu::relay::naming
