#include "relay/naming/reconciler/reconciler.hpp"

#include "tests/unit/naming/reconciler/subject.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using Kind = ProviderError::Kind;
using namespace std::chrono_literals;

const RecordSet foreign = records({"example.org. 3600 MX 10 mail.example.net.", "u.example.org. 3600 TXT \"foreign\"",
                                   "www.example.org. 300 A 192.0.2.80"});

RecordSet with(RecordSet a, const RecordSet& b) {
  a.insert(b.begin(), b.end());
  return a;
}

RecordSet without_tlsa(RecordSet set) {
  std::erase_if(set, [](const Record& each) { return each.type == RecordType::tlsa; });
  return set;
}

TEST(Reconciler, a_set_is_written_seen_and_live) {
  Subject subject;
  subject.provider.zone = foreign;
  EXPECT_EQ(subject.set("u", user_records("u")), SetOutcome::stored);
  subject.settle();
  EXPECT_EQ(subject.provider.zone, with(foreign, user_records("u")));
  EXPECT_EQ(subject.provider.applied, 1U) << "one transaction";
  EXPECT_TRUE(subject.is_live("u"));
  EXPECT_EQ(subject.problems["u"], "");
}

TEST(Reconciler, removing_an_owner_removes_its_records_and_no_others) {
  Subject subject;
  subject.provider.zone = foreign;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.set("u", {});
  subject.settle();
  EXPECT_EQ(subject.provider.zone, foreign);
  EXPECT_EQ(subject.known("u").owner, "") << "forgotten once everything is gone";
}

TEST(Reconciler, a_record_that_was_there_before_is_never_removed) {
  Subject subject;
  const auto mx = record("u.example.org. 3600 MX 10 u.v6.example.org.");
  subject.provider.zone = {mx};
  subject.set("u", user_records("u"));
  subject.settle();
  EXPECT_TRUE(subject.is_live("u")) << "as good as ours";
  subject.set("u", {});
  subject.settle();
  EXPECT_EQ(subject.provider.zone, RecordSet{mx});
}

TEST(Reconciler, a_set_that_is_known_already_is_no_work) {
  Subject subject;
  subject.set("u", user_records("u"), "same");
  subject.settle();
  const auto asked = subject.provider.asked;
  EXPECT_EQ(subject.set("u", user_records("u"), "same"), SetOutcome::unchanged);
  EXPECT_EQ(subject.set("u", user_records("u"), "another"), SetOutcome::unchanged);
  subject.settle();
  EXPECT_EQ(subject.provider.asked, asked);
  EXPECT_EQ(subject.known("u").digest, "another");
  EXPECT_EQ(subject.set("v", {}), SetOutcome::nothing);
}

TEST(Reconciler, a_record_of_another_owner_is_refused) {
  Subject subject;
  subject.set("u", user_records("u"));
  EXPECT_EQ(subject.set("v", user_records("u")), SetOutcome::taken);
  EXPECT_EQ(subject.known("v").owner, "");
}

TEST(Reconciler, an_outage_loses_nothing_and_is_told) {
  Subject subject;
  subject.provider.failure = ProviderError{.kind = Kind::unreachable, .what = "127.0.0.1:53: connection refused"};
  for (int i = 0; i < 100; ++i) {
    const auto user = "u" + std::to_string(i);
    EXPECT_EQ(subject.set(user, user_records(user)), SetOutcome::stored);
    subject.settle();
  }
  subject.settle_for(10min);
  EXPECT_NE(subject.problems["u99"].find("connection refused; tried again in"), std::string::npos);
  EXPECT_FALSE(subject.is_live("u99"));
  subject.provider.failure.reset();
  subject.settle_for(6s);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(subject.is_live("u" + std::to_string(i))) << i;
  EXPECT_EQ(subject.problems["u99"], "");
}

TEST(Reconciler, an_outage_during_a_round_is_told_and_forgotten_by_all) {
  Subject subject;
  for (const char* user : {"u", "v", "w"}) subject.set(user, user_records(user));
  subject.settle();
  subject.provider.failure = ProviderError{.kind = Kind::unreachable, .what = "away"};
  subject.settle_for(61min);
  for (const char* user : {"u", "v", "w"}) EXPECT_EQ(subject.problems[user].substr(0, 4), "away") << user;
  subject.provider.failure.reset();
  subject.settle_for(6s);
  for (const char* user : {"u", "v", "w"}) {
    EXPECT_EQ(subject.problems[user], "") << user;
    EXPECT_TRUE(subject.is_live(user)) << user;
  }
}

