#include "tests/unit/naming/link/fake_service.hpp"
#include "tests/unit/relay/admin/command_fixture.hpp"

namespace sisu::relay::admin {
namespace {

namespace messages = proto::naming;
using Kind = messages::Finding::Kind;

class DnsCommandsTest : public CommandTest {
 protected:
  int run_dns(const std::string& command, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"dns", command, "--dns-socket", (state() / "dns").string()};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  }
  int show(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"user", "show", "niklas", "--dns-socket", (state() / "dns").string()};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  }
  void answer(std::vector<messages::Answer> answers) {
    service_.change([&](auto& manners) { manners.answers_to_ask = std::move(answers); });
  }
  static messages::Finding finding(Kind kind, const std::string& record = "niklas.example.org. 3600 MX 10 x.") {
    return {.owner = "niklas", .kind = kind, .where = "provider", .record = record};
  }
  static messages::State state_of_niklas(bool live, const std::string& problem) {
    messages::State state;
    state.owner = "niklas";
    state.digest = live ? "d1" : "";
    state.live = live;
    state.live_for = std::chrono::seconds(live ? 42 : 0);
    state.problem = problem;
    return state;
  }

  sisu::test::FakeService service_{state() / "dns"};
};

TEST_F(DnsCommandsTest, each_command_asks_its_question_and_needs_no_zone_for_it) {
  service_.listen();
  answer({messages::Done{}});
  using What = messages::Ask::What;
  for (const auto& [name, what] :
       {std::pair{"sync", What::sync}, {"diff", What::diff}, {"check", What::check}, {"prune", What::prune}}) {
    EXPECT_EQ(run_dns(name), 0) << console.errors;
    EXPECT_EQ(service_.heard().asked.back(), what);
    EXPECT_EQ(service_.heard().hellos.back().zone, "");
    EXPECT_TRUE(says("zone         sisu.test.\n")) << console.out;
    EXPECT_TRUE(says("nothing found")) << console.out;
  }
  EXPECT_EQ(service_.heard().problems, 0U);
}

TEST_F(DnsCommandsTest, findings_are_lines_and_status_1) {
  service_.listen();
  answer({finding(Kind::missing), finding(Kind::foreign), messages::Done{.findings = 2, .problem = {}}});
  EXPECT_EQ(run_dns("diff"), 1);
  EXPECT_TRUE(says("missing      provider  niklas: niklas.example.org. 3600 MX 10 x.\n")) << console.out;
  EXPECT_TRUE(says("foreign      provider")) << console.out;
  EXPECT_FALSE(says("nothing found"));
  EXPECT_NE(console.errors.find("findings: 2;"), std::string::npos) << console.errors;
}

TEST_F(DnsCommandsTest, as_json_lines_there_are_the_findings_alone) {
  service_.listen();
  answer({finding(Kind::unreachable, ""), messages::Done{.findings = 1, .problem = {}}});
  EXPECT_EQ(run_dns("check", {"--json"}), 1);
  const auto lines = objects();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            nlohmann::json::parse(R"({"kind":"unreachable","where":"provider","owner":"niklas","record":""})"));
}

TEST_F(DnsCommandsTest, what_a_sync_changed_is_no_finding) {
  service_.listen();
  answer({finding(Kind::added), finding(Kind::removed), messages::Done{.findings = 2, .problem = {}}});
  EXPECT_EQ(run_dns("sync"), 0) << console.errors;
  EXPECT_TRUE(says("added        provider")) << console.out;
  answer({finding(Kind::added), finding(Kind::foreign), messages::Done{.findings = 2, .problem = {}}});
  EXPECT_EQ(run_dns("sync"), 1);
  EXPECT_NE(console.errors.find("findings: 1; the sync"), std::string::npos) << console.errors;
}

