// The Reconciler where something happens in between: an answer is lost, a look comes late, a set changes while others
// wait.
#include "tests/unit/naming/reconciler/subject.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using namespace std::chrono_literals;

std::optional<WallTime> live_since(Subject& subject, const std::string& digest) {
  for (const auto& [each, since] : subject.known("u").wanted) {
    if (each.value == "3 1 1 " + digest) return since;
  }
  return std::nullopt;
}

TEST(ReconcilerRace, what_was_seen_of_a_former_set_says_nothing_of_the_present_one) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  const auto former = subject.known("u").change;
  auto both = user_records("u");
  both.insert(record("_25._tcp.u.v6.example.org. 300 TLSA 3 1 1 " + digest_b));
  subject.set("u", both);
  const Sighting late{.owner = "u", .change = former, .missing = {}, .surplus = {}, .withheld = {}, .complete = true};
  EXPECT_TRUE(subject.database->store_sightings(std::span(&late, 1), WallTime()).front().is_stale);
  EXPECT_FALSE(subject.is_live("u"));
  EXPECT_FALSE(live_since(subject, digest_b));
}

TEST(ReconcilerRace, without_every_servers_answer_no_record_counts_as_live) {
  Subject subject;
  subject.set("u", user_records("u"));
  const Sighting half{.owner = "u",
                      .change = subject.known("u").change,
                      .missing = {},
                      .surplus = {},
                      .withheld = {},
                      .complete = false};
  subject.database->store_sightings(std::span(&half, 1), WallTime());
  EXPECT_FALSE(live_since(subject, digest_a));
}

TEST(ReconcilerRace, what_was_written_without_an_answer_is_ours) {
  Subject subject;
  subject.provider.on_apply = [&](const Change& change) -> std::optional<ProviderError> {
    subject.provider.zone.insert(change.add.begin(), change.add.end());
    return ProviderError{.kind = ProviderError::Kind::unreachable, .what = "the answer was lost"};
  };
  subject.set("u", user_records("u"));
  subject.settle();
  subject.provider.on_apply = nullptr;
  subject.settle_for(10s);
  EXPECT_TRUE(subject.is_live("u"));
  subject.set("u", {});
  subject.settle_for(10s);
  EXPECT_TRUE(subject.provider.zone.empty());
}

TEST(ReconcilerRace, who_changes_while_many_wait_is_read_again) {
  Subject subject;
  constexpr std::size_t many = 300;  // more than are written at a time
  for (std::size_t i = 0; i < many; ++i) subject.set("u" + std::to_string(i), user_records("u" + std::to_string(i)));
  subject.reconciler->step();
  ASSERT_FALSE(subject.provider.zone.empty());
  subject.set("u299", {});
  subject.settle();
  EXPECT_EQ(subject.provider.zone.size(), (many - 1) * user_records("u").size());
}

}  // namespace
}  // namespace sisu::relay::naming
