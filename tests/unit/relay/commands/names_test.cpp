// tlsa, acme, and the part of status about records in DNS.
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/relay/commands/fake_caller.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const std::string hex_a(64, 'a');
const std::string hex_b(64, 'b');
const std::string value(43, 'v');
const std::string host = "niklas.v6.sisu.test";
const std::string present_line = "acme present " + host + " " + value;

class NamesTest : public testing::Test {
 public:
  NamesTest() { caller.who = Standing::user; }
  asio::awaitable<void> call(std::string line) { status = co_await run_command_line(caller, io, std::move(line)); }
  void run(std::string line) {
    clear();
    test::run_all(loop, call(std::move(line)));
    loop.restart();
  }
  void run(std::string line, asio::awaitable<void> beside) {
    clear();
    test::run_all(loop, call(std::move(line)), std::move(beside));
    loop.restart();
  }
  void clear() {
    io.output.clear();
    io.errors.clear();
  }
  bool one_line_of_errors() const {
    return !io.errors.empty() && io.errors.find('\n') == io.errors.size() - 1 && io.output.empty();
  }

  asio::io_context loop{1};
  FakeCaller caller{loop.get_executor()};
  FakeIo io{loop.get_executor()};
  ExitStatus status = ExitStatus::refused;
};

TEST_F(NamesTest, tlsa_publish_replaces_the_set_and_answers_with_it) {
  run("tlsa publish --json " + hex_b + " " + hex_a);
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_EQ(Json::parse(io.output), Json::parse("{\"tlsa\":[\"" + hex_a + "\",\"" + hex_b + "\"]}"));
  run("tlsa publish " + hex_b);
  EXPECT_EQ(caller.known_dns.published.tlsa, std::set{SpkiDigest::parse(hex_b).value()});
  EXPECT_NE(io.output.find(hex_b + "  not live\n"), std::string::npos) << io.output;
}

TEST_F(NamesTest, tlsa_list_says_since_when_each_is_live) {
  run("tlsa list");
  EXPECT_NE(io.output.find("You have published no keys"), std::string::npos);
  run("tlsa list --json");
  EXPECT_EQ(io.output, "{\"tlsa\":[]}\n");
  const SpkiDigest digest = SpkiDigest::parse(hex_a).value();
  caller.known_dns.published.tlsa = {digest};
  caller.known_dns.live_tlsa = {{digest, 200s}};
  run("tlsa list");
  EXPECT_NE(io.output.find(hex_a + "  live for 3 min\n"), std::string::npos) << io.output;
}

TEST_F(NamesTest, tlsa_refuses_what_are_not_1_to_4_digests) {
  for (const std::string& line :
       {std::string("tlsa"), std::string("tlsa publish"), std::string("tlsa list x"), "tlsa publish " + hex_a + "0",
        "tlsa publish " + hex_a.substr(1), "tlsa publish " + hex_a + " x", "tlsa add " + hex_a,
        "tlsa publish " + hex_a + " " + hex_a + " " + hex_a + " " + hex_a + " " + hex_a, std::string("tlsa publish ''"),
        "tlsa publish 0x" + hex_a.substr(2), "tlsa publish --sha256 " + hex_a}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::usage) << line;
    EXPECT_TRUE(one_line_of_errors()) << line;
    EXPECT_TRUE(caller.known_dns.published.tlsa.empty()) << line;
  }
}

TEST_F(NamesTest, refusals_of_the_relay_come_with_their_status) {
  const std::string lines[] = {"tlsa publish " + hex_a, present_line, "acme cleanup " + host + " " + value,
                               "acme account https://ca.example/1", "acme account none"};
  for (const std::string& line : lines) {
    caller.refusal = Refusal{"not yours"};
    run(line);
    EXPECT_EQ(status, ExitStatus::refused) << line;
    EXPECT_EQ(io.errors, "not yours\n") << line;
    caller.refusal = Refusal{"too many", true};
    run(line);
    EXPECT_EQ(status, ExitStatus::not_now) << line;
    EXPECT_EQ(io.output, "") << line;
  }
}