TEST(Reconciler, a_second_outage_is_told_anew_though_nothing_was_to_be_written_in_between) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  for (int i = 0; i < 2; ++i) {
    subject.provider.failure = ProviderError{.kind = Kind::unreachable, .what = "away"};
    subject.settle_for(61min);
    EXPECT_EQ(subject.problems["u"].substr(0, 4), "away");
    subject.provider.failure.reset();
    subject.settle_for(6s);
    EXPECT_EQ(subject.problems["u"], "");
  }
}

TEST(Reconciler, attempts_during_an_outage_are_few) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.provider.failure = ProviderError{.kind = Kind::unreachable, .what = "away"};
  for (int i = 0; i < 200; ++i) subject.set("v" + std::to_string(i), user_records("v" + std::to_string(i)));
  const auto before = subject.provider.reads + subject.provider.whole_reads;
  subject.settle_for(60s);
  EXPECT_LE(subject.provider.reads + subject.provider.whole_reads - before, 20U);
}

TEST(Reconciler, a_provider_that_is_busy_is_left_alone_until_it_said) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.provider.on_apply = [](const Change&) {
    return ProviderError{.kind = Kind::busy, .what = "too many requests", .retry_after = 30s};
  };
  subject.settle();
  subject.settle_for(29s);
  EXPECT_EQ(subject.provider.asked, 1U);
  subject.provider.on_apply = nullptr;
  subject.settle_for(2s);
  EXPECT_TRUE(subject.is_live("u"));
}

TEST(Reconciler, one_refused_owner_does_not_hold_up_others) {
  Subject subject;
  subject.provider.on_apply = [](const Change& change) -> std::optional<ProviderError> {
    for (const auto& each : change.add) {
      if (each.name.is_within(name("bad.example.org."))) return ProviderError{.kind = Kind::refused, .what = "policy"};
    }
    return std::nullopt;
  };
  subject.set("bad", user_records("bad"));
  subject.settle_for(10min);
  EXPECT_NE(subject.problems["bad"].find("policy"), std::string::npos);
  subject.set("good", user_records("good"));
  subject.settle_for(61s);
  EXPECT_TRUE(subject.is_live("good"));
  EXPECT_FALSE(subject.is_live("bad"));
}

TEST(Reconciler, what_was_refused_and_then_written_by_hand_is_foreign) {
  Subject subject;
  subject.provider.on_apply = [](const Change&) { return ProviderError{.kind = Kind::refused, .what = "wrong key"}; };
  subject.set("u", user_records("u"));
  subject.settle();
  subject.provider.on_apply = nullptr;
  subject.provider.zone = user_records("u");
  subject.settle_for(10min);
  EXPECT_TRUE(subject.is_live("u"));
  subject.set("u", {});
  subject.settle_for(10min);
  EXPECT_EQ(subject.provider.zone, user_records("u"));
}

TEST(Reconciler, a_wrong_key_is_not_tried_for_every_owner) {
  Subject subject;
  subject.provider.on_apply = [](const Change&) { return ProviderError{.kind = Kind::refused, .what = "wrong key"}; };
  for (int i = 0; i < 320; ++i) subject.set("u" + std::to_string(i), user_records("u" + std::to_string(i)));
  subject.settle();
  EXPECT_LE(subject.provider.asked, 32U + 8 + 8) << "then it is taken for a wrong key";
  subject.provider.on_apply = nullptr;
  subject.settle_for(61s);
  for (int i = 0; i < 320; ++i) EXPECT_TRUE(subject.is_live("u" + std::to_string(i))) << i;
}

TEST(Reconciler, a_conflict_is_read_and_tried_again) {
  Subject subject;
  int conflicts = 2;
  subject.provider.on_apply = [&](const Change&) -> std::optional<ProviderError> {
    if (conflicts-- > 0) return ProviderError{.kind = Kind::conflict, .what = "changed meanwhile"};
    return std::nullopt;
  };
  subject.set("u", user_records("u"));
  subject.settle_for(1s);
  EXPECT_TRUE(subject.is_live("u"));
}