TEST_F(DnsCommandsTest, an_unsigned_zone_is_said_plainly) {
  service_.change([](auto& manners) { manners.is_signed = false; });
  service_.listen();
  answer({finding(Kind::unsigned_zone, "DANE: no, zone not signed"), messages::Done{.findings = 1, .problem = {}}});
  EXPECT_EQ(run_dns("check"), 1);
  EXPECT_TRUE(says("\nDANE: no, zone not signed\n")) << console.out;
  EXPECT_EQ(run_dns("check", {"--json"}), 1);
  EXPECT_EQ(objects().at(0).at("kind"), "unsigned");
}

TEST_F(DnsCommandsTest, a_question_that_could_not_be_answered_is_status_1_with_the_reason) {
  service_.listen();
  answer({messages::Done{.findings = 0, .problem = "127.0.0.1:53: TSIG refused"}});
  EXPECT_EQ(run_dns("sync"), 1);
  EXPECT_NE(console.errors.find("TSIG refused"), std::string::npos) << console.errors;
  answer({messages::Problem{.what = "you may not ask"}});
  EXPECT_EQ(run_dns("sync"), 1);
  EXPECT_NE(console.errors.find("you may not ask"), std::string::npos) << console.errors;
}

TEST_F(DnsCommandsTest, a_service_that_is_not_there_or_goes_is_one_line) {
  EXPECT_EQ(run_dns("check"), 1);
  EXPECT_TRUE(complains("No such file or directory: is sisumail-dns running, and are you root?"));
  service_.change([](auto& manners) { manners.cut_after = "ask"; });
  service_.listen();
  EXPECT_EQ(run_dns("check"), 1);
  EXPECT_NE(console.errors.find("it ended the connection"), std::string::npos) << console.errors;
}

TEST_F(DnsCommandsTest, user_show_says_whether_the_records_are_live) {
  make_users({"niklas"});
  EXPECT_EQ(show(), 0);
  EXPECT_FALSE(says("records"));
  service_.listen();
  service_.change([](auto& manners) { manners.state_to_watch = state_of_niklas(true, ""); });
  EXPECT_EQ(show(), 0) << console.errors;
  EXPECT_TRUE(says("records      live for 42 s\n")) << console.out;
  EXPECT_EQ(service_.heard().watched, std::vector<std::string>{"niklas"});
  EXPECT_EQ(show({"--json"}), 0);
  EXPECT_EQ(objects().at(0).at("dns"), nlohmann::json::parse(R"({"state":"live","live_seconds":42})"));
  service_.change([](auto& manners) { manners.state_to_watch = state_of_niklas(false, "connection refused"); });
  EXPECT_EQ(show({"--json"}), 0);
  EXPECT_EQ(objects().at(0).at("dns"), nlohmann::json::parse(R"({"state":"pending","problem":"connection refused"})"));
}

TEST_F(DnsCommandsTest, user_show_shows_the_account_even_if_the_service_is_in_trouble) {
  make_users({"niklas"});
  service_.change([](auto& manners) { manners.cut_after = "watch"; });
  service_.listen();
  EXPECT_EQ(show(), 0);
  EXPECT_TRUE(says("records      unknown: ")) << console.out;
  EXPECT_TRUE(says("name         niklas")) << console.out;
}

TEST_F(DnsCommandsTest, user_show_has_what_the_user_publishes) {
  make_users({"niklas"});
  {
    OpenedRegistry registry = open_beside();
    const auto id = registry.database.find(relay::test::name_of("niklas"))->id;
    ASSERT_TRUE(registry.database.set_tlsa(id, {SpkiDigest::parse(std::string(64, 'a')).value()}));
    ASSERT_TRUE(registry.database.set_acme_account(id, AcmeAccountUri::parse("https://ca.example/1")));
  }
  EXPECT_EQ(show(), 0);
  EXPECT_TRUE(says("tls keys     1 published\n")) << console.out;
  EXPECT_TRUE(says("acme         https://ca.example/1\n")) << console.out;
  EXPECT_EQ(show({"--json"}), 0);
  EXPECT_EQ(objects().at(0).at("tlsa"), nlohmann::json::parse("[\"" + std::string(64, 'a') + "\"]"));
  EXPECT_EQ(objects().at(0).at("acme_account"), "https://ca.example/1");
}

}  // namespace
}  // namespace sisu::relay::admin
