// Upkeep with a relay that is played: its clock goes on by a second with each question.
#include "client/readiness/upkeep.hpp"

#include "common/net/task_group.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <gtest/gtest.h>

#include <sstream>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;
using Kind = keys::RollStep::Kind;

struct PlayedRelay {
  bool has_dns = true;
  bool signed_zone = true;
  bool knows_tlsa = true;
  bool answers = true;
  bool live = true;
  long slow_servers = 2;  // seconds from a publish to live
  long ttl = 5;
  long now = 1000;
  std::string refusal;  // of tlsa publish, for good
  std::map<keys::Digest, long> published;
  std::vector<keys::DigestSet> sets;
  std::size_t questions = 0;

  asio::awaitable<CommandAnswer> run(std::string command, std::chrono::milliseconds) {
    if (!answers) throw std::system_error(asio::error::not_connected);
    if (command == "status --json") co_return CommandAnswer{status(), "", 0};
    if (!knows_tlsa) co_return CommandAnswer{"", "unknown command", 2};
    if (!refusal.empty()) co_return CommandAnswer{"", refusal, 1};
    publish(command);
    co_return CommandAnswer{"{}\n", "", 0};
  }

  void publish(const std::string& command) {
    std::istringstream words(command.substr(std::string("tlsa publish --json").size()));
    keys::DigestSet set;
    for (std::string word; words >> word;) set.insert(word);
    std::map<keys::Digest, long> kept;
    for (const keys::Digest& digest : set) {
      const auto before = published.find(digest);
      kept[digest] = before == published.end() ? now : before->second;
    }
    published = std::move(kept);
    sets.push_back(std::move(set));
  }

  std::string status() {
    ++questions;
    ++now;
    if (!has_dns) return R"({"name":"niklas"})";
    std::string tlsa;
    for (const auto& [digest, since] : published) {
      tlsa += (tlsa.empty() ? "" : ",") + std::string(R"({"sha256":")") + digest + '"';
      if (signed_zone && now - since >= slow_servers) {
        tlsa += R"(,"live_seconds":)" + std::to_string(now - since - slow_servers);
      }
      tlsa += '}';
    }
    return std::string(R"({"dns":{"state":")") + (live ? "live" : "pending") + R"(","signed":)" +
           (signed_zone ? "true" : "false") + R"(,"tlsa":[)" + tlsa + R"(],"tlsa_ttl":)" + std::to_string(ttl) + "}}";
  }
};

class UpkeepTest : public testing::Test {
 protected:
  ~UpkeepTest() override {
    tasks.stop();
    EXPECT_TRUE(run_until([&] { return tasks.size() == 0; }));
  }

  void start() {
    CertificateOptions certificate;
    certificate.host = "niklas.v6.test";
    certificate.directory = place.path();
    device = *DeviceTls::open(certificate, workers);
    const UpkeepOptions options{1ms, 2ms, steady, 3ms, 1ms, 2ms};
    const auto link_state = [this] {
      LinkState state;
      state.kind = link;
      return state;
    };
    upkeep = std::make_unique<Upkeep>(loop.get_executor(), names, *device, link_state, options, logger);
    tasks.spawn(upkeep->run());
  }

  void go_online() {
    link = LinkState::Kind::online;
    upkeep->session_began();
  }

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < limit) {
      if (device && device->served()) expect_published(*device->served());
      loop.run_one_for(10ms);
    }
    return condition();
  }

  /// Once anything is published, what serves is in it.
  void expect_published(const keys::Digest& served) {
    if (!relay.published.empty()) {
      EXPECT_TRUE(relay.published.contains(served));
    }
  }

  void wish() {
    asio::co_spawn(loop, upkeep->wish_roll(), [this](std::exception_ptr, Result<void, std::string> done) {
      wished = done ? "stored" : done.error();
    });
    ASSERT_TRUE(run_until([&] { return !wished.empty(); }));
  }

  bool at_rest() const { return upkeep->step().kind == Kind::rest && !device->ring().roll_away_from; }

  asio::io_context loop;
  net::WorkerPool workers{1, "worker"};
  test::ScratchDirectory place;
  PlayedRelay relay;
  Names names{
      [this](std::string command, std::chrono::milliseconds within) { return relay.run(std::move(command), within); }};
  LinkState::Kind link = LinkState::Kind::waiting;
  log::Logger logger;
  std::unique_ptr<DeviceTls> device;
  std::unique_ptr<Upkeep> upkeep;
  net::TaskGroup tasks{loop.get_executor()};
  std::chrono::milliseconds steady{3};
  std::string wished;
};

