#include "relay/naming/link/link.hpp"

#include "relay/naming/templates/record_digest.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/naming/link/fake_service.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using namespace std::chrono_literals;
namespace messages = proto::naming;
using Heard = test::FakeService::Heard;

RecordSet records_of(const std::string& owner, int version) {
  const auto name = RecordName::parse(owner + ".sisu.test.").value();
  return {Record::parse(name, RecordType::txt, "\"version " + std::to_string(version) + "\"", Ttl(60)).value()};
}

class LinkTest : public testing::Test {
 protected:
  /// Owners with the version of their records; 0: gone.
  void set(const std::string& owner, int version) {
    {
      const std::lock_guard lock(mutex_);
      wanted_[owner] = version;
    }
    if (link_) link_->changed(owner);
  }

  void start() {
    link_ = std::make_unique<Link>(options_, Link::Source{.owners =
                                                              [this] {
                                                                const std::lock_guard lock(mutex_);
                                                                std::vector<std::string> owners;
                                                                for (const auto& [owner, version] : wanted_)
                                                                  if (version != 0) owners.push_back(owner);
                                                                return owners;
                                                              },
                                                          .records =
                                                              [this](const std::string& owner) {
                                                                const std::lock_guard lock(mutex_);
                                                                const int version = wanted_[owner];
                                                                return version == 0 ? RecordSet()
                                                                                    : records_of(owner, version);
                                                              }});
    link_->start();
  }

  /// A minute is a hang, not a measure.
  static bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 30'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(2ms);
    }
    return false;
  }
  bool has(const Heard& heard, const std::string& owner, int version) const {
    const auto set = heard.sets.find(owner);
    return set != heard.sets.end() && set->second.digest == digest_of(records_of(owner, version));
  }
  bool live(const std::string& owner, int version) const {
    const OwnerState state = link_->states().of(owner);
    return state.live && state.digest == digest_of(records_of(owner, version));
  }

  test::ScratchDirectory directory_;
  LinkOptions options_{.socket = directory_ / "socket", .zone = "sisu.test.", .first_retry = 1ms, .longest_retry = 4ms};
  test::FakeService service_{directory_ / "socket"};
  std::mutex mutex_;
  std::map<std::string, int> wanted_;
  std::unique_ptr<Link> link_;
};

TEST_F(LinkTest, it_greets_declares_every_owner_and_completes) {
  set("niklas", 1);
  set("otto", 1);
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes == 1; }));
  const Heard heard = service_.heard();
  EXPECT_EQ(heard.hellos, std::vector{messages::Hello{.zone = "sisu.test."}});
  EXPECT_EQ(heard.sets_at_complete, 2U);
  EXPECT_TRUE(has(heard, "niklas", 1));
  ASSERT_EQ(heard.sets.at("otto").records.size(), 1U);
  EXPECT_EQ(heard.sets.at("otto").records[0],
            (messages::Record{.name = "otto.sisu.test.", .type = "TXT", .ttl = 60, .value = "\"version 1\""}));
  EXPECT_EQ(heard.problems, 0U);
  EXPECT_TRUE(eventually([&] { return live("niklas", 1) && live("otto", 1); }));
  EXPECT_EQ(link_->states().counts().live, 2U);
  EXPECT_TRUE(link_->service().connected);
  EXPECT_TRUE(link_->service().is_signed);
}

TEST_F(LinkTest, a_change_is_declared_after_complete_and_only_it) {
  set("niklas", 1);
  set("otto", 1);
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes == 1; }));
  set("niklas", 2);
  ASSERT_TRUE(service_.wait_until([&](const Heard& heard) { return has(heard, "niklas", 2); }));
  set("emma", 1);
  ASSERT_TRUE(service_.wait_until([&](const Heard& heard) { return has(heard, "emma", 1); }));
  EXPECT_EQ(service_.heard().set_lines, 4U);
  EXPECT_EQ(service_.heard().completes, 1U);
  EXPECT_TRUE(eventually([&] { return live("niklas", 2); }));
}

TEST_F(LinkTest, a_gone_owner_is_declared_without_records_and_forgotten) {
  set("niklas", 1);
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes == 1; }));
  set("niklas", 0);
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.sets.at("niklas").records.empty(); }));
  EXPECT_EQ(link_->states().counts().live + link_->states().counts().pending, 0U);
}

TEST_F(LinkTest, it_waits_for_a_service_that_is_not_there_and_has_lost_nothing_then) {
  set("niklas", 1);
  start();
  ASSERT_TRUE(eventually([&] { return link_->service().problem.find("No such file") != std::string::npos; }));
  set("niklas", 2);
  set("otto", 1);
  service_.listen();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes == 1; }));
  EXPECT_TRUE(has(service_.heard(), "niklas", 2));
  EXPECT_TRUE(has(service_.heard(), "otto", 1));
  EXPECT_EQ(service_.heard().set_lines, 2U);
}

TEST_F(LinkTest, after_an_outage_everything_is_declared_again_with_what_changed_meanwhile) {
  set("niklas", 1);
  set("otto", 1);
  set("emma", 1);
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return link_->service().connected && live("niklas", 1); }));
  service_.go_away();
  ASSERT_TRUE(eventually([&] { return !link_->service().connected; }));
  set("niklas", 2);
  set("otto", 0);
  EXPECT_TRUE(live("niklas", 1));  // as far as anybody knows
  service_.listen();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes == 2; }));
  EXPECT_TRUE(has(service_.heard(), "niklas", 2));
  EXPECT_TRUE(eventually([&] { return live("niklas", 2) && link_->states().counts().live == 2; }));
}

