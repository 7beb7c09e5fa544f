// The rows of the table in key_roll.hpp, one test each, and what holds for every possible state.
#include "common/keys/key_roll.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sisu::keys {
namespace {

using namespace std::chrono_literals;
using Kind = RollStep::Kind;

const Digest a(64, 'a');
const Digest b(64, 'b');
const Digest c(64, 'c');

/// A client that is online, serves the current key, and has published what it has.
RollFacts steady() {
  RollFacts facts;
  facts.ring = {.current = a, .next = b};
  facts.served = a;
  facts.declared = DigestSet{a, b};
  facts.visibility = Visibility{true, {{a, 5000s}, {b, 5000s}}, 300s};
  return facts;
}

RollFacts wished() {
  RollFacts facts = steady();
  facts.ring.roll_away_from = a;
  return facts;
}

TEST(KeyRoll, nothing_is_to_be_done_while_nobody_wishes_anything) { EXPECT_EQ(next_step(steady()).kind, Kind::rest); }

TEST(KeyRoll, a_missing_next_key_is_made_first) {
  RollFacts facts = wished();
  facts.ring.next.reset();
  EXPECT_EQ(next_step(facts).kind, Kind::make_next);
  facts.visibility.reset();
  EXPECT_EQ(next_step(facts).kind, Kind::make_next) << "needs nobody";
}

TEST(KeyRoll, a_set_that_was_not_declared_yet_is_published) {
  RollFacts facts = steady();
  facts.declared.reset();
  EXPECT_EQ(next_step(facts), (RollStep{Kind::publish, {a, b}}));
  facts.declared = DigestSet{a, c};
  EXPECT_EQ(next_step(facts), (RollStep{Kind::publish, {a, b}}));
}

TEST(KeyRoll, nothing_is_published_while_nobody_answers) {
  RollFacts facts = steady();
  facts.declared.reset();
  facts.visibility.reset();
  EXPECT_EQ(next_step(facts).kind, Kind::offline);
}

TEST(KeyRoll, a_wish_is_carried_out_at_once_when_the_next_record_is_two_ttls_old) {
  RollFacts facts = wished();
  facts.visibility->live[b] = 600s;
  EXPECT_EQ(next_step(facts).kind, Kind::note_former);
  facts.ring.former = a;
  EXPECT_EQ(next_step(facts).kind, Kind::switch_over);
}

TEST(KeyRoll, a_wish_waits_while_the_next_record_is_younger) {
  RollFacts facts = wished();
  facts.visibility->live[b] = 599s;
  EXPECT_EQ(next_step(facts), (RollStep{Kind::wait, {}, 1s}));
  facts.visibility->live[b] = 0s;
  EXPECT_EQ(next_step(facts), (RollStep{Kind::wait, {}, 600s}));
}

TEST(KeyRoll, a_longer_ttl_makes_it_wait_longer) {
  RollFacts facts = wished();
  facts.visibility->ttl = 3600s;
  EXPECT_EQ(next_step(facts), (RollStep{Kind::wait, {}, 2200s}));
}

TEST(KeyRoll, a_wish_waits_without_end_for_a_record_that_nobody_sees) {
  RollFacts facts = wished();
  facts.visibility->live.erase(b);
  EXPECT_EQ(next_step(facts), (RollStep{Kind::wait}));
}

TEST(KeyRoll, a_record_that_was_visible_for_long_and_vanished_in_mid_roll_stops_the_roll) {
  RollFacts facts = wished();
  facts.ring.former = a;  // the step before was taken
  facts.visibility->live[b] = 3s;
  EXPECT_EQ(next_step(facts), (RollStep{Kind::wait, {}, 597s}));
}

TEST(KeyRoll, a_wish_waits_for_somebody_to_ask) {
  RollFacts facts = wished();
  facts.visibility.reset();
  EXPECT_EQ(next_step(facts).kind, Kind::offline);
}

TEST(KeyRoll, without_records_in_the_world_a_wish_is_carried_out_at_once) {
  RollFacts facts = wished();
  facts.visibility = Visibility{};
  EXPECT_EQ(next_step(facts).kind, Kind::note_former);
}

TEST(KeyRoll, a_certificate_of_a_ca_comes_before_the_switch) {
  RollFacts facts = wished();
  facts.certificate = NextCertificate::missing;
  EXPECT_EQ(next_step(facts).kind, Kind::prepare);
  facts.visibility->live[b] = 1s;
  EXPECT_EQ(next_step(facts).kind, Kind::prepare) << "both can wait at the same time";
  facts.certificate = NextCertificate::ready;
  EXPECT_EQ(next_step(facts), (RollStep{Kind::wait, {}, 599s}));
  facts.visibility->live[b] = 600s;
  EXPECT_EQ(next_step(facts).kind, Kind::note_former);
}

TEST(KeyRoll, behind_the_switch_comes_a_new_next_key_then_serving_then_the_end_of_wish_and_former_then_the_new_set) {
  RollFacts facts = wished();
  facts.ring = {.current = b, .next = {}, .former = a, .roll_away_from = a};
  EXPECT_EQ(next_step(facts).kind, Kind::make_next);
  facts.ring.next = c;
  EXPECT_EQ(next_step(facts).kind, Kind::serve);
  facts.served = b;
  EXPECT_EQ(next_step(facts).kind, Kind::end_wish);
  facts.ring.roll_away_from.reset();
  EXPECT_EQ(next_step(facts).kind, Kind::forget_former);
  facts.ring.former.reset();
  EXPECT_EQ(next_step(facts), (RollStep{Kind::publish, {b, c}}));
  facts.declared = DigestSet{b, c};
  EXPECT_EQ(next_step(facts).kind, Kind::rest);
}

TEST(KeyRoll, the_old_digest_stays_while_the_new_key_does_not_serve) {
  RollFacts facts = wished();
  facts.ring = {.current = b, .next = c, .former = a, .roll_away_from = a};
  EXPECT_EQ(next_step(facts).kind, Kind::serve);
  EXPECT_EQ(wanted_set(facts.ring, facts.served), (DigestSet{a, b, c}));
}

TEST(KeyRoll, a_note_of_a_switch_that_nobody_wishes_any_more_is_dropped) {
  RollFacts facts = steady();
  facts.ring.former = a;
  EXPECT_EQ(next_step(facts).kind, Kind::forget_former);
}

TEST(KeyRoll, where_nothing_serves_the_roll_goes_its_way) {
  RollFacts facts = wished();
  facts.served.reset();
  EXPECT_EQ(next_step(facts).kind, Kind::note_former);
  facts.ring = {.current = b, .next = c, .former = a, .roll_away_from = {}};
  EXPECT_EQ(next_step(facts).kind, Kind::forget_former);
}

/// Every combination of what a ring can hold, what serves, what was declared and what is seen.
std::vector<RollFacts> all_facts() {
  const std::vector<std::optional<Digest>> maybe{std::nullopt, a, b, c};
  const std::vector<std::optional<Visibility>> views{std::nullopt,
                                                     Visibility{},
                                                     Visibility{true, {{a, 600s}}, 300s},
                                                     Visibility{true, {{b, 599s}}, 300s},
                                                     Visibility{true, {{b, 600s}}, 300s},
                                                     Visibility{true, {{a, 900s}, {b, 900s}, {c, 900s}}, 300s}};
  std::vector<RollFacts> all;
  for (const auto& next : {maybe[0], maybe[2]}) {
    for (const auto& former : maybe) {
      for (const auto& wish : maybe) {
        for (const auto& served : maybe) {
          for (const auto& view : views) {
            RollFacts facts{{a, next, former, wish}, served, std::nullopt, view, NextCertificate::not_needed};
            all.push_back(facts);
            facts.declared = wanted_set(facts.ring, served);
            all.push_back(facts);
          }
        }
      }
    }
  }
  return all;
}

TEST(KeyRoll, in_no_state_is_a_set_published_that_lacks_the_served_key_or_is_too_large) {
  for (const RollFacts& facts : all_facts()) {
    const RollStep step = next_step(facts);
    if (step.kind != Kind::publish) continue;
    EXPECT_TRUE(!facts.served || step.set.contains(*facts.served));
    EXPECT_TRUE(step.set.contains(facts.ring.current));
    EXPECT_LE(step.set.size(), largest_set);
  }
}

TEST(KeyRoll, in_no_state_does_it_switch_to_a_key_whose_record_is_young) {
  std::size_t switches = 0;
  for (const RollFacts& facts : all_facts()) {
    if (next_step(facts).kind != Kind::switch_over) continue;
    ++switches;
    ASSERT_TRUE(facts.visibility && facts.ring.next);
    if (!facts.visibility->has_tlsa) continue;
    ASSERT_TRUE(facts.visibility->live.contains(*facts.ring.next));
    EXPECT_GE(facts.visibility->live.at(*facts.ring.next), 600s);
  }
  EXPECT_GT(switches, 0U);
}

TEST(KeyRoll, in_no_state_is_the_former_key_forgotten_while_it_serves) {
  for (const RollFacts& facts : all_facts()) {
    if (next_step(facts).kind != Kind::forget_former) continue;
    EXPECT_TRUE(!facts.served || *facts.served == facts.ring.current);
  }
}

TEST(Digests, only_64_lower_case_hex_digits_are_one) {
  EXPECT_TRUE(is_digest(std::string(64, '0')));
  for (const std::string& text : {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
                                  std::string(64, 'g'), std::string(64, '\0'), std::string(63, 'a') + "\n"}) {
    EXPECT_FALSE(is_digest(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::keys
