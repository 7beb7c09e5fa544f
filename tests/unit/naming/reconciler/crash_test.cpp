// kill -9 at each point of a write where it makes a difference, played by leaving the Reconciler in the middle and
// starting another one on the same database.
#include "tests/unit/naming/reconciler/subject.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sisu::relay::naming {
namespace {

std::optional<ProviderError> crash(const Change&) { throw Crash{}; }

TEST(ReconcilerCrash, before_the_provider_was_asked_it_is_asked_again) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.provider.on_apply = crash;
  ASSERT_TRUE(subject.settle_until_crash());
  subject.provider.on_apply = nullptr;
  subject.settle();
  EXPECT_EQ(subject.provider.zone, user_records("u"));
  subject.set("u", {});
  subject.settle();
  EXPECT_TRUE(subject.provider.zone.empty());
}

TEST(ReconcilerCrash, after_the_provider_did_it_the_records_are_ours) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.provider.after_apply = [] { throw Crash{}; };
  ASSERT_TRUE(subject.settle_until_crash());
  subject.provider.after_apply = nullptr;
  subject.settle();
  EXPECT_EQ(subject.provider.applied, 1U);
  EXPECT_TRUE(subject.is_live("u"));
  subject.set("u", {});
  subject.settle();
  EXPECT_TRUE(subject.provider.zone.empty()) << "no orphan";
}

TEST(ReconcilerCrash, a_set_that_is_given_up_meanwhile_leaves_no_orphan) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.provider.after_apply = [] { throw Crash{}; };
  ASSERT_TRUE(subject.settle_until_crash());
  subject.provider.after_apply = nullptr;
  subject.set("u", {});
  subject.settle();
  EXPECT_TRUE(subject.provider.zone.empty());
}

TEST(ReconcilerCrash, a_request_that_arrives_late_leaves_no_orphan) {
  Subject subject;
  Change late;
  subject.provider.on_apply = [&](const Change& change) {
    late = change;
    return crash(change);
  };
  subject.set("u", user_records("u"));
  ASSERT_TRUE(subject.settle_until_crash());
  // The server handles requests in order: ours to remove comes behind the late one.
  subject.provider.on_apply = [&](const Change&) -> std::optional<ProviderError> {
    subject.provider.zone.insert(late.add.begin(), late.add.end());
    late = {};
    return std::nullopt;
  };
  subject.set("u", {});
  subject.settle();
  EXPECT_TRUE(subject.provider.zone.empty());
}

TEST(ReconcilerCrash, during_a_removal_it_is_removed_once_and_what_others_add_later_stays) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.set("u", {});
  subject.provider.after_apply = [] { throw Crash{}; };
  ASSERT_TRUE(subject.settle_until_crash());
  subject.provider.after_apply = nullptr;
  subject.settle();
  EXPECT_TRUE(subject.provider.zone.empty());
  subject.provider.zone = user_records("u");
  subject.settle_for(std::chrono::hours(3));
  EXPECT_EQ(subject.provider.zone, user_records("u"));
}

/// One user's way at random: what it wants last is what the zone has in the end, whatever crashed in between.
void play(unsigned seed) {
  std::mt19937 random(seed);
  Subject subject;
  const auto foreign = records({"u.example.org. 3600 TXT \"foreign\"", "u.example.org. 3600 MX 20 other.example.net."});
  subject.provider.zone = foreign;
  subject.provider.on_apply = [&](const Change& change) -> std::optional<ProviderError> {
    switch (random() % 8) {
      case 0:
        return crash(change);
      case 1:
        return ProviderError{.kind = ProviderError::Kind::unreachable, .what = "away"};
      case 2:
        return ProviderError{.kind = ProviderError::Kind::refused, .what = "no"};
      default:
        return std::nullopt;
    }
  };
  subject.provider.after_apply = [&] {
    if (random() % 4 == 0) throw Crash{};
  };
  RecordSet wanted;
  for (int i = 0; i < 20; ++i) {
    wanted.clear();
    for (const auto& each : user_records("u")) {
      if (random() % 2) wanted.insert(each);
    }
    subject.set("u", wanted);
    subject.settle_until_crash();
    subject.clock.advance(std::chrono::seconds(random() % 10));
  }
  subject.provider.on_apply = nullptr;
  subject.provider.after_apply = nullptr;
  subject.settle_for(std::chrono::minutes(5));
  wanted.insert(foreign.begin(), foreign.end());
  EXPECT_EQ(subject.provider.zone, wanted) << "seed " << seed;
  subject.set("u", {});
  subject.settle_for(std::chrono::minutes(5));
  EXPECT_EQ(subject.provider.zone, foreign) << "seed " << seed;
}

TEST(ReconcilerCrash, at_random_nothing_is_lost_and_nothing_foreign_is_removed) {
  for (unsigned seed = 1; seed <= 12; ++seed) play(seed);
}

}  // namespace
}  // namespace sisu::relay::naming