TEST_F(LinkTest, a_connection_that_is_cut_again_and_again_ends_nothing) {
  set("niklas", 1);
  service_.change([](auto& manners) { manners.cut_after = "complete"; });
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes >= 5; }));
  service_.change([](auto& manners) { manners.cut_after = ""; });
  set("niklas", 2);
  EXPECT_TRUE(eventually([&] { return live("niklas", 2); }));
}

TEST_F(LinkTest, a_service_for_another_zone_or_of_another_version_is_not_told_anything) {
  set("niklas", 1);
  service_.change([](auto& manners) { manners.zone = "other.test."; });
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return link_->service().problem.find("other.test.") != std::string::npos; }));
  EXPECT_EQ(service_.heard().set_lines, 0U);
  EXPECT_FALSE(link_->service().connected);
}

TEST_F(LinkTest, a_service_that_refuses_the_relay_is_heard_in_one_short_line) {
  service_.change([](auto& manners) { manners.refusal = "you may not\ndeclare \xC3\xA4 " + std::string(1500, 'x'); });
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return link_->service().problem.starts_with("you may not?declare ?? x"); }));
  EXPECT_LE(link_->service().problem.size(), 300U);
}

TEST_F(LinkTest, a_service_that_does_not_greet_is_given_up_in_time) {
  options_.patience = 20ms;
  service_.change([](auto& manners) { manners.greets = false; });
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.hellos.size() >= 2; }));
  EXPECT_FALSE(link_->service().connected);
}

TEST_F(LinkTest, a_service_that_does_not_read_is_given_up_in_time_and_blocks_nobody) {
  options_.patience = 1s;
  for (int i = 0; i < 3000; ++i) set("user" + std::to_string(i), 1);
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return !heard.hellos.empty(); }));
  service_.change([](auto& manners) { manners.reads = false; });
  ASSERT_TRUE(eventually([&] {
    for (int i = 0; i < 3000; ++i) set("user" + std::to_string(i), 2);  // fills the socket, and does not wait
    return link_->service().problem.find("does not read") != std::string::npos;
  }));
  service_.change([](auto& manners) { manners.reads = true; });
  EXPECT_TRUE(eventually([&] { return live("user2999", 2) && link_->states().counts().live == 3000; }));
}

TEST_F(LinkTest, lines_that_are_none_end_the_connection_or_are_skipped) {
  set("niklas", 1);
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return live("niklas", 1); }));
  service_.say_line(R"({"weather":{"sun":true}})");
  service_.say_line(R"({"state":{"owner":5}})");
  service_.say(messages::Problem{.what = "something"});
  service_.say(messages::Finding{});
  service_.say_state("niklas", false, "gone");
  ASSERT_TRUE(eventually([&] { return !live("niklas", 1); }));
  EXPECT_EQ(service_.heard().hellos.size(), 1U);
  service_.say_line("no object");
  EXPECT_TRUE(service_.wait_until([](const Heard& heard) { return heard.hellos.size() == 2; }));
  service_.say_line(std::string(messages::line_limit + 10, 'x'));
  EXPECT_TRUE(service_.wait_until([](const Heard& heard) { return heard.hellos.size() == 3; }));
}

messages::State ghost(int number) {
  messages::State state;
  state.owner = "ghost" + std::to_string(number);
  state.digest = "x";
  return state;
}

TEST_F(LinkTest, states_of_owners_that_were_not_declared_take_no_memory) {
  set("niklas", 1);
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return live("niklas", 1); }));
  for (int i = 0; i < 100; ++i) service_.say(ghost(i));
  service_.say_state("niklas", false);
  ASSERT_TRUE(eventually([&] { return !live("niklas", 1); }));
  EXPECT_EQ(link_->states().counts().pending, 1U);
  EXPECT_EQ(link_->states().of("ghost1").digest, "");
}

TEST_F(LinkTest, a_zone_that_becomes_signed_is_told_while_the_connection_stands) {
  service_.change([](auto& manners) { manners.is_signed = false; });
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return link_->service().connected; }));
  EXPECT_FALSE(link_->service().is_signed);
  std::atomic<int> told = 0;
  const auto following = link_->states().follow("niklas", [&] { ++told; });
  service_.say(messages::ServiceHello{.zone = "sisu.test.", .provider = "fake", .is_signed = true});
  EXPECT_TRUE(eventually([&] { return link_->service().is_signed && told > 0; }));
}

TEST_F(LinkTest, twenty_thousand_owners_are_declared_and_live) {
  for (int i = 0; i < 20'000; ++i) set("user" + std::to_string(i), 1);
  service_.listen();
  start();
  ASSERT_TRUE(service_.wait_until([](const Heard& heard) { return heard.completes == 1; }));
  EXPECT_EQ(service_.heard().sets_at_complete, 20'000U);
  EXPECT_TRUE(eventually([&] { return link_->states().counts().live == 20'000; }));
}

TEST_F(LinkTest, it_stops_whatever_it_is_doing) {
  set("niklas", 1);
  start();
  link_->stop();
  link_->changed("niklas");
  service_.listen();
  start();
  ASSERT_TRUE(eventually([&] { return live("niklas", 1); }));
  link_->stop();
  set("niklas", 2);
  link_->stop();
  EXPECT_FALSE(has(service_.heard(), "niklas", 2));
}

}  // namespace
}  // namespace sisu::relay::naming
