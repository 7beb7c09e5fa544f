#include "client/readiness/readiness.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;
using Kind = LinkState::Kind;

const keys::Digest key(64, 'a');
const keys::Digest other(64, 'b');

ReadinessFacts all_well() {
  ReadinessFacts facts;
  facts.link.kind = Kind::online;
  facts.served = key;
  facts.dns = DnsStatus{};
  facts.dns->has_dns = facts.dns->signed_zone = facts.dns->live = true;
  facts.dns->tlsa = {{key, 5s}, {other, 5s}};
  return facts;
}

std::string missing(const ReadinessFacts& facts) {
  std::string all;
  for (const std::string& sentence : readiness_of(facts).missing) all += sentence + "\n";
  return all;
}

TEST(Readiness, needs_session_address_records_and_tlsa_and_no_certificate_of_a_ca) {
  EXPECT_EQ(readiness_of(all_well()), (Readiness{true, {}}));
}

TEST(Readiness, every_state_of_the_link_but_online_is_said) {
  for (const Kind kind :
       {Kind::connecting, Kind::connected, Kind::waiting, Kind::standing_by, Kind::refused, Kind::stopped}) {
    ReadinessFacts facts = all_well();
    facts.link.kind = kind;
    EXPECT_FALSE(readiness_of(facts).ready) << name_of(kind);
    EXPECT_EQ(readiness_of(facts).missing.size(), 1U) << name_of(kind);
  }
}

TEST(Readiness, the_reason_of_the_link_stands_behind_it) {
  ReadinessFacts facts = all_well();
  facts.link.kind = Kind::waiting;
  facts.link.reason = "connection refused";
  EXPECT_EQ(missing(facts), "no session with the relay: connection refused\n");
}

TEST(Readiness, address_records_that_are_not_live_are_missing_with_the_problem) {
  ReadinessFacts facts = all_well();
  facts.dns->live = false;
  facts.dns->problem = "127.0.0.1:53: timeout";
  EXPECT_NE(missing(facts).find("address records"), std::string::npos);
  EXPECT_NE(missing(facts).find("127.0.0.1:53: timeout"), std::string::npos);
}

TEST(Readiness, a_roll_that_changes_the_set_does_not_end_it) {
  ReadinessFacts facts = all_well();
  facts.dns->live = false;
  facts.were_live = true;
  EXPECT_TRUE(readiness_of(facts).ready);
}

TEST(Readiness, a_signed_zone_without_the_record_of_the_served_key_is_not_ready) {
  ReadinessFacts facts = all_well();
  facts.dns->tlsa.erase(key);
  EXPECT_NE(missing(facts).find("TLSA"), std::string::npos);
  facts.dns->signed_zone = false;
  EXPECT_TRUE(readiness_of(facts).ready) << "nobody reads TLSA in an unsigned zone";
}

TEST(Readiness, a_relay_that_keeps_no_records_is_asked_for_none) {
  ReadinessFacts facts = all_well();
  facts.dns = DnsStatus{};
  EXPECT_TRUE(readiness_of(facts).ready);
}

TEST(Readiness, an_answer_that_has_not_come_is_missing) {
  ReadinessFacts facts = all_well();
  facts.dns.reset();
  EXPECT_FALSE(readiness_of(facts).ready);
}

TEST(Readiness, strict_without_a_certificate_is_not_ready) {
  ReadinessFacts facts = all_well();
  facts.served.reset();
  EXPECT_NE(missing(facts).find("strict"), std::string::npos);
}

TEST(Records, are_said_in_a_few_words) {
  ReadinessFacts facts = all_well();
  EXPECT_EQ(records_text(facts.dns), "live");
  facts.dns->live = false;
  facts.dns->problem = "no answer";
  EXPECT_EQ(records_text(facts.dns), "not live at every name server yet: no answer");
  EXPECT_EQ(records_text(DnsStatus{}), "not known: the relay writes no DNS records, its operator does");
  EXPECT_EQ(records_text(std::nullopt), "not known: the relay has not said");
}

TEST(Dane, is_said_in_a_few_words) {
  const ReadinessFacts facts = all_well();
  EXPECT_EQ(dane_text(facts.dns, key), "ok");
  EXPECT_TRUE(dane_ok(facts.dns, key));
  EXPECT_NE(dane_text(facts.dns, keys::Digest(64, 'c')), "ok");
  EXPECT_FALSE(dane_ok(facts.dns, std::nullopt));
  EXPECT_FALSE(dane_ok(std::nullopt, key));
  DnsStatus unsigned_zone = *facts.dns;
  unsigned_zone.signed_zone = false;
  EXPECT_EQ(dane_text(unsigned_zone, key), "no, the zone is not signed");
  unsigned_zone.live = false;
  EXPECT_EQ(dane_text(unsigned_zone, key), "not known yet");
  EXPECT_NE(dane_text(DnsStatus{}, key).find("no DNS records"), std::string::npos);
}

}  // namespace
}  // namespace sisu::client
