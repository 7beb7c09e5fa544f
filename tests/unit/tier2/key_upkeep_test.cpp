#include "relay/tier2/key_upkeep.hpp"

#include "tests/support/memory_file_system.hpp"
#include "tests/unit/tier2/played_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace sisu::relay::tier2 {
namespace {

using namespace std::chrono_literals;

class Upkeep : public testing::Test {
 protected:
  Upkeep() {
    EXPECT_TRUE(files.make_directory("/state", 0700));
    ring.emplace(*keys::KeyRing::open(files, "/state"));
    set_up = ring->state();
  }

  KeyUpkeep upkeep() {
    return {*ring,
            world,
            {[this]() -> Result<std::optional<keys::Digest>, std::string> {
               auto read = keys::read_served(files, "/state");
               if (!read) return fail(read.error().what);
               return *read;
             },
             [this](std::chrono::milliseconds time) {
               const auto seconds = std::chrono::ceil<std::chrono::seconds>(time);
               world.now += seconds;
               if (slept) slept();
             },
             [this](const std::string& text) { said.push_back(text); }}};
  }

  bool was_said(const char* words) const {
    for (const std::string& text : said) {
      if (text.find(words) != std::string::npos) return true;
    }
    return false;
  }

  sisu::test::MemoryFileSystem files;
  test::PlayedSet world;
  std::optional<keys::KeyRing> ring;
  keys::RingState set_up;
  std::function<void()> slept;
  std::vector<std::string> said;
};

TEST_F(Upkeep, publishing_names_current_and_next) {
  ASSERT_TRUE(upkeep().publish());
  EXPECT_EQ(world.sets, (std::vector<keys::DigestSet>{{set_up.current, *set_up.next}}));
}

TEST_F(Upkeep, a_roll_is_at_once_when_the_record_is_old) {
  ASSERT_TRUE(upkeep().publish());
  world.now += 1h;
  const auto before = world.now;
  ASSERT_TRUE(ring->wish_roll());
  upkeep().finish();
  EXPECT_EQ(world.now, before);
  EXPECT_EQ(ring->state().current, *set_up.next);
  EXPECT_EQ(world.sets.back(), (keys::DigestSet{*set_up.next, *ring->state().next}));
  EXPECT_TRUE(was_said("is the current one now"));
}

TEST_F(Upkeep, a_roll_waits_for_slow_servers_and_two_ttls) {
  ASSERT_TRUE(ring->wish_roll());
  const auto before = world.now;
  upkeep().finish();
  EXPECT_GE(world.now - before, 2 * world.ttl + world.slow_servers);
  EXPECT_EQ(ring->state().current, *set_up.next);
}

TEST_F(Upkeep, the_old_digest_stays_published_until_the_service_shows_the_new_key) {
  ASSERT_TRUE(keys::note_served(files, "/state", set_up.current));
  ASSERT_TRUE(upkeep().publish());
  world.now += 1h;
  ASSERT_TRUE(ring->wish_roll());
  int waits = 0;
  slept = [&] {
    EXPECT_TRUE(world.since.contains(set_up.current));
    if (++waits == 3) {
      ASSERT_TRUE(keys::note_served(files, "/state", ring->state().current));
    }
  };
  upkeep().finish();
  EXPECT_EQ(waits, 3);
  EXPECT_TRUE(was_said("reload it"));
  EXPECT_FALSE(world.since.contains(set_up.current));
}

TEST_F(Upkeep, an_unsigned_zone_rolls_at_once) {
  world.is_signed = false;
  ASSERT_TRUE(ring->wish_roll());
  const auto before = world.now;
  upkeep().finish();
  EXPECT_EQ(world.now, before);
  EXPECT_EQ(ring->state().current, *set_up.next);
}

TEST_F(Upkeep, an_outage_of_the_dns_service_is_said_once_and_waited_out) {
  ASSERT_TRUE(ring->wish_roll());
  world.failure = "connection refused";
  int waits = 0;
  slept = [&] {
    if (++waits == 5) world.failure.clear();
  };
  upkeep().finish();
  EXPECT_EQ(ring->state().current, *set_up.next);
  EXPECT_EQ(std::ranges::count(said, std::string("connection refused; tried again")), 1);
}

TEST_F(Upkeep, a_problem_of_the_zone_is_said) {
  ASSERT_TRUE(ring->wish_roll());
  world.problem = "192.0.2.1:53: no answer";
  slept = [&] {
    if (world.now > 1020s) world.problem.clear();
  };
  upkeep().finish();
  EXPECT_TRUE(was_said("192.0.2.1:53: no answer"));
}

TEST_F(Upkeep, a_step_that_cannot_be_stored_is_tried_again) {
  ASSERT_TRUE(upkeep().publish());
  world.now += 1h;
  ASSERT_TRUE(ring->wish_roll());
  files.fail_call(sisu::test::Call::replace, 2, EIO);  // the switch
  upkeep().finish();
  EXPECT_EQ(ring->state().current, *set_up.next);
  EXPECT_TRUE(was_said("tls-key.pem"));
}

TEST_F(Upkeep, a_process_that_is_killed_at_any_sleep_is_carried_on) {
  struct Killed {};
  for (int at = 1; at < 30; ++at) {
    const keys::RingState before = ring->state();
    ASSERT_TRUE(ring->wish_roll());
    int waits = 0;
    slept = [&] {
      if (++waits == at) throw Killed();
    };
    try {
      upkeep().finish();
    } catch (const Killed&) {
    }
    slept = nullptr;
    ring.emplace(*keys::KeyRing::open(files, "/state"));
    upkeep().finish();
    EXPECT_EQ(ring->state().current, *before.next);
    EXPECT_EQ(ring->state().roll_away_from, std::nullopt);
  }
}

TEST_F(Upkeep, a_broken_note_of_the_service_stops_the_roll_and_is_said) {
  ASSERT_TRUE(ring->wish_roll());
  auto note = files.create("/state/tls-key-served", 0600);
  ASSERT_TRUE(note);
  slept = [&] { (void)files.unlink("/state/tls-key-served"); };
  upkeep().finish();
  EXPECT_TRUE(was_said("tls-key-served"));
}

}  // namespace
}  // namespace sisu::relay::tier2
