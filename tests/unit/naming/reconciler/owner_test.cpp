#include "relay/naming/reconciler/owner.hpp"

#include "tests/unit/naming/reconciler/fakes.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

const ZoneLayout layout{.zone = name("example.org."), .tier1_zone = name("v6.example.org.")};

Owner owner(std::string_view text) { return Owner::parse(text, layout).value(); }

TEST(Owner, a_user_has_the_names_of_its_own) {
  for (const char* own :
       {"niklas.example.org.", "t1.niklas.example.org.", "_dmarc.niklas.example.org.", "_dmarc.t1.niklas.example.org.",
        "niklas.v6.example.org.", "_25._tcp.niklas.v6.example.org.", "_acme-challenge.niklas.v6.example.org."})
    EXPECT_TRUE(owner("niklas").may_have(name(own))) << own;
}

TEST(Owner, attack_names_beyond_a_users_own_are_refused) {
  for (const char* other :
       {"example.org.", "org.", "v6.example.org.", "spool.example.org.", "_dmarc.example.org.", "anna.example.org.",
        "anna.v6.example.org.", "evilniklas.example.org.", "niklas.v6.example.org.evil.",
        "niklas.example.org.evil.org.", "niklas.example.com.", "t1.anna.example.org.", "_25._tcp.spool.example.org."})
    EXPECT_FALSE(owner("niklas").may_have(name(other))) << other;
}

TEST(Owner, the_zones_own_names_are_three) {
  for (const char* own : {"example.org.", "_dmarc.example.org.", "spool.example.org."})
    EXPECT_TRUE(owner("@zone").may_have(name(own))) << own;
  for (const char* other : {"niklas.example.org.", "_25._tcp.spool.example.org.", "a.spool.example.org.", "org."})
    EXPECT_FALSE(owner("@zone").may_have(name(other))) << other;
}

TEST(Owner, the_spool_has_one_name) {
  EXPECT_TRUE(owner("@spool").may_have(name("_25._tcp.spool.example.org.")));
  EXPECT_TRUE(owner("@spool").is_spool());
  for (const char* other : {"spool.example.org.", "example.org.", "_tcp.spool.example.org.",
                            "a._25._tcp.spool.example.org.", "_25._tcp.niklas.v6.example.org."})
    EXPECT_FALSE(owner("@spool").may_have(name(other))) << other;
}

TEST(Owner, what_is_no_owner_is_refused) {
  for (const char* text : {"", "@", "@zone2", "@SPOOL", "a.b", "a.", ".", "Niklas", "a b", "a_b", "-a", "a-", "*",
                           "niklas.v6", "ni\xC3\xA4"})
    EXPECT_EQ(Owner::parse(text, layout).error(), OwnerError::syntax) << text;
  EXPECT_EQ(Owner::parse(std::string(64, 'a'), layout).error(), OwnerError::syntax);
  EXPECT_EQ(Owner::parse(std::string(100000, 'a'), layout).error(), OwnerError::syntax);
}

TEST(Owner, a_user_cannot_have_a_name_under_which_others_stand) {
  for (const char* text : {"v6", "spool"}) EXPECT_EQ(Owner::parse(text, layout).error(), OwnerError::reserved) << text;
}

TEST(Owner, users_may_stand_below_the_zone_itself) {
  const ZoneLayout flat{.zone = name("example.org."), .tier1_zone = name("example.org.")};
  EXPECT_TRUE(Owner::parse("v6", flat).value().may_have(name("v6.example.org.")));
}

}  // namespace
}  // namespace sisu::relay::naming
