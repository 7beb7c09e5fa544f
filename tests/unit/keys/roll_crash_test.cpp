// A whole roll against a played world, cut at every call to the file system: whatever a sender may hold in its cache,
// the key that it is shown is in it, at every second, and the roll comes to its end.
#include "common/keys/key_ring.hpp"
#include "tests/support/memory_file_system.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace sisu::keys {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using test::MemoryFileSystem;
using test::Survives;
using Kind = RollStep::Kind;

constexpr seconds ttl{10};
constexpr seconds slow_server{7};  // from a publish to the last authoritative server

/// DNS as it may look from anywhere: each published set, with the time when the last server dropped it.
class World {
 public:
  void publish(const DigestSet& set) {
    if (!sets_.empty() && sets_.back().set == set) return;
    sets_.push_back({set, now_});
    if (sets_.size() > 1) return;
    now_ += slow_server;
  }

  Visibility ask() const {
    Visibility seen{true, {}, ttl};
    for (const Digest& digest : sets_.back().set) {
      seconds since = sets_.back().since;
      for (auto set = sets_.rbegin(); set != sets_.rend() && set->set.contains(digest); ++set) since = set->since;
      if (now_ - since >= slow_server) seen.live[digest] = now_ - since - slow_server;
    }
    return seen;
  }

  /// A sender can hold each set that a slow server gave out up to one TTL ago.
  void expect_trusted(const Digest& served) const {
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      const bool last = i + 1 == sets_.size();
      if (!last && sets_[i + 1].since + slow_server + ttl < now_) continue;
      EXPECT_TRUE(sets_[i].set.contains(served)) << "at " << now_.count() << " s, set " << i;
    }
  }

  void pass(seconds time) { now_ += time; }
  seconds now() const { return now_; }

 private:
  struct Published {
    DigestSet set;
    seconds since;
  };
  std::deque<Published> sets_;
  seconds now_{1000};
};

/// A server with a ring: what the client and sisumail-tier2 do, without their networks.
class Server {
 public:
  Server(FileSystem& files, World& world) : world_(world), ring_(*KeyRing::open(files, "/state")) {
    served_ = ring_.state().current;
    world_.publish(wanted_set(ring_.state(), served_));
    world_.expect_trusted(served_);
  }

  KeyRing& ring() { return ring_; }

  /// False: there is nothing to do any more. A step whose file work fails is left for later.
  bool step() {
    const RollFacts facts{ring_.state(), served_, declared_, world_.ask(), NextCertificate::not_needed};
    const RollStep next = next_step(facts);
    world_.expect_trusted(served_);
    if (next.kind == Kind::rest) return false;
    if (next.kind == Kind::wait) world_.pass(1s);
    if (next.kind == Kind::serve) served_ = ring_.state().current;
    if (next.kind == Kind::publish) {
      world_.publish(next.set);
      declared_ = next.set;
    }
    (void)ring_.carry_out(next.kind);
    world_.expect_trusted(served_);
    return true;
  }

  void run(int most = 200) {
    while (step()) ASSERT_GT(--most, 0) << "the roll does not end";
  }

 private:
  World& world_;
  KeyRing ring_;
  Digest served_;
  std::optional<DigestSet> declared_;
};

MemoryFileSystem set_up() {
  MemoryFileSystem files;
  EXPECT_TRUE(files.make_directory("/state", 0700));
  EXPECT_TRUE(files.sync_directory("/"));
  EXPECT_TRUE(KeyRing::open(files, "/state"));
  return MemoryFileSystem(files.after_crash(files.step_count(), Survives::synced_only));
}

TEST(Roll, comes_to_its_end_and_the_key_is_another_one) {
  MemoryFileSystem files = set_up();
  World world;
  Server server(files, world);
  server.run();
  const RingState before = server.ring().state();
  world.pass(1h);
  ASSERT_TRUE(server.ring().wish_roll());
  const seconds wished = world.now();
  server.run();
  EXPECT_EQ(world.now(), wished) << "at once: the next record was old enough";
  EXPECT_EQ(server.ring().state().current, *before.next);
  ASSERT_TRUE(server.ring().wish_roll());
  server.run();
  EXPECT_GE(world.now() - wished, 2 * ttl) << "the new next record is young";
  EXPECT_NE(server.ring().state().current, *before.next);
}

/// Wishes a roll, cuts the power behind the n-th call, goes on after `sleep`. False when the roll had ended before.
bool cut_and_go_on(std::size_t n, Survives survives, unsigned seed, seconds sleep) {
  World world;
  MemoryFileSystem files = set_up();
  const RingState before = *read_ring(files, "/state");
  const std::size_t begun = files.step_count();
  bool cut = false;
  {
    Server server(files, world);
    server.run();
    world.pass(sleep);
    EXPECT_TRUE(server.ring().wish_roll());
    while (!cut && server.step()) cut = files.step_count() >= begun + n;
  }
  if (!cut) return false;
  MemoryFileSystem found(files.after_crash(begun + n, survives, seed));
  world.pass(sleep);
  Server again(found, world);
  again.run();
  const RingState after = again.ring().state();
  // A rename that survives by halves loses the next key: then another one is made, and waited for.
  if (survives == Survives::synced_only) {
    EXPECT_TRUE(after.current == before.current || after.current == *before.next);
  }
  EXPECT_EQ(after.roll_away_from, std::nullopt);
  EXPECT_EQ(after.former, std::nullopt);
  EXPECT_TRUE(after.next);
  return true;
}

TEST(Roll, goes_on_from_a_crash_behind_each_step_without_showing_a_key_that_no_record_names) {
  std::size_t cuts = 0;
  while (cut_and_go_on(cuts, Survives::synced_only, 0, 0s)) ++cuts;
  EXPECT_GT(cuts, 20U);
  for (std::size_t n = 0; n < cuts; ++n) {
    SCOPED_TRACE(n);
    cut_and_go_on(n, Survives::synced_only, 0, 24h);
    cut_and_go_on(n, Survives::names_not_data, 0, 0s);
    for (unsigned seed = 0; seed < 5; ++seed) cut_and_go_on(n, Survives::by_chance, seed, seed * 3s);
  }
}

TEST(Roll, a_process_that_is_killed_behind_each_step_is_carried_on_by_the_next_one) {
  for (int steps = 0; steps < 12; ++steps) {
    World world;
    MemoryFileSystem files = set_up();
    const RingState before = *read_ring(files, "/state");
    {
      Server server(files, world);
      server.run();
      ASSERT_TRUE(server.ring().wish_roll());
      world.pass(2 * ttl);
      for (int i = 0; i < steps; ++i) server.step();
    }
    Server again(files, world);
    again.run();
    EXPECT_EQ(again.ring().state().current, *before.next) << "once, and not twice: " << steps;
  }
}

TEST(Roll, a_call_to_the_file_system_that_fails_is_tried_again) {
  for (const test::Call call : {test::Call::create, test::Call::write, test::Call::sync_file, test::Call::replace,
                                test::Call::sync_directory, test::Call::unlink}) {
    for (int nth = 1; nth < 4; ++nth) {
      World world;
      MemoryFileSystem files = set_up();
      Server server(files, world);
      server.run();
      const RingState before = server.ring().state();
      world.pass(1h);
      ASSERT_TRUE(server.ring().wish_roll());
      files.fail_call(call, nth, EIO);
      server.run();
      EXPECT_EQ(server.ring().state().current, *before.next) << name_of(call) << " " << nth;
    }
  }
}

}  // namespace
}  // namespace sisu::keys