TEST(Reconciler, without_a_signed_zone_tlsa_is_held_back_until_it_is_signed) {
  Subject subject;
  subject.provider.is_signed_zone = false;
  subject.set("u", user_records("u"));
  subject.settle();
  EXPECT_EQ(subject.provider.zone, without_tlsa(user_records("u")));
  EXPECT_TRUE(subject.is_live("u"));
  subject.provider.is_signed_zone = true;
  subject.settle_for(61s);
  EXPECT_EQ(subject.provider.zone, user_records("u"));
  EXPECT_EQ(subject.signed_told, (std::vector<bool>{false, true}));
  subject.provider.is_signed_zone = false;
  subject.settle_for(61s);
  EXPECT_EQ(subject.provider.zone, without_tlsa(user_records("u")));
}

TEST(Reconciler, a_set_of_nothing_but_tlsa_is_live_in_an_unsigned_zone) {
  Subject subject;
  subject.provider.is_signed_zone = false;
  subject.set("@spool", records({"_25._tcp.spool.example.org. 300 TLSA 3 1 1 " + digest_a}));
  subject.settle();
  EXPECT_TRUE(subject.is_live("@spool"));
  EXPECT_TRUE(subject.provider.zone.empty());
}

TEST(Reconciler, an_unknown_signedness_publishes_and_withdraws_nothing) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.restart();
  subject.provider.failure = ProviderError{.kind = Kind::unreachable, .what = "away"};
  subject.settle_for(1min);
  EXPECT_EQ(subject.provider.zone, user_records("u"));
  EXPECT_TRUE(subject.is_live("u"));
}

TEST(Reconciler, a_round_restores_what_somebody_took_away) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.provider.zone.erase(record("u.v6.example.org. 300 AAAA 2001:db8::1"));
  subject.settle_for(59min);
  EXPECT_EQ(subject.provider.zone.size(), 3U);
  subject.settle_for(2min);
  EXPECT_EQ(subject.provider.zone, user_records("u"));
}

TEST(Reconciler, a_server_that_lags_keeps_a_set_from_being_live) {
  Subject subject;
  subject.visibility.served = RecordSet{};
  subject.set("u", user_records("u"));
  subject.settle_for(10s);
  EXPECT_FALSE(subject.is_live("u"));
  EXPECT_NE(subject.problems["u"].find("192.0.2.53:53 does not serve"), std::string::npos);
  subject.visibility.served.reset();
  subject.settle_for(6s);
  EXPECT_TRUE(subject.is_live("u"));
}

TEST(Reconciler, a_server_that_still_serves_what_was_given_up_keeps_a_set_from_being_live) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.visibility.served = user_records("u");
  subject.set("u", without_tlsa(user_records("u")));
  subject.settle_for(10s);
  EXPECT_FALSE(subject.is_live("u"));
  EXPECT_NE(subject.problems["u"].find("still serves"), std::string::npos);
  subject.visibility.served.reset();
  subject.settle_for(6s);
  EXPECT_TRUE(subject.is_live("u"));
}

TEST(Reconciler, a_silent_server_makes_nothing_live_and_ends_nothing) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  subject.visibility.problem = "no answer";
  subject.settle_for(61min);
  EXPECT_TRUE(subject.is_live("u"));
  EXPECT_EQ(subject.problems["u"], "192.0.2.53:53: no answer");
  subject.set("v", user_records("v"));
  subject.settle_for(1min);
  EXPECT_FALSE(subject.is_live("v"));
}

TEST(Reconciler, without_servers_to_ask_nothing_is_live) {
  Subject subject;
  subject.visibility.has_servers = false;
  subject.set("u", user_records("u"));
  subject.settle_for(10s);
  EXPECT_FALSE(subject.is_live("u"));
  EXPECT_NE(subject.problems["u"].find("no authoritative server"), std::string::npos);
}

std::optional<WallTime> live_since(Subject& subject, const std::string& digest) {
  for (const auto& [each, since] : subject.known("u").wanted) {
    if (each.value == "3 1 1 " + digest) return since;
  }
  return std::nullopt;
}