TEST_F(UpkeepTest, at_coming_online_current_and_next_are_published_and_it_becomes_ready) {
  start();
  loop.run_for(5ms);
  EXPECT_EQ(relay.questions, 0U) << "offline";
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  EXPECT_EQ(relay.sets, (std::vector<keys::DigestSet>{{device->ring().current, *device->ring().next}}));
  EXPECT_TRUE(dane_ok(upkeep->dns(), device->served()));
}

TEST_F(UpkeepTest, each_session_is_told_anew) {
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  go_online();
  EXPECT_FALSE(upkeep->readiness().ready) << "what earlier sessions said is void";
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  EXPECT_EQ(relay.sets.size(), 2U);
}

TEST_F(UpkeepTest, a_roll_goes_its_whole_way_and_what_serves_is_published_all_the_time) {
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  const keys::RingState before = device->ring();
  const long wished_at = relay.now;
  int changes = 0;
  device->on_change([&](const tls::Context&) { ++changes; });
  wish();
  ASSERT_TRUE(run_until([&] { return device->ring().current != before.current && at_rest(); }));
  EXPECT_EQ(device->ring().current, *before.next);
  EXPECT_EQ(device->served(), *before.next);
  EXPECT_EQ(changes, 2) << "one at once, one for the new key";
  EXPECT_EQ(device->ring().former, std::nullopt);
  EXPECT_GE(relay.now - wished_at, 2 * relay.ttl - 1) << "the record was young";
  EXPECT_EQ(relay.sets.back(), (keys::DigestSet{*before.next, *device->ring().next}));
}

TEST_F(UpkeepTest, a_roll_that_was_wished_without_a_running_client_is_carried_out_at_the_next_start) {
  keys::RingState before;
  {
    auto ring = keys::KeyRing::open(real_file_system(), place.path());
    ASSERT_TRUE(ring);
    before = ring->state();
    ASSERT_TRUE(ring->wish_roll());
  }
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return device->ring().current == *before.next && at_rest(); }));
}

TEST_F(UpkeepTest, who_wants_to_know_gets_an_answer_of_now_and_not_of_ten_minutes_ago) {
  steady = 1h;
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  loop.run_for(5ms);
  const std::size_t questions = relay.questions;
  relay.published.clear();
  EXPECT_TRUE(dane_ok(upkeep->dns(), device->served())) << "as it was last told";
  bool refreshed = false;
  asio::co_spawn(loop, upkeep->refresh(), [&](std::exception_ptr) { refreshed = true; });
  ASSERT_TRUE(run_until([&] { return refreshed; }));
  EXPECT_EQ(relay.questions, questions + 1);
  EXPECT_FALSE(dane_ok(upkeep->dns(), device->served()));
}

TEST_F(UpkeepTest, records_that_are_to_become_live_again_are_not_left_for_ten_minutes) {
  steady = 1h;
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  relay.live = false;
  upkeep->look_again();
  ASSERT_TRUE(run_until([&] { return !upkeep->dns()->live; }));
  EXPECT_TRUE(upkeep->readiness().ready) << "senders find and verify it as before";
  loop.run_for(10ms);
  relay.live = true;
  EXPECT_TRUE(run_until([&] { return upkeep->dns()->live; }));
}

