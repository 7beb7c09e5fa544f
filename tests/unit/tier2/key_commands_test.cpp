#include "relay/tier2/key_commands.hpp"

#include "common/keys/key_ring.hpp"
#include "relay/tier2/key_lock.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/tier2/played_set.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <sys/stat.h>

namespace sisu::relay::tier2 {
namespace {

using namespace std::chrono_literals;
using Command = KeyOptions::Command;

class KeyCommands : public testing::Test {
 protected:
  int run(Command command, bool json = false) {
    out.str("");
    err.str("");
    const KeyOptions options{command, *mail::DomainName::parse("example.org"), place / "state", {}, 10s, json};
    const Console console{out, err, [this](std::chrono::milliseconds time) {
                            world.now += std::chrono::ceil<std::chrono::seconds>(time);
                          }};
    return run_key_command(options, world, console);
  }
  keys::RingState ring() const { return keys::read_ring(real_file_system(), place / "state").value(); }

  sisu::test::ScratchDirectory place;
  test::PlayedSet world;
  std::ostringstream out, err;
};

TEST_F(KeyCommands, init_makes_keys_in_a_private_directory_and_publishes_them) {
  EXPECT_EQ(run(Command::init), 0) << err.str();
  EXPECT_EQ(world.sets, (std::vector<keys::DigestSet>{{ring().current, *ring().next}}));
  EXPECT_NE(out.str().find(ring().current), std::string::npos);
  struct stat about {};
  ASSERT_EQ(::stat((place / "state").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);
}

TEST_F(KeyCommands, a_second_init_changes_nothing) {
  EXPECT_EQ(run(Command::init), 0);
  const keys::RingState before = ring();
  EXPECT_EQ(run(Command::init), 0);
  EXPECT_EQ(ring(), before);
}

TEST_F(KeyCommands, an_init_that_cannot_publish_keeps_the_keys_and_says_so) {
  world.failure = "sisumail-dns at x: connection refused";
  EXPECT_EQ(run(Command::init), 1);
  EXPECT_NE(err.str().find("run init again"), std::string::npos);
  const keys::RingState made = ring();
  world.failure.clear();
  EXPECT_EQ(run(Command::init), 0);
  EXPECT_EQ(ring(), made);
}

TEST_F(KeyCommands, status_and_roll_need_keys) {
  for (const Command command : {Command::status, Command::roll}) {
    EXPECT_EQ(run(command), 1);
    EXPECT_NE(err.str().find("key init"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(place / "state"));
}

TEST_F(KeyCommands, status_says_what_the_world_sees) {
  ASSERT_EQ(run(Command::init), 0);
  world.now += 10s;
  world.problem = "192.0.2.1:53 is slow";
  EXPECT_EQ(run(Command::status), 0);
  EXPECT_NE(out.str().find("live for 7 s"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("192.0.2.1:53 is slow"), std::string::npos);
  EXPECT_EQ(run(Command::status, true), 0);
  EXPECT_TRUE(out.str().starts_with(R"({"current":{"sha256":")" + ring().current + R"(","live_seconds":7})"))
      << out.str();
  world.is_signed = false;
  EXPECT_EQ(run(Command::status), 0);
  EXPECT_NE(out.str().find("DANE: no, zone not signed"), std::string::npos);
}

TEST_F(KeyCommands, status_without_the_dns_service_prints_the_keys_and_fails) {
  ASSERT_EQ(run(Command::init), 0);
  world.failure = "connection refused";
  EXPECT_EQ(run(Command::status), 1);
  EXPECT_NE(out.str().find(ring().current), std::string::npos);
  EXPECT_NE(err.str().find("connection refused"), std::string::npos);
}

TEST_F(KeyCommands, roll_changes_the_key) {
  ASSERT_EQ(run(Command::init), 0);
  const keys::RingState before = ring();
  EXPECT_EQ(run(Command::roll), 0);
  EXPECT_EQ(ring().current, *before.next);
  EXPECT_EQ(run(Command::roll, true), 0);
  EXPECT_NE(ring().current, *before.next) << "each call is a roll";
  EXPECT_NE(out.str().find(R"("rolling":false)"), std::string::npos);
}

TEST_F(KeyCommands, roll_ends_the_one_that_was_interrupted_and_no_more) {
  ASSERT_EQ(run(Command::init), 0);
  const keys::RingState before = ring();
  {
    auto interrupted = keys::KeyRing::open(real_file_system(), place / "state");
    ASSERT_TRUE(interrupted->wish_roll());
    ASSERT_TRUE(interrupted->carry_out(keys::RollStep::Kind::note_former));
    ASSERT_TRUE(interrupted->carry_out(keys::RollStep::Kind::switch_over));
  }
  EXPECT_EQ(run(Command::roll), 0);
  EXPECT_EQ(ring().current, *before.next);
  EXPECT_EQ(ring().former, std::nullopt);
}

TEST_F(KeyCommands, two_at_a_time_are_refused) {
  ASSERT_EQ(run(Command::init), 0);
  const auto held = KeyLock::take(place / "state");
  ASSERT_TRUE(held);
  for (const Command command : {Command::init, Command::roll}) {
    EXPECT_EQ(run(command), 1);
    EXPECT_NE(err.str().find("another"), std::string::npos);
  }
  EXPECT_EQ(run(Command::status), 0) << "reading needs no lock";
}

}  // namespace
}  // namespace sisu::relay::tier2