TEST(Reconciler, each_tlsa_record_has_its_own_time) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  const auto first = live_since(subject, digest_a);
  ASSERT_TRUE(first);
  subject.clock.advance(100s);
  auto both = user_records("u");
  both.insert(record("_25._tcp.u.v6.example.org. 300 TLSA 3 1 1 " + digest_b));
  subject.set("u", both);
  subject.settle();
  EXPECT_EQ(live_since(subject, digest_a), first);
  EXPECT_EQ(live_since(subject, digest_b), *first + 100s);
  subject.restart();
  subject.clock.advance(100s);
  subject.settle();
  EXPECT_EQ(live_since(subject, digest_b), *first + 100s);
}

TEST(Reconciler, after_the_clock_was_set_back_the_time_begins_anew) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  const auto first = live_since(subject, digest_a);
  subject.clock.wall -= 24h;
  subject.restart();
  subject.settle();
  EXPECT_EQ(live_since(subject, digest_a), *first - 24h);
}

TEST(Reconciler, an_interruption_that_is_seen_starts_the_time_anew) {
  Subject subject;
  subject.set("u", user_records("u"));
  subject.settle();
  const auto first = live_since(subject, digest_a);
  subject.provider.zone.clear();
  subject.visibility.served = RecordSet{};
  subject.settle_for(61min);
  EXPECT_FALSE(live_since(subject, digest_a));
  subject.visibility.served.reset();
  subject.settle_for(11min);
  EXPECT_GT(live_since(subject, digest_a), first);
}

TEST(Reconciler, the_newest_change_goes_first) {
  Subject subject;
  std::vector<std::string> order;
  subject.provider.on_apply = [&](const Change& change) -> std::optional<ProviderError> {
    order.push_back(change.add.begin()->name.to_string());
    return std::nullopt;
  };
  for (int i = 0; i < 100; ++i) subject.set("u" + std::to_string(i), user_records("u" + std::to_string(i)));
  subject.reconciler->step();
  subject.set("claim", user_records("claim"));
  subject.reconciler->step();
  ASSERT_GT(order.size(), 32U);
  EXPECT_TRUE(name(order[32]).is_within(name("claim.v6.example.org."))) << order[32];
}

TEST(Reconciler, many_owners_are_compared_with_one_reading_and_a_second_round_changes_nothing) {
  Subject subject;
  std::vector<DesiredSet> sets;
  std::vector<std::string> owners;
  for (int i = 0; i < 1000; ++i) {
    owners.push_back("u" + std::to_string(i));
    sets.push_back({owners.back(), "1", user_records(owners.back())});
  }
  subject.database->store(sets);
  subject.reconciler->changed(owners);
  subject.settle();
  EXPECT_EQ(subject.provider.whole_reads, 1U);
  EXPECT_LE(subject.provider.reads, 1U) << "the last batch, which is small";
  EXPECT_EQ(subject.provider.applied, 1000U);
  const auto notices = subject.notice_count;
  subject.reconciler->begin_round();
  subject.settle();
  EXPECT_EQ(subject.provider.applied, 1000U);
  EXPECT_EQ(subject.provider.whole_reads, 2U);
  EXPECT_EQ(subject.notice_count, notices) << "nobody's state has changed";
}

TEST(Reconciler, owners_whose_sets_are_emptied_lose_their_records) {
  Subject subject;
  for (const char* user : {"u", "v", "w"}) subject.set(user, user_records(user));
  subject.settle();
  const std::vector<std::string> some = {"u", "w", "nobody"};
  const auto emptied = subject.database->empty(some);
  EXPECT_EQ(emptied, (std::vector<std::string>{"u", "w"}));
  EXPECT_EQ(subject.database->wanting_owners(), std::vector<std::string>{"v"});
  subject.reconciler->changed(emptied);
  subject.settle();
  EXPECT_EQ(subject.provider.zone, user_records("v"));
  EXPECT_TRUE(subject.database->empty(some).empty());
}

TEST(Reconciler, the_database_of_another_zone_is_refused) {
  const test::ScratchDirectory scratch;
  { const RecordDatabase database(scratch / "names.db", name("example.org.")); }
  EXPECT_THROW(RecordDatabase(scratch / "names.db", name("example.com.")), std::exception);
}

}  // namespace
}  // namespace sisu::relay::naming
