#include "relay/naming/reconciler/plan.hpp"

#include "tests/unit/naming/reconciler/fakes.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

const char* const mx = "u.example.org. 3600 MX 10 u.v6.example.org.";
const char* const mx_300 = "u.example.org. 300 MX 10 u.v6.example.org.";
const char* const other_mx = "u.example.org. 300 MX 20 elsewhere.example.net.";

struct Case {
  std::string what;
  bool is_wanted;
  std::optional<Ownership> state;
  bool is_there;
  bool adds, removes;
  std::vector<std::optional<Ownership>> before, after;
};

Plan plan_of(const Case& each) {
  OwnerRecords owner;
  owner.owner = "u";
  RecordSet wanted, present;
  if (each.is_wanted) wanted.insert(record(mx));
  if (each.state) owner.owned.emplace(record(mx), *each.state);
  if (each.is_there) present.insert(record(mx));
  return make_plan(owner, wanted, present);
}

std::vector<std::optional<Ownership>> states(const std::vector<OwnershipChange>& changes) {
  std::vector<std::optional<Ownership>> found;
  for (const auto& change : changes) found.push_back(change.to);
  return found;
}

TEST(Plan, every_state_of_one_record_has_its_answer) {
  const auto intent = Ownership::intent, written = Ownership::written, removed = Ownership::removed;
  const Case cases[] = {
      {"wanted, not there: added, the intent first", true, {}, false, true, false, {intent}, {written}},
      {"asked for before, not there: asked for again", true, intent, false, true, false, {}, {written}},
      {"taken away by somebody: added again", true, written, false, true, false, {intent}, {written}},
      {"removed by us, wanted again", true, removed, false, true, false, {intent}, {written}},
      {"there before we wanted it: foreign, as good as ours", true, {}, true, false, false, {}, {}},
      {"asked for before a crash, there: ours", true, intent, true, false, false, {written}, {}},
      {"as it should be", true, written, true, false, false, {}, {}},
      {"removed by us, there again: foreign", true, removed, true, false, false, {std::nullopt}, {}},
      {"foreign, not wanted: untouched", false, {}, true, false, false, {}, {}},
      {"ours, given up", false, written, true, false, true, {}, {removed}},
      {"ours, given up, gone already", false, written, false, false, false, {removed}, {}},
      {"asked for before a crash, given up, there", false, intent, true, false, true, {}, {removed}},
      {"asked for before a crash, given up: may still come", false, intent, false, false, true, {}, {removed}},
      {"removed", false, removed, false, false, false, {}, {}},
      {"removed by us, added by somebody: foreign", false, removed, true, false, false, {std::nullopt}, {}},
  };
  for (const auto& each : cases) {
    const auto plan = plan_of(each);
    EXPECT_EQ(plan.change.add.size(), each.adds ? 1U : 0U) << each.what;
    EXPECT_EQ(plan.change.remove.size(), each.removes ? 1U : 0U) << each.what;
    EXPECT_EQ(states(plan.before), each.before) << each.what;
    EXPECT_EQ(states(plan.after), each.after) << each.what;
  }
}

TEST(Plan, another_ttl_of_our_record_is_corrected) {
  OwnerRecords owner;
  owner.owned.emplace(record(mx), Ownership::written);
  const auto plan = make_plan(owner, records({mx}), records({mx_300}));
  ASSERT_EQ(plan.change.add.size(), 1U);
  EXPECT_EQ(plan.change.add.begin()->ttl, Ttl(3600));
  EXPECT_TRUE(plan.before.empty() && plan.after.empty());
}

TEST(Plan, the_ttl_of_a_set_that_others_share_is_left_alone) {
  OwnerRecords owner;
  owner.owned.emplace(record(mx), Ownership::written);
  EXPECT_TRUE(make_plan(owner, records({mx}), records({mx_300, other_mx})).change.empty());
}

TEST(Plan, what_joins_a_set_of_others_gets_their_ttl) {
  const auto plan = make_plan(OwnerRecords{}, records({mx}), records({other_mx}));
  ASSERT_EQ(plan.change.add.size(), 1U);
  EXPECT_EQ(plan.change.add.begin()->ttl, Ttl(300));
}

TEST(Plan, the_ttl_of_a_foreign_record_is_left_alone) {
  EXPECT_TRUE(make_plan(OwnerRecords{}, records({mx}), records({mx_300})).change.empty());
}

TEST(Plan, a_foreign_record_beside_ours_in_one_set_is_in_no_change) {
  OwnerRecords owner;
  owner.owned.emplace(record("u.example.org. 300 TXT \"v=spf1 -all\""), Ownership::written);
  const auto plan = make_plan(
      owner, {}, records({"u.example.org. 300 TXT \"v=spf1 -all\"", "u.example.org. 300 TXT \"site-verification=1\""}));
  EXPECT_EQ(plan.change.remove, records({"u.example.org. 300 TXT \"v=spf1 -all\""}));
  EXPECT_TRUE(plan.change.add.empty());
}

TEST(Plan, after_a_refusal_only_what_is_there_is_ours) {
  const auto plan = make_plan(OwnerRecords{}, records({mx, other_mx}), {});
  const std::vector<OwnershipChange> settled = settle_intents(plan, records({other_mx}));
  ASSERT_EQ(settled.size(), 2U);
  for (const auto& [each, to] : settled)
    EXPECT_EQ(to, each == record(other_mx) ? std::optional(Ownership::written) : std::nullopt);
}

}  // namespace
}  // namespace sisu::relay::naming
