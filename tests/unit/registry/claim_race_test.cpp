// Concurrent claims of one name, one key, one invite: exactly one wins, among threads and among processes.
#include "tests/support/child_process.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <functional>
#include <numeric>
#include <thread>

namespace sisu::relay {
namespace {

using sisu::test::ChildProcess;
using test::request_of;
using test::start;

class ClaimRace : public test::RegistryFixture {
 protected:
  using MakeRequest = std::function<ClaimRequest(unsigned competitor, unsigned round)>;
  static constexpr unsigned competitors = 4;
  static constexpr unsigned rounds = 25;

  /// A connection for each thread; how many claims were granted in each round.
  std::vector<unsigned> run_threads(const ClaimRules& rules, const MakeRequest& make) const {
    std::vector<std::atomic<unsigned>> granted(rounds);
    std::barrier together(competitors);
    std::vector<std::jthread> threads;
    for (unsigned competitor = 0; competitor < competitors; ++competitor)
      threads.emplace_back([&, competitor] {
        auto registry = open_beside(rules);
        for (unsigned round = 0; round < rounds; ++round) {
          together.arrive_and_wait();
          if (registry.database.claim(make(competitor, round), start)) ++granted[round];
        }
      });
    threads.clear();
    return {granted.begin(), granted.end()};
  }
};

std::string text(unsigned number) { return std::to_string(number); }

TEST_F(ClaimRace, threads_that_claim_one_name_with_keys_of_their_own) {
  (void)open();
  const auto granted = run_threads(test::open_rules(), [](unsigned competitor, unsigned round) {
    return request_of("name" + text(round), 1 + round * competitors + competitor);
  });
  EXPECT_EQ(granted, std::vector<unsigned>(rounds, 1));
}

TEST_F(ClaimRace, threads_that_claim_names_of_their_own_with_one_key) {
  (void)open();
  const auto granted = run_threads(test::open_rules(), [](unsigned competitor, unsigned round) {
    return request_of("name" + text(round) + "-" + text(competitor), 1 + round);
  });
  EXPECT_EQ(granted, std::vector<unsigned>(rounds, 1));
}

TEST_F(ClaimRace, threads_that_use_one_invite) {
  const auto codes = *open().database.mint_invites(rounds, start);
  ClaimRules rules{.claims_per_prefix = 1000, .wrong_invites_per_prefix = 1000};
  const auto granted = run_threads(rules, [&](unsigned competitor, unsigned round) {
    return request_of("name" + text(round) + "-" + text(competitor), 1 + round * competitors + competitor,
                      codes[round]);
  });
  EXPECT_EQ(granted, std::vector<unsigned>(rounds, 1));
}

TEST_F(ClaimRace, threads_do_not_exceed_a_limit_together) {
  (void)open();
  ClaimRules rules = test::open_rules();
  rules.claims_per_prefix = 7;
  const auto granted = run_threads(rules, [](unsigned competitor, unsigned round) {
    return request_of("name" + text(round) + "-" + text(competitor), 1 + round * competitors + competitor);
  });
  EXPECT_EQ(std::accumulate(granted.begin(), granted.end(), 0U), 7U);
}

TEST_F(ClaimRace, two_processes_that_claim_the_same_names) {
  (void)open();
  const auto claim_all = [this](unsigned first_key) {
    return [this, first_key](const ChildProcess::Parent& parent) {
      auto registry = open_beside();
      parent.announce();
      parent.wait_for_go_on();
      int granted = 0;
      for (unsigned round = 0; round < rounds; ++round)
        if (registry.database.claim(request_of("name" + text(round), first_key + round), start)) ++granted;
      return granted;
    };
  };
  ChildProcess first(claim_all(1));
  ChildProcess second(claim_all(1000));
  ASSERT_TRUE(first.await_announcement() && second.await_announcement());
  first.go_on();
  second.go_on();
  EXPECT_EQ(static_cast<unsigned>(first.wait() + second.wait()), rounds);
  EXPECT_EQ(open().database.accounts().size(), rounds);
}

}  // namespace
}  // namespace sisu::relay