TEST_F(NamesTest, acme_refuses_words_that_make_no_command) {
  for (const std::string& line :
       {std::string("acme"), std::string("acme present"), "acme present " + host, "acme present " + value,
        "acme present " + host + " " + value + "=", "acme present " + host + " " + value.substr(1),
        "acme present " + host + " \"" + value.substr(1) + "+\"", "acme present " + host + " " + value + " x",
        "acme clean " + host + " " + value, "acme cleanup " + host, std::string("acme account"),
        std::string("acme account http://ca.example"), std::string("acme account 'https://ca.example/;x'"),
        std::string("acme account None"), "acme account https://" + std::string(248, 'a'),
        "acme account https://a " + value}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::usage) << line;
    EXPECT_TRUE(one_line_of_errors()) << line << ": " << io.errors;
    EXPECT_EQ(caller.asked_host, std::nullopt) << line;
    EXPECT_EQ(caller.known_dns.published, Published()) << line;
  }
}

TEST_F(NamesTest, an_acme_account_is_bound_and_unbound) {
  run("acme account --json https://ca.example/1");
  EXPECT_EQ(io.output, "{\"acme_account\":\"https://ca.example/1\"}\n");
  EXPECT_EQ(caller.known_dns.published.acme_account, AcmeAccountUri::parse("https://ca.example/1"));
  run("acme account --json none");
  EXPECT_EQ(io.output, "{\"acme_account\":null}\n");
  EXPECT_EQ(caller.known_dns.published.acme_account, std::nullopt);
  run("acme account none");
  EXPECT_NE(io.output.find("No ACME account is bound"), std::string::npos);
}

TEST_F(NamesTest, present_answers_at_once_when_the_challenge_is_live) {
  caller.known_dns.state = DnsFacts::State::live;
  run(present_line + " --json");
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_EQ(caller.asked_host, host);
  EXPECT_EQ(Json::parse(io.output),
            Json::parse("{\"host\":\"" + host + "\",\"value\":\"" + value + "\",\"live\":true}"));
  EXPECT_EQ(io.errors, "");
}

/// After `rounds` of news that change nothing: sets the state, and raises the signal.
asio::awaitable<void> become_live(NamesTest& test, int rounds) {
  while (!test.caller.dns_signal) co_await asio::post(asio::use_awaitable);
  for (int i = 0; i < rounds; ++i) {
    test.caller.dns_signal->raise();
    for (int turn = 0; turn < 10; ++turn) co_await asio::post(asio::use_awaitable);
    EXPECT_EQ(test.io.output, "");
  }
  test.caller.known_dns.state = DnsFacts::State::live;
  test.caller.dns_signal->raise();
}

TEST_F(NamesTest, present_waits_until_it_is_live_and_says_what_it_waits_for_once) {
  caller.known_dns.state = DnsFacts::State::pending;
  caller.known_dns.problem = "192.0.2.53: connection refused";
  run(present_line, become_live(*this, 3));
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_EQ(io.errors, "waiting for the name servers: 192.0.2.53: connection refused\n");
  EXPECT_NE(io.output.find("every name server"), std::string::npos);
  EXPECT_TRUE(caller.reached.empty());
}

TEST_F(NamesTest, present_writes_no_progress_for_programs) {
  caller.known_dns.state = DnsFacts::State::pending;
  run(present_line + " --json", become_live(*this, 1));
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_EQ(io.errors, "");
}

TEST_F(NamesTest, present_gives_up_in_time_with_the_reason_and_leaves_the_challenge) {
  caller.known_dns.state = DnsFacts::State::pending;
  caller.known_dns.problem = "TSIG refused";
  caller.all_limits.challenge_wait = 20ms;
  run(present_line + " --json");
  EXPECT_EQ(status, ExitStatus::not_now);
  EXPECT_TRUE(one_line_of_errors()) << io.errors;
  EXPECT_NE(io.errors.find("TSIG refused"), std::string::npos);
  EXPECT_EQ(caller.reached, std::vector{LimitName::challenge_wait});
  EXPECT_EQ(caller.known_dns.published.challenges.size(), 1U);
}

asio::awaitable<void> clean_up_meanwhile(NamesTest& test) {
  while (!test.caller.dns_signal) co_await asio::post(asio::use_awaitable);
  test.caller.known_dns.published.challenges.clear();
  test.caller.known_dns.state = DnsFacts::State::live;
  test.caller.dns_signal->raise();
}

TEST_F(NamesTest, present_does_not_call_a_challenge_live_that_another_session_cleaned_up) {
  caller.known_dns.state = DnsFacts::State::pending;
  run(present_line + " --json", clean_up_meanwhile(*this));
  EXPECT_EQ(status, ExitStatus::not_now);
  EXPECT_NE(io.errors.find("cleaned up meanwhile"), std::string::npos);
}

TEST_F(NamesTest, cleanup_answers_without_waiting) {
  caller.known_dns.state = DnsFacts::State::pending;
  caller.known_dns.published.challenges.emplace(ChallengeValue::parse(value).value(), Time());
  run("acme cleanup " + host + " " + value + " --json");
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_TRUE(caller.known_dns.published.challenges.empty());
}