TEST_F(UpkeepTest, a_roll_waits_out_an_outage) {
  start();
  wish();
  EXPECT_EQ(wished, "stored");
  loop.run_for(10ms);
  EXPECT_EQ(upkeep->step().kind, Kind::offline);
  const keys::RingState before = device->ring();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->step().kind == Kind::wait; }));
  relay.answers = false;
  link = LinkState::Kind::waiting;
  upkeep->look_again();
  loop.run_for(10ms);
  EXPECT_EQ(device->ring(), before);
  relay.answers = true;
  go_online();
  ASSERT_TRUE(run_until([&] { return device->ring().current == *before.next && at_rest(); }));
}

TEST_F(UpkeepTest, a_relay_that_knows_none_of_it_is_no_hindrance) {
  relay.has_dns = false;
  relay.knows_tlsa = false;
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  const keys::RingState before = device->ring();
  wish();
  ASSERT_TRUE(run_until([&] { return device->ring().current == *before.next && at_rest(); }));
}

TEST_F(UpkeepTest, an_unsigned_zone_has_nothing_to_wait_for) {
  relay.signed_zone = false;
  relay.ttl = 1'000'000;
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  const keys::RingState before = device->ring();
  wish();
  ASSERT_TRUE(run_until([&] { return device->ring().current == *before.next && at_rest(); }));
}

TEST_F(UpkeepTest, a_relay_that_refuses_to_publish_is_asked_again_and_nothing_is_ready) {
  relay.refusal = "at most 4 values";
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return relay.questions >= 3; }));
  EXPECT_FALSE(upkeep->readiness().ready);
  EXPECT_EQ(upkeep->trouble(), "at most 4 values");
  relay.refusal.clear();
  EXPECT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
}

TEST_F(UpkeepTest, a_relay_that_does_not_answer_is_asked_again) {
  relay.answers = false;
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return !upkeep->trouble().empty(); }));
  relay.answers = true;
  EXPECT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
}

TEST_F(UpkeepTest, a_step_that_cannot_be_stored_is_tried_again) {
  start();
  go_online();
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  const keys::RingState before = device->ring();
  std::filesystem::create_directory(place / "tls-key-former");  // cannot be replaced by a file
  wish();
  ASSERT_TRUE(run_until([&] { return upkeep->trouble().find("tls-key-former") != std::string::npos; }));
  EXPECT_EQ(device->ring().current, before.current);
  std::filesystem::remove(place / "tls-key-former");
  EXPECT_TRUE(run_until([&] { return device->ring().current == *before.next && at_rest(); }));
}

TEST_F(UpkeepTest, a_key_that_was_given_is_published_alone_and_cannot_be_rolled) {
  const auto key = tls::PrivateKey::generate_p256();
  ASSERT_TRUE(key.save(place / "key.pem"));
  ASSERT_TRUE(tls::CertificateChain::self_signed(key, "niklas.v6.test", std::chrono::days(9)).save(place / "c.pem"));
  CertificateOptions given;
  given.host = "niklas.v6.test";
  given.certificate_file = place / "c.pem";
  given.key_file = place / "key.pem";
  device = *DeviceTls::open(given, workers);
  upkeep = std::make_unique<Upkeep>(
      loop.get_executor(), names, *device,
      [] {
        LinkState state;
        state.kind = LinkState::Kind::online;
        return state;
      },
      UpkeepOptions{1ms, 2ms, steady, 3ms, 1ms, 2ms}, logger);
  tasks.spawn(upkeep->run());
  ASSERT_TRUE(run_until([&] { return upkeep->readiness().ready; }));
  EXPECT_EQ(relay.sets, (std::vector<keys::DigestSet>{{key.spki_sha256()}}));
  wish();
  EXPECT_NE(wished.find("--tls-key"), std::string::npos);
}

}  // namespace
}  // namespace sisu::client
