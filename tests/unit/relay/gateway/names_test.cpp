// Names in DNS through a whole relay: what users may ask for, what becomes live, and what a service that is away does
// to them (nothing).
#include "relay/naming/link/zone_names.hpp"
#include "tests/unit/naming/link/fake_service.hpp"
#include "tests/unit/relay/gateway/relay_fixture.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::gateway::test {
namespace {

using Json = nlohmann::json;
using Heard = sisu::test::FakeService::Heard;

constexpr int refused = 1;  // exit statuses, proto/commands.md
constexpr int not_now = 3;
const std::string host = "niklas.v6.sisu.test";
const std::string value(43, 'v');
const std::string hex_a(64, 'a');

class NamesTest : public RelayTest {
 public:
  NamesTest() {
    registry_options.rules.policy = ClaimPolicy::open;
    dns = naming::LinkOptions{.socket = scratch / "dns", .zone = {}, .first_retry = 1ms, .longest_retry = 4ms};
  }
  ~NamesTest() override { stop_relay(); }
  Registry& accounts_of_zone() { return *accounts->registry(); }
  Published published() { return accounts_of_zone().accounts().find(AccountName::parse("niklas").value())->published; }
  bool has_record(const std::string& type, const std::string& part) const {
    const Heard heard = service.heard();
    const auto set = heard.sets.find("niklas");
    if (set == heard.sets.end()) return false;
    return std::ranges::any_of(set->second.records, [&](const auto& record) {
      return record.type == type && record.value.find(part) != std::string::npos;
    });
  }