Json dns_of_status(NamesTest& test) {
  test.run("status --json");
  EXPECT_LE(test.io.output.size(), 4096U);
  return Json::parse(test.io.output)["dns"];
}

TEST_F(NamesTest, status_without_dns_says_off_and_nothing_else) {
  EXPECT_EQ(dns_of_status(*this), Json::parse(R"({"state":"off"})"));
  run("status");
  EXPECT_NE(io.output.find("records      off: this relay writes no DNS records"), std::string::npos) << io.output;
}

TEST_F(NamesTest, status_has_all_that_a_client_needs_for_keys_and_certificates) {
  const SpkiDigest digest = SpkiDigest::parse(hex_a).value();
  caller.known_dns = {.state = DnsFacts::State::live,
                      .is_signed = true,
                      .problem = {},
                      .live_for = 185s,
                      .tlsa_ttl = 300s,
                      .issuers = {"letsencrypt.org"},
                      .published = {.tlsa = {digest, SpkiDigest::parse(hex_b).value()},
                                    .acme_account = AcmeAccountUri::parse("https://ca.example/1"),
                                    .challenges = {}},
                      .live_tlsa = {{digest, 12s}}};
  EXPECT_EQ(dns_of_status(*this),
            Json::parse(R"({"state":"live","signed":true,"live_seconds":185,"tlsa":[{"sha256":")" + hex_a +
                        R"(","live_seconds":12}],"tlsa_ttl":300,"ca":["letsencrypt.org"],
                                              "acme_account":"https://ca.example/1"})"));
  run("status");
  for (const char* part :
       {"records      live for 3 min\n", "tlsa         2 published, 1 live\n", "acme         https://ca.example/1\n"})
    EXPECT_NE(io.output.find(part), std::string::npos) << io.output;
}

TEST_F(NamesTest, status_says_that_there_is_no_dane_in_an_unsigned_zone) {
  caller.known_dns.state = DnsFacts::State::live;
  caller.known_dns.problem = "sisumail-dns does not answer";
  run("status");
  EXPECT_NE(io.output.find("records      live for 0 s; DANE: no, zone not signed; but sisumail-dns does not answer\n"),
            std::string::npos)
      << io.output;
}

TEST_F(NamesTest, status_of_what_is_not_live_yet_says_why) {
  caller.known_dns.state = DnsFacts::State::pending;
  caller.known_dns.problem = "127.0.0.1:53: connection refused";
  const Json dns = dns_of_status(*this);
  EXPECT_EQ(dns["state"], "pending");
  EXPECT_EQ(dns["problem"], "127.0.0.1:53: connection refused");
  EXPECT_EQ(dns["signed"], false);
  EXPECT_FALSE(dns.contains("live_seconds"));
  run("status");
  EXPECT_NE(io.output.find("pending: 127.0.0.1:53: connection refused\n"), std::string::npos) << io.output;
}

TEST_F(NamesTest, claim_and_whoami_do_not_promise_records_that_are_not_there) {
  caller.known_dns.state = DnsFacts::State::pending;
  run("whoami");
  EXPECT_NE(io.output.find("records      pending"), std::string::npos) << io.output;
  caller.who = Standing::newcomer;
  run("claim");
  EXPECT_NE(io.output.find("records      pending"), std::string::npos) << io.output;
}

TEST_F(NamesTest, they_are_for_users_of_a_registry_alone) {
  for (const Standing other : {Standing::newcomer, Standing::dev_user}) {
    caller.who = other;
    for (const std::string& line : {"tlsa publish " + hex_a, present_line, std::string("acme account none")}) {
      run(line);
      EXPECT_NE(status, ExitStatus::done) << line;
    }
    EXPECT_EQ(caller.known_dns.published, Published());
    run("status --json");
    EXPECT_FALSE(other == Standing::dev_user && Json::parse(io.output).contains("dns"));
  }
}

TEST(DnsFacts, durations_are_for_people) {
  EXPECT_EQ(duration_text(0s), "0 s");
  EXPECT_EQ(duration_text(119s), "119 s");
  EXPECT_EQ(duration_text(120s), "2 min");
  EXPECT_EQ(duration_text(7199s), "119 min");
  EXPECT_EQ(duration_text(2h), "2 h");
  EXPECT_EQ(duration_text(49h), "2 days");
}

}  // namespace
}  // namespace sisu::relay::commands
