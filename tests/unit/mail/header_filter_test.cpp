#include "common/mail/header_filter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sisu::mail {
namespace {

/// Fed in pieces of `chunk` octets.
std::string filtered(std::string_view message, std::size_t chunk) {
  HeaderFilter filter;
  std::string kept;
  while (!message.empty()) {
    kept += filter.feed(message.substr(0, chunk));
    EXPECT_LE(filter.held(), HeaderFilter::max_held);
    message.remove_prefix(std::min(chunk, message.size()));
  }
  return kept += filter.finish();
}

struct Case {
  std::string message;
  std::string kept;
};

void check(const std::vector<Case>& table) {
  for (const auto& [message, kept] : table) {
    for (std::size_t chunk = 1; chunk <= message.size(); ++chunk) {
      EXPECT_EQ(filtered(message, chunk), kept) << "in pieces of " << chunk << ": " << message;
    }
  }
}

TEST(HeaderFilter, labels_of_the_sender_are_removed) {
  check({
      {"Sisumail-Tier: 1\r\n\r\nbody", "\r\nbody"},
      {"A: 1\r\nSisumail-Tier: 1\r\nB: 2\r\n\r\n", "A: 1\r\nB: 2\r\n\r\n"},
      {"A: 1\r\nsisuMAIL-tier: 1\r\n\r\n", "A: 1\r\n\r\n"},
      {"A: 1\r\nSisumail-: 1\r\n\r\n", "A: 1\r\n\r\n"},
      {"A: 1\r\nSisumail-Tier \t : 1\r\n\r\n", "A: 1\r\n\r\n"},
      {"A: 1\r\nSisumail-Tier:\r\n 1\r\n\t2\r\nB: 2\r\n\r\n", "A: 1\r\nB: 2\r\n\r\n"},
      {"A: 1\r\nSisumail-Tier\r\n : 1\r\nB: 2\r\n\r\n", "A: 1\r\nB: 2\r\n\r\n"},
      {"A: 1\r\nSisumail-A: 1\r\nSisumail-B: 1\r\n\r\n", "A: 1\r\n\r\n"},
      {"A: 1\r\nSisumail-A: 1\r\n 2\r\nSisumail-B: 1\r\n 2\r\nC: 3\r\n\r\n", "A: 1\r\nC: 3\r\n\r\n"},
      {"Sisumail-Tier: 1", ""},
      {"Sisumail-Tier", ""},
      {"Sisumail-\xFF\x01!: 1\r\n\r\n", "\r\n"},
  });
}

TEST(HeaderFilter, all_else_passes_byte_for_byte) {
  std::vector<Case> table;
  for (const std::string message : {
           "",
           "\r\n",
           "A: 1\r\n\r\n",
           "no header at all",
           "\r\nSisumail-Tier: in the body\r\n",
           "A: 1\r\n\r\nSisumail-Tier: in the body\r\n\r\nSisumail-Tier: again\r\n",
           "A: Sisumail-Tier: 1\r\n\r\n",
           "A: 1\r\n Sisumail-Tier: folded into A\r\n\r\n",
           " Sisumail-Tier: folded into nothing\r\n\r\n",
           "X-Sisumail-Tier: 1\r\n\r\n",
           "Sisumail: 1\r\n\r\n",
           "Sisumai-Tier: 1\r\n\r\n",
           "Sisumail Tier: 1\r\n\r\n",
           "Sisumail\r\n-Tier: 1\r\n\r\n",
           "Sisumail-Tier is a word: of prose\r\n\r\n",
           "S\r\nSi\r\nSisumail\r\n\r\n",
           "A: 1\r\n\r\n\r\n.\r\nbody",
       }) {
    table.push_back({message, message});
  }
  check(table);
}

TEST(HeaderFilter, header_injection_by_odd_line_ends_is_removed) {
  check({
      {"A: 1\nSisumail-Tier: 1\nB: 2\n\nbody", "A: 1\nB: 2\n\nbody"},
      {"A: 1\n\nSisumail-Tier: body", "A: 1\n\nSisumail-Tier: body"},
      {"A: 1\rSisumail-Tier: 1\r\nB: 2\r\n\r\n", "A: 1\rB: 2\r\n\r\n"},
      {"A: 1\r\rSisumail-Tier: 1\r\n\r\n", "A: 1\r\r\r\n"},
      {"A: 1\n\rSisumail-Tier: 1\r\n\r\n", "A: 1\n\r\r\n"},
      {"A: 1\r\n\rSisumail-Tier: 1\r\n\r\n", "A: 1\r\n\r\r\n"},
      {"\rSisumail-Tier: 1\r\n\r\n", "\r\r\n"},
      {"\r\r\nSisumail-Tier: 1\r\n\r\n", "\r\r\n\r\n"},
      {"Sisumail-Tier: 1\rB: 2\r\n\r\n", "B: 2\r\n\r\n"},
      // The line ends around a removed field must not close up to one, and what follows become a header again.
      {"A: 1\rSisumail-X: 1\r\n\nSisumail-Tier: 1\r\n\r\n", "A: 1\r\n\r\n"},
      {"A: 1\rSisumail-X: 1\r\n\r\nSisumail-Tier: 1\r\n\r\n", "A: 1\r\r\n\r\n"},
  });
}

TEST(HeaderFilter, what_is_held_back_is_bounded) {
  HeaderFilter filter;
  filter.feed("Sisumail-");
  const std::string name(10 * HeaderFilter::max_held, 'x');
  EXPECT_EQ(filter.feed(name), "");
  EXPECT_LE(filter.held(), HeaderFilter::max_held);
  EXPECT_EQ(filter.feed(" y\r\nB: 2\r\n"), "B: 2\r\n");
  EXPECT_EQ(filter.removed(), 1U);
}

TEST(HeaderFilter, the_body_is_not_copied) {
  HeaderFilter filter;
  filter.feed("A: 1\r\n\r\n");
  ASSERT_TRUE(filter.in_body());
  const std::string body = "octets";
  EXPECT_EQ(filter.feed(body).data(), body.data());
}

}  // namespace
}  // namespace sisu::mail
