#include "relay/naming/reconciler/inquiry.hpp"

#include "tests/unit/naming/reconciler/subject.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sisu::relay::naming {
namespace {

using What = proto::naming::Ask::What;
using Kind = proto::naming::Finding::Kind;

std::vector<std::string> lines(const Inquiry& inquiry) {
  std::vector<std::string> found;
  for (const auto& finding : inquiry.findings())
    found.push_back(std::string(to_string(finding.kind)) + '|' + finding.owner + '|' + finding.where + '|' +
                    finding.record);
  std::ranges::sort(found);
  return found;
}

using Lines = std::vector<std::string>;

Subject& live_user(Subject& subject) {
  subject.set("u", user_records("u"));
  subject.settle();
  return subject;
}

TEST(Inquiry, where_all_is_well_nothing_is_found) {
  Subject subject;
  live_user(subject);
  for (const auto what : {What::sync, What::diff, What::check}) {
    EXPECT_EQ(lines(subject.ask(what)), Lines{});
    EXPECT_EQ(subject.inquiry->problem(), "");
  }
}

TEST(Inquiry, sync_mends_now_and_says_what_it_changed) {
  Subject subject;
  live_user(subject);
  subject.provider.zone.erase(record("u.v6.example.org. 300 AAAA 2001:db8::1"));
  EXPECT_EQ(lines(subject.ask(What::sync)), Lines{"added|u|provider|u.v6.example.org. 300 AAAA 2001:db8::1"});
  EXPECT_EQ(subject.provider.zone, user_records("u"));
}

TEST(Inquiry, sync_tries_at_once_what_waits_for_its_time) {
  Subject subject;
  subject.provider.on_apply = [](const Change&) {
    return ProviderError{.kind = ProviderError::Kind::busy, .what = "later", .retry_after = std::chrono::seconds(3000)};
  };
  subject.set("u", user_records("u"));
  subject.settle();
  subject.provider.on_apply = nullptr;
  EXPECT_EQ(subject.ask(What::sync).count(), 4U);
}

TEST(Inquiry, sync_without_a_provider_ends_with_its_problem) {
  Subject subject;
  live_user(subject);
  subject.provider.failure = ProviderError{.kind = ProviderError::Kind::unreachable, .what = "away"};
  for (const auto what : {What::sync, What::diff, What::check}) {
    EXPECT_EQ(subject.ask(what).problem().substr(0, 4), "away");
    EXPECT_EQ(subject.inquiry->count(), 0U);
  }
}

TEST(Inquiry, sync_before_the_provider_ever_answered_ends_too) {
  Subject subject;
  subject.provider.failure = ProviderError{.kind = ProviderError::Kind::refused, .what = "wrong key"};
  EXPECT_EQ(subject.ask(What::sync).problem().substr(0, 9), "wrong key");
}

TEST(Inquiry, diff_compares_and_changes_nothing) {
  Subject subject;
  live_user(subject);
  auto& zone = subject.provider.zone;
  zone.erase(record("u.v6.example.org. 300 AAAA 2001:db8::1"));
  zone.erase(record("u.example.org. 3600 TXT \"v=spf1 -all\""));
  zone.insert(record("u.example.org. 60 TXT \"v=spf1 -all\""));
  zone.insert(record("u.example.org. 60 TXT \"foreign\""));
  zone.insert(record("www.example.org. 60 A 192.0.2.80"));
  const auto before = zone;
  EXPECT_EQ(lines(subject.ask(What::diff)), (Lines{"foreign|u|provider|u.example.org. 60 TXT \"foreign\"",
                                                   "missing|u|provider|u.v6.example.org. 300 AAAA 2001:db8::1",
                                                   "ttl|u|provider|u.example.org. 60 TXT \"v=spf1 -all\""}));
  EXPECT_EQ(zone, before);
}

TEST(Inquiry, diff_shows_what_is_still_to_be_removed) {
  Subject subject;
  live_user(subject);
  const DesiredSet fewer{"u", "fewer", records({"u.v6.example.org. 300 AAAA 2001:db8::1"})};
  subject.database->store(std::span(&fewer, 1));
  EXPECT_EQ(subject.ask(What::diff).count(), 3U);
  for (const auto& finding : subject.inquiry->findings()) EXPECT_EQ(finding.kind, Kind::surplus);
}

TEST(Inquiry, an_unsigned_zone_is_said_to_have_no_dane) {
  Subject subject;
  subject.provider.is_signed_zone = false;
  live_user(subject);
  for (const auto what : {What::diff, What::check})
    EXPECT_EQ(lines(subject.ask(what)), Lines{"unsigned||provider|DANE: no, zone not signed"});
}

TEST(Inquiry, check_asks_the_servers) {
  Subject subject;
  live_user(subject);
  auto served = user_records("u");
  served.erase(record("u.v6.example.org. 300 AAAA 2001:db8::1"));
  subject.visibility.served = served;
  EXPECT_EQ(lines(subject.ask(What::check)), Lines{"missing|u|192.0.2.53:53|u.v6.example.org. 300 AAAA 2001:db8::1"});
  subject.visibility.problem = "no answer";
  EXPECT_EQ(lines(subject.ask(What::check)), Lines{"unreachable||192.0.2.53:53|no answer"});
}

TEST(Inquiry, check_says_why_records_are_missing) {
  Subject subject;
  live_user(subject);
  subject.visibility.served = RecordSet{};
  subject.provider.on_apply = [](const Change&) {
    return ProviderError{.kind = ProviderError::Kind::refused, .what = "BADSIG", .retry_after = {}};
  };
  subject.set("v", user_records("v"));
  subject.reconciler->step();
  EXPECT_GT(subject.ask(What::check).count(), 0U);
  EXPECT_EQ(subject.inquiry->problem().substr(0, 9), "v: BADSIG");
}

TEST(Inquiry, check_says_once_that_a_signed_zone_is_not_validated) {
  Subject subject;
  live_user(subject);
  const auto name = RecordName::parse("u.example.org.").value();
  subject.visibility.resolver = ServerView{.server = "127.0.0.1:53", .insecure = {name, name}};
  ASSERT_EQ(subject.ask(What::check).count(), 1U);
  const auto& found = subject.inquiry->findings().front();
  EXPECT_EQ(found.kind, Kind::unsigned_zone);
  EXPECT_EQ(found.where, "127.0.0.1:53");
  EXPECT_NE(found.record.find("DS record"), std::string::npos);
}

TEST(Inquiry, check_of_an_unsigned_zone_expects_no_validation) {
  Subject subject;
  subject.provider.is_signed_zone = false;
  live_user(subject);
  subject.visibility.resolver = ServerView{.server = "127.0.0.1:53", .insecure = {RecordName::parse("u.").value()}};
  EXPECT_EQ(subject.ask(What::check).count(), 1U);
}

TEST(Inquiry, the_number_of_findings_is_limited_and_what_is_left_out_is_said) {
  Subject subject;
  live_user(subject);
  for (int i = 0; i < 10'050; ++i)
    subject.provider.zone.insert(record("u.example.org. 60 TXT \"" + std::to_string(i) + '"'));
  EXPECT_EQ(subject.ask(What::diff).findings().size(), Inquiry::most_findings);
  EXPECT_GE(subject.inquiry->count(), 10'050U);
  EXPECT_NE(subject.inquiry->problem(), "");
}

}  // namespace
}  // namespace sisu::relay::naming