  sisu::test::FakeService service{scratch / "dns"};
};

using ClientPtr = std::shared_ptr<Client>;

asio::awaitable<ClientPtr> claim(NamesTest& relay) {
  auto client = co_await relay.log_in();
  const auto claimed = co_await relay.command(*client, "claim");
  EXPECT_EQ(claimed.status, 0) << claimed.errors;
  co_return client;
}

asio::awaitable<Json> dns_of_status(NamesTest& relay, ClientPtr client) {
  const auto status = co_await relay.command(*client, "status --json");
  co_return Json::parse(status.text).at("dns");
}

asio::awaitable<void> until_state(NamesTest& relay, ClientPtr client, std::string state) {
  for (;;) {
    const Json now = co_await dns_of_status(relay, client);
    if (now.at("state") == state) co_return;
    co_await pause(2ms);
  }
}

/// Runs a command that is granted.
asio::awaitable<std::string> done(NamesTest& relay, ClientPtr client, std::string line) {
  const auto answer = co_await relay.command(*client, std::move(line));
  EXPECT_EQ(answer.status, 0) << answer.errors;
  co_return answer.text;
}

asio::awaitable<void> publish(NamesTest& relay, ClientPtr client) {
  const std::string stored = co_await done(relay, client, "tlsa publish --json " + hex_a);
  EXPECT_EQ(stored, "{\"tlsa\":[\"" + hex_a + "\"]}\n");
  co_await done(relay, client, "acme present NIKLAS.v6.Sisu.test. " + value + " --json");
  EXPECT_TRUE(relay.has_record("TXT", value));
  EXPECT_TRUE(relay.has_record("TLSA", hex_a));
  co_await done(relay, client, "acme account https://ca.example/1");
  co_await until_state(relay, client, "live");
  EXPECT_TRUE(relay.has_record("CAA", "accounturi=https://ca.example/1"));
}

void expect_live(const Json& status) {
  EXPECT_EQ(status.at("tlsa")[0].at("sha256"), hex_a);
  EXPECT_TRUE(status.at("tlsa")[0].contains("live_seconds"));
  EXPECT_EQ(status.at("signed"), true);
  EXPECT_EQ(status.at("tlsa_ttl"), 300);
  EXPECT_EQ(status.at("acme_account"), "https://ca.example/1");
}

asio::awaitable<void> publish_and_clean_up(NamesTest& relay) {
  const auto client = co_await claim(relay);
  co_await publish(relay, client);
  expect_live(co_await dns_of_status(relay, client));
  co_await done(relay, client, "acme cleanup " + host + " " + value);
  co_await relay.until([&] { return !relay.has_record("TXT", value); });
}

TEST_F(NamesTest, what_a_user_publishes_becomes_live_and_goes_again) {
  service.listen();
  start_zone();
  run(publish_and_clean_up(*this));
}

asio::awaitable<void> present_in_an_unsigned_zone(NamesTest& relay) {
  const auto client = co_await claim(relay);
  co_await relay.command(*client, "tlsa publish " + hex_a);
  co_await until_state(relay, client, "live");
  const Json status = co_await dns_of_status(relay, client);
  EXPECT_EQ(status.at("signed"), false);
  EXPECT_TRUE(status.at("tlsa").empty());
  const auto text = co_await relay.command(*client, "status");
  EXPECT_NE(text.text.find("DANE: no"), std::string::npos) << text.text;
}

TEST_F(NamesTest, in_an_unsigned_zone_no_key_is_live) {
  service.change([](auto& manners) { manners.is_signed = false; });
  service.listen();
  start_zone();
  run(present_in_an_unsigned_zone(*this));
}

asio::awaitable<void> present_and_wait(NamesTest& relay) {
  const auto client = co_await claim(relay);
  const auto answer = co_await relay.command(*client, "acme present " + host + " " + value + " --json");
  EXPECT_EQ(answer.status, not_now);
  EXPECT_NE(answer.errors.find("the key is wrong"), std::string::npos) << answer.errors;
  EXPECT_EQ(relay.published().challenges.size(), 1U);
}

TEST_F(NamesTest, present_gives_up_in_time_and_says_what_is_wrong) {
  limits.challenge_wait = 100ms;
  service.change([](auto& manners) {
    manners.makes_live = false;
    manners.problem = "the key is wrong";
  });
  service.listen();
  start_zone();
  run(present_and_wait(*this));
  EXPECT_EQ(bitten(LimitName::challenge_wait), 1);
}

asio::awaitable<void> say_later(NamesTest& relay) {
  co_await relay.until([&] { return relay.has_record("TXT", value); });
  co_await pause(20ms);
  relay.service.say_state("niklas", true);
}

asio::awaitable<void> present_until_live(NamesTest& relay) {
  const auto client = co_await claim(relay);
  net::TaskGroup later(relay.loop.get_executor());
  later.spawn(say_later(relay));
  const auto answer = co_await relay.command(*client, "acme present " + host + " " + value);
  EXPECT_EQ(answer.status, 0) << answer.errors;
  EXPECT_NE(answer.errors.find("waiting for the name servers: not yet"), std::string::npos) << answer.errors;
  co_await later.join();
}

TEST_F(NamesTest, present_ends_the_moment_it_is_live) {
  service.change([](auto& manners) {
    manners.makes_live = false;
    manners.problem = "not yet";
  });
  service.listen();
  start_zone();
  run(present_until_live(*this));
}

asio::awaitable<void> claim_without_service(NamesTest& relay) {
  const auto client = co_await claim(relay);
  const auto stored = co_await relay.command(*client, "tlsa publish " + hex_a);
  EXPECT_EQ(stored.status, 0) << stored.errors;
  const Json before = co_await dns_of_status(relay, client);
  EXPECT_EQ(before.at("state"), "pending");
  EXPECT_NE(before.at("problem").get<std::string>().find("sisumail-dns does not answer"), std::string::npos);
  relay.service.listen();
  co_await until_state(relay, client, "live");
  EXPECT_TRUE(relay.has_record("TLSA", hex_a));
  relay.service.go_away();
  co_await relay.until(
      [&] { return !relay.accounts->names()->of(*relay.accounts_of_zone().accounts().all()[0]).problem.empty(); });
  const Json after = co_await dns_of_status(relay, client);
  EXPECT_EQ(after.at("state"), "live");  // the name servers go on without it
}

TEST_F(NamesTest, a_service_that_is_away_keeps_nobody_from_a_claim_and_loses_nothing) {
  start_zone();
  run(claim_without_service(*this));
}

const std::vector<std::string>& hosts_of_others() {
  static const std::vector<std::string> hosts = {"otto.v6.sisu.test",
                                                 "v6.sisu.test",
                                                 "sisu.test",
                                                 "sisu.test.",
                                                 ".",
                                                 "test",
                                                 "niklas.sisu.test",
                                                 "t1.niklas.sisu.test",
                                                 "spool.sisu.test",
                                                 "niklas.v6.sisu.test.evil",
                                                 "niklas.v6.sisu.test.evil.",
                                                 "niklas.v6.sisu.test..",
                                                 "x.niklas.v6.sisu.test",
                                                 "_acme-challenge.niklas.v6.sisu.test",
                                                 "_niklas.v6.sisu.test",
                                                 "niklas_.v6.sisu.test",
                                                 "nik-las.v6.sisu.test",
                                                 "niklas.v6.evilsisu.test",
                                                 "*.v6.sisu.test",
                                                 "'niklas.v6.sisu.test '",
                                                 "'niklas\\.v6.sisu.test'",
                                                 "''",
                                                 std::string(300, 'a'),
                                                 std::string(300, 'a') + ".v6.sisu.test",
                                                 "niklas.v6.sisu.test." + std::string(300, 'a')};
  return hosts;
}

asio::awaitable<void> attack(NamesTest& relay) {
  const auto client = co_await claim(relay);
  for (const std::string& other : hosts_of_others()) {
    for (const char* what : {"present", "cleanup"}) {
      const auto answer = co_await relay.command(*client, std::string("acme ") + what + " -- " + other + " " + value);
      EXPECT_EQ(answer.status, refused) << other;
      EXPECT_NE(answer.errors.find("niklas.v6.sisu.test. alone"), std::string::npos) << other << ": " << answer.errors;
    }
  }
  EXPECT_EQ(relay.published(), Published());
}

TEST_F(NamesTest, names_of_others_are_refused_and_counted) {
  limits.acme_per_user = 1000;
  service.listen();
  start_zone();
  run(attack(*this));
  stop_relay();
  EXPECT_EQ(environment->counters.names_refused.value(), static_cast<double>(2 * hosts_of_others().size()));
  for (const auto& [owner, set] : service.heard().sets) {
    for (const auto& record : set.records) EXPECT_FALSE(record.name.starts_with("_acme-challenge")) << record.name;
  }
}

asio::awaitable<void> flood(NamesTest& relay, std::size_t allowed, std::string line, int status) {
  const auto client = co_await claim(relay);
  for (std::size_t i = 0; i < allowed; ++i) {
    const auto answer = co_await relay.command(*client, line);
    EXPECT_EQ(answer.status, status) << answer.errors;
  }
  const auto answer = co_await relay.command(*client, line);
  EXPECT_EQ(answer.status, not_now);
  EXPECT_NE(answer.errors.find("within an hour"), std::string::npos) << answer.errors;
}

TEST_F(NamesTest, challenges_are_limited_per_hour_and_refused_ones_count_too) {
  limits.acme_per_user = 3;
  start_zone();
  run(flood(*this, 3, "acme present otto.v6.sisu.test " + value, refused));
  EXPECT_EQ(bitten(LimitName::acme_per_user), 1);
}

TEST_F(NamesTest, acme_accounts_count_as_challenges_do) {
  limits.acme_per_user = 2;
  start_zone();
  run(flood(*this, 2, "acme account https://ca.example/1", 0));
}

TEST_F(NamesTest, changes_of_tlsa_records_are_limited_per_hour) {
  limits.tlsa_per_user = 3;
  start_zone();
  run(flood(*this, 3, "tlsa publish " + hex_a, 0));
  EXPECT_EQ(bitten(LimitName::tlsa_per_user), 1);
}

asio::awaitable<void> present_nine(NamesTest& relay) {
  const auto client = co_await claim(relay);
  for (char letter = 'a'; letter < 'i'; ++letter) {
    const auto answer = co_await relay.command(*client, "acme present " + host + " " + std::string(43, letter));
    EXPECT_EQ(answer.status, 0) << answer.errors;
  }
  const auto ninth = co_await relay.command(*client, "acme present " + host + " " + std::string(43, 'i'));
  EXPECT_EQ(ninth.status, not_now);
  EXPECT_NE(ninth.errors.find("8 challenges"), std::string::npos) << ninth.errors;
}

TEST_F(NamesTest, a_ninth_challenge_is_refused_for_now) {
  service.listen();
  start_zone();
  run(present_nine(*this));
}

asio::awaitable<void> suspend_and_remove(NamesTest& relay) {
  co_await claim(relay);
  co_await relay.until([&] { return relay.has_record("AAAA", "2001:db8:5157:"); });
  const AccountName niklas = AccountName::parse("niklas").value();
  const std::size_t lines = relay.service.heard().set_lines;
  co_await relay.accounts_of_zone().set_state(niklas, AccountState::suspended);
  co_await relay.until([&] { return relay.service.heard().set_lines > lines; });
  EXPECT_TRUE(relay.has_record("AAAA", "2001:db8:5157:"));
  co_await relay.accounts_of_zone().set_state(niklas, AccountState::removed);
  co_await relay.until([&] { return relay.service.heard().sets.at("niklas").records.empty(); });
}

TEST_F(NamesTest, a_suspended_user_keeps_the_records_and_a_removed_one_loses_them) {
  service.listen();
  start_zone();
  run(suspend_and_remove(*this));
}

asio::awaitable<void> without_dns(NamesTest& relay) {
  const auto client = co_await claim(relay);
  const auto answer = co_await relay.command(*client, "acme present " + host + " " + value);
  EXPECT_EQ(answer.status, refused);
  EXPECT_NE(answer.errors.find("--dns-socket"), std::string::npos) << answer.errors;
  const auto stored = co_await relay.command(*client, "tlsa publish " + hex_a);
  EXPECT_EQ(stored.status, 0);
  const Json status = co_await dns_of_status(relay, client);
  EXPECT_EQ(status, Json::parse(R"({"state":"off"})"));
}

TEST_F(NamesTest, a_relay_without_a_service_says_so) {
  dns.reset();
  start_zone();
  run(without_dns(*this));
}

asio::awaitable<void> take_spool(NamesTest& relay) {
  co_await claim(relay);
  co_await relay.until([&] { return relay.service.heard().sets.contains("@zone"); });
  const Heard heard = relay.service.heard();
  EXPECT_EQ(heard.sets.at("@zone").records.size(), 2U);
  EXPECT_FALSE(heard.sets.contains("@spool"));
}

TEST_F(NamesTest, the_relay_declares_the_zone_and_never_the_spool) {
  service.listen();
  start_zone();
  run(take_spool(*this));
}

}  // namespace
}  // namespace sisu::relay::gateway::test
