// Who may say what, and what nobody may.
#include "tests/unit/naming/service/service_fixture.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>

namespace sisu::relay::naming {
namespace {

/// Of another user, where this process may become one. The kernel keeps the uid of the thread that connects.
std::unique_ptr<LinePeer> connect_as(uid_t user, const std::filesystem::path& socket) {
  std::unique_ptr<LinePeer> peer;
  std::thread other([&] {
    if (::geteuid() == 0) ::syscall(SYS_setresuid, -1, user, -1);  // of this thread alone
    peer = std::make_unique<LinePeer>(socket);
  });
  other.join();
  return peer;
}

TEST_F(ServiceTest, whoever_is_not_named_is_cut) {
  constexpr uid_t stranger = 54321;
  setup.users = {.relay = stranger + 1, .tier2 = stranger + 2, .own = stranger + 3};
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  start();
  const auto peer = connect_as(stranger, setup.socket);
  EXPECT_NE(peer->expect<Problem>().what.find("may not speak here"), std::string::npos);
  peer->expect_end();
  EXPECT_EQ(refused("peer"), 1U);
}

TEST_F(ServiceTest, tier2_declares_the_spool_and_nothing_else) {
  const uid_t tier2 = ::geteuid() == 0 ? 54321 : ::geteuid();
  setup.users = {.relay = tier2 + 1, .tier2 = tier2, .own = tier2 + 2};
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  start();
  const auto peer = connect_as(tier2, setup.socket);
  peer->send(Hello{.zone = "example.org."});
  peer->send(set_of("@spool", "s", spool_records));
  EXPECT_EQ(expect_live(*peer, "@spool").tlsa.size(), 1U);
  peer->send(user_set("u"));
  EXPECT_EQ(expect_state_of(*peer, "u").problem, "refused: you may not declare u");
  peer->send(Watch{"u"});
  EXPECT_EQ(peer->expect<Problem>().what, "you may not watch u");
  peer->send(Ask{Ask::What::diff});
  EXPECT_EQ(peer->expect<Problem>().what, "you may not ask");
}

TEST_F(ServiceTest, root_and_the_service_itself_may_ask_but_not_declare) {
  setup.users = {.relay = ::geteuid() + 1, .tier2 = {}, .own = ::geteuid()};
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  EXPECT_EQ(peer->expect<State>().problem, "refused: you may not declare u");
  peer->send(Complete{});
  EXPECT_EQ(peer->expect<Problem>().what, "you may not declare owners");
  peer->send(Ask{Ask::What::diff});
  peer->expect<Done>();
  EXPECT_EQ(refused("right"), 2U);
}

TEST_F(ServiceTest, the_relay_may_not_declare_the_spool) {
  start();
  const auto peer = connect();
  peer->send(set_of("@spool", "s", spool_records));
  EXPECT_EQ(peer->expect<State>().problem, "refused: you may not declare @spool");
  EXPECT_EQ(refused("right"), 1U);
  EXPECT_TRUE(provider.zone.empty());
}

TEST(PeerRights, are_those_of_the_contract) {
  const PeerUsers users{.relay = 10, .tier2 = 11, .own = 12};
  const ZoneLayout layout{.zone = name("example.org."), .tier1_zone = name("v6.example.org.")};
  const auto user = Owner::parse("u", layout).value();
  const auto zone = Owner::parse("@zone", layout).value();
  const auto spool = Owner::parse("@spool", layout).value();
  const auto relay = rights_of(10, users), tier2 = rights_of(11, users), own = rights_of(12, users),
             root = rights_of(0, users), other = rights_of(13, users);
  EXPECT_TRUE(relay.may_declare(user) && relay.may_declare(zone) && relay.asks && !relay.may_declare(spool));
  EXPECT_TRUE(tier2.may_declare(spool) && tier2.may_watch(spool));
  EXPECT_FALSE(tier2.may_declare(user) || tier2.may_declare(zone) || tier2.asks || tier2.may_watch(user));
  for (const auto& asker : {own, root}) {
    EXPECT_TRUE(asker.asks && asker.may_watch(user));
    EXPECT_FALSE(asker.may_declare(user) || asker.may_declare(spool));
  }
  EXPECT_FALSE(other.any());
  EXPECT_FALSE(rights_of(13, PeerUsers{.relay = {}, .tier2 = {}, .own = 12}).any());
}

TEST_F(ServiceTest, attack_sets_are_refused_and_nothing_of_them_is_stored) {
  start();
  const auto peer = connect();
  const std::string long_label(300, 'a');
  const std::pair<messages::Record, std::string> attacks[] = {
      {{"v.example.org.", "MX", 60, "10 evil.example."}, "record 1: v.example.org. is not a name of u"},
      {{"example.org.", "TXT", 60, "\"v=spf1 +all\""}, "record 1: example.org. is not a name of u"},
      {{"u.v6.example.org.evil.", "A", 60, "192.0.2.1"}, "record 1: u.v6.example.org.evil. is not a name of u"},
      {{"evilu.example.org.", "A", 60, "192.0.2.1"}, "record 1: evilu.example.org. is not a name of u"},
      {{"spool.example.org.", "A", 60, "192.0.2.1"}, "record 1: spool.example.org. is not a name of u"},
      {{"u.example.org", "A", 60, "192.0.2.1"}, "record 1: the name does not end with a dot"},
      {{"u.example.org..", "A", 60, "192.0.2.1"}, "record 1: the name has an empty label"},
      {{"*.u.example.org.", "A", 60, "192.0.2.1"}, "record 1: the name has a character other than"},
      {{"a b.u.example.org.", "A", 60, "192.0.2.1"}, "record 1: the name has a character other than"},
      {{"u.example.org.", "NS", 60, "ns.evil.example."}, "record 1: the type is not one of"},
      {{"u.example.org.", "CNAME", 60, "evil.example."}, "record 1: the type is not one of"},
      {{"u.example.org.", "A", 60, "192.0.2.1\nv.example.org. A 192.0.2.2"},
       "record 1: the value is not one of its type"},
      {{"u.example.org.", "TXT", 60, "\"a\" ; $INCLUDE /etc/shadow"}, "record 1: the value is not one of its type"},
  };
  for (const auto& [each, why] : attacks) {
    auto set = user_set("u", "attack");
    set.records.insert(set.records.begin(), each);
    peer->send(set);
    const auto state = peer->expect<State>();
    EXPECT_EQ(state.problem.substr(0, 9 + why.size()), "refused: " + why);
    EXPECT_EQ(state.digest, "attack");
    EXPECT_FALSE(state.live);
  }
  auto label = user_set("u");
  label.records[0].name = long_label.substr(0, 64) + ".u.example.org.";
  peer->send(label);
  EXPECT_EQ(peer->expect<State>().problem, "refused: record 1: the name has a label of more than 63 characters");
  label.records[0].name = long_label + ".u.example.org.";
  peer->send(label);
  EXPECT_EQ(peer->expect<Problem>().what, "set.records[0].name is missing, of another type, or beyond its limit");
  for (const char* owner : {"u.v6", "U", "_dmarc", "v6", "spool", "@", "a b", "*"}) {
    auto set = user_set("u");
    set.owner = owner;
    peer->send(set);
    EXPECT_EQ(peer->expect<State>().problem.substr(0, 18), "refused: the owner") << owner;
  }
  EXPECT_EQ(refused("foreign-name"), 5U);
  EXPECT_TRUE(provider.zone.empty());
  EXPECT_TRUE(database->owners().empty());
}

}  // namespace
}  // namespace sisu::relay::naming
