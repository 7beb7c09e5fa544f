#include "tests/unit/naming/hetzner_fixture.hpp"

#include <future>

namespace sisu::relay::naming::hetzner {
namespace {

TEST_F(HetznerTest, an_action_that_fails_is_told_and_concerns_its_own_set_only) {
  hetzner.polls_of_an_action = 1;
  hetzner.action_error = "action_failed";
  const auto error = error_of(adding({txt("u.example.org.", "one")}));
  EXPECT_EQ(error.kind, Kind::conflict);
  EXPECT_NE(error.what.find("action_failed: Action failed"), std::string::npos) << error.what;
  hetzner.action_error = "invalid_input";
  EXPECT_EQ(error_of(adding({txt("u.example.org.", "one")})).kind, Kind::invalid);
}

TEST_F(HetznerTest, an_action_without_end_is_given_up) {
  hetzner.polls_of_an_action = 1'000'000;
  auto limited = options();
  limited.action_limit = milliseconds(20);
  use(limited);
  const auto error = error_of(adding({txt("u.example.org.", "one")}));
  EXPECT_EQ(error.kind, Kind::unreachable);
  EXPECT_NE(error.what.find("has not ended after 20 ms"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, a_locked_zone_is_a_conflict) {
  hetzner.polls_of_an_action = 1'000'000;
  auto limited = options();
  limited.action_limit = milliseconds(5);
  use(limited);
  error_of(adding({txt("u.example.org.", "one")}));
  const auto error = error_of(adding({txt("other.example.org.", "one")}));
  EXPECT_EQ(error.kind, Kind::conflict);
  EXPECT_NE(error.what.find("423 locked"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, values_that_the_service_refuses_are_invalid) {
  hetzner.sets = {{{"u", "TXT"}, {3600, {"\"ours\""}}}};
  const auto error = error_of(adding({txt("u.example.org.", "ours", 5)}));
  EXPECT_EQ(error.kind, Kind::invalid);
  EXPECT_NE(error.what.find("422 invalid_input: ttl is too low"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, a_value_that_is_refused_keeps_no_other_from_being_written_but_nothing_is_removed) {
  hetzner.sets = {{{"a", "TXT"}, {3600, {"\"ours\""}}}, {{"c", "TXT"}, {60, {"\"old\""}}}};
  Change change =
      adding({txt("a.example.org.", "ours", 5), txt("b.example.org.", "new"), txt("c.example.org.", "new")});
  change.remove = {txt("c.example.org.", "old")};
  EXPECT_EQ(error_of(change).kind, Kind::invalid);
  EXPECT_EQ(read({"b.example.org.", "c.example.org."}),
            (std::vector<std::string>{"b.example.org. 60 TXT \"new\"", "c.example.org. 60 TXT \"new\"",
                                      "c.example.org. 60 TXT \"old\""}));
}

TEST_F(HetznerTest, a_protected_set_keeps_only_its_own_records_from_being_written) {
  hetzner.sets = {{{"a", "TXT"}, {60, {"\"foreign\""}, true}}};
  const auto error = error_of(adding({txt("a.example.org.", "ours"), txt("b.example.org.", "ours")}));
  EXPECT_EQ(error.kind, Kind::invalid);
  EXPECT_NE(error.what.find("403 protected"), std::string::npos) << error.what;
  EXPECT_TRUE(hetzner.sets.contains({"b", "TXT"}));
}

TEST_F(HetznerTest, reading_is_tried_again) {
  hetzner.answers = {http_answer("502 Bad Gateway", "<html>"), ""};
  EXPECT_TRUE(provider->read_all());
  EXPECT_EQ(hetzner.calls().size(), 4U) << "the zone three times, and its only page";
  EXPECT_EQ(error_after(http_answer("500 Oops", ""), 3).kind, Kind::unreachable);
  EXPECT_EQ(hetzner.calls().size(), 7U);
}

TEST_F(HetznerTest, a_write_is_not_tried_again_and_if_it_was_done_nothing_is_left_to_do) {
  ASSERT_TRUE(provider->read_all());
  const std::string empty = http_answer("200 OK", R"({"rrsets":[],"meta":{"pagination":{"next_page":null}}})");
  hetzner.answers = {empty, http_answer("504 Gateway Timeout", R"({"error":{"code":"timeout","message":"m"}})")};
  EXPECT_EQ(error_of(adding({txt("u.example.org.", "ours")})).kind, Kind::unreachable);
  EXPECT_EQ(hetzner.writes().size(), 1U);
  hetzner.sets[{"u", "TXT"}] = {60, {"\"ours\""}};
  EXPECT_TRUE(provider->apply(adding({txt("u.example.org.", "ours")})));
  EXPECT_EQ(hetzner.writes().size(), 1U);
}

TEST_F(HetznerTest, of_several_changes_the_rest_is_not_tried_when_the_service_is_busy) {
  ASSERT_TRUE(provider->read_all());
  const auto before = hetzner.calls().size();
  const std::vector<Change> changes = {adding({txt("a.example.org.", "one")}), adding({txt("b.example.org.", "one")}),
                                       adding({txt("c.example.org.", "one")})};
  hetzner.answers = {http_answer("429 Too Many Requests", "", "Retry-After: 5\r\n")};
  const auto outcomes = provider->apply_each(changes);
  ASSERT_EQ(outcomes.size(), 3U);
  for (const auto& outcome : outcomes) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::busy);
    EXPECT_EQ(outcome.error().retry_after, seconds(5));
  }
  EXPECT_EQ(hetzner.calls().size(), before + 1);
}

TEST_F(HetznerTest, of_several_changes_one_that_is_refused_does_not_concern_the_others) {
  hetzner.sets = {{{"b", "TXT"}, {3600, {"\"one\""}}}};
  const std::vector<Change> changes = {adding({txt("a.example.org.", "one")}),
                                       adding({txt("b.example.org.", "one", 5)}),
                                       adding({txt("c.example.org.", "one")})};
  const auto outcomes = provider->apply_each(changes);
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_TRUE(outcomes[0]);
  ASSERT_FALSE(outcomes[1]);
  EXPECT_EQ(outcomes[1].error().kind, Kind::invalid);
  EXPECT_TRUE(outcomes[2]);
}

TEST_F(HetznerTest, rate_limits_say_when_to_come_again) {
  const std::string body = R"({"error":{"code":"rate_limit_exceeded","message":"limit of 3600 requests per hour"}})";
  const auto after = [&](const std::string& fields) {
    const auto error = error_after(http_answer("429 Too Many Requests", body, fields));
    EXPECT_EQ(error.kind, Kind::busy);
    return error.retry_after;
  };
  const auto unix_now = [](seconds ahead) {
    const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now().time_since_epoch());
    return std::to_string((now + ahead).count());
  };
  EXPECT_EQ(after("Retry-After: 17\r\n"), seconds(17));
  EXPECT_EQ(after("RateLimit-Reset: " + unix_now(seconds(3600)) + "\r\n"), longest_rate_wait);
  EXPECT_EQ(after("RateLimit-Reset: " + unix_now(seconds(-5)) + "\r\n"), seconds(1));
  EXPECT_EQ(after("RateLimit-Reset: soon\r\n"), longest_rate_wait);
  EXPECT_EQ(after(""), longest_rate_wait);
  EXPECT_EQ(hetzner.calls().size(), 5U) << "not tried again by itself";
}

TEST_F(HetznerTest, each_status_has_its_kind) {
  const auto kind = [&](const std::string& status, const std::string& code) {
    const std::string body = R"({"error":{"code":")" + code + R"(","message":"m"}})";
    return error_after(http_answer(status, body), 3).kind;
  };
  EXPECT_EQ(kind("401 X", "unauthorized"), Kind::refused);
  EXPECT_EQ(kind("403 X", "forbidden"), Kind::refused);
  EXPECT_EQ(kind("403 X", "token_readonly"), Kind::refused);
  EXPECT_EQ(kind("404 X", "not_found"), Kind::refused);
  EXPECT_EQ(kind("409 X", "conflict"), Kind::conflict);
  EXPECT_EQ(kind("423 X", "locked"), Kind::conflict);
  EXPECT_EQ(kind("422 X", "invalid_input"), Kind::invalid);
  EXPECT_EQ(kind("400 X", "json_error"), Kind::invalid);
  EXPECT_EQ(kind("410 X", "deprecated_api_endpoint"), Kind::invalid);
  EXPECT_EQ(kind("429 X", "rate_limit_exceeded"), Kind::busy);
  EXPECT_EQ(kind("500 X", "server_error"), Kind::unreachable);
  EXPECT_EQ(kind("502 X", "bad_gateway"), Kind::unreachable);
  EXPECT_EQ(kind("503 X", "maintenance"), Kind::unreachable);
  EXPECT_EQ(kind("302 X", "moved"), Kind::unreachable);
}

TEST_F(HetznerTest, answers_that_are_not_understood_are_the_services_trouble) {
  for (const std::string body :
       {"", "<html>", "null", "[]", "{}", R"({"zone":7})", R"({"zone":{"ttl":-1,"mode":"primary"}})",
        R"({"zone":{"ttl":300}})", R"({"zone":{"ttl":99999999999,"mode":"primary"}})"}) {
    const auto error = error_after(http_answer("200 OK", body));
    EXPECT_EQ(error.kind, Kind::unreachable) << body;
    EXPECT_NE(error.what.find("is not understood"), std::string::npos) << error.what;
  }
}

TEST_F(HetznerTest, a_body_beyond_all_measure_is_the_services_trouble) {
  const std::string huge = http_answer("200 OK", std::string(largest_answer + 1, ' '));
  const auto error = error_after(huge, 3);
  EXPECT_EQ(error.kind, Kind::unreachable);
  EXPECT_NE(error.what.find("a body of over"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, pages_that_go_in_circles_end) {
  ASSERT_TRUE(provider->read_all());
  for (const std::string next : {"1", "20001", "\"2\"", "-1", "1.5"}) {
    hetzner.answers = {http_answer("200 OK", R"({"zone":{"ttl":300,"mode":"primary"}})"),
                       http_answer("200 OK", R"({"rrsets":[],"meta":{"pagination":{"next_page":)" + next + "}}}")};
    const auto records = provider->read_all();
    ASSERT_FALSE(records) << next;
    EXPECT_EQ(records.error().kind, Kind::unreachable) << next;
  }
}

TEST_F(HetznerTest, a_secondary_zone_is_refused) {
  hetzner.mode = "secondary";
  const auto error = error_of(adding({txt("u.example.org.", "one")}));
  EXPECT_EQ(error.kind, Kind::refused);
  EXPECT_NE(error.what.find("secondary"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, a_wrong_token_is_refused_by_name_of_its_file_and_never_shown) {
  test::write_file(token_file, "wrong-token");
  const auto error = error_of(adding({txt("u.example.org.", "one")}));
  EXPECT_EQ(error.kind, Kind::refused);
  EXPECT_NE(error.what.find(token_file.string()), std::string::npos) << error.what;
  EXPECT_EQ(error.what.find("wrong-token"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, a_token_that_was_replaced_is_taken_without_a_restart) {
  test::write_file(token_file, "wrong-token");
  EXPECT_EQ(error_of(adding({txt("u.example.org.", "one")})).kind, Kind::refused);
  test::write_file(token_file, "secret-token");
  EXPECT_TRUE(provider->apply(adding({txt("u.example.org.", "one")})));
}

TEST_F(HetznerTest, a_token_file_may_be_a_link_to_one_that_nobody_else_reads) {
  auto linked = options();
  linked.token_file = scratch / "link";
  std::filesystem::create_symlink(token_file, linked.token_file);
  use(linked);
  EXPECT_TRUE(provider->read_all());
  std::filesystem::permissions(token_file, std::filesystem::perms(0644));
  EXPECT_FALSE(provider->read_all());
}

TEST_F(HetznerTest, token_files_that_are_not_fit_are_refused) {
  for (const std::string content : {"", "\n", "two words", "two\nlines", "caf\xc3\xa9", "a\r\nX: y"}) {
    test::write_file(token_file, content);
    EXPECT_EQ(error_after(std::nullopt).kind, Kind::refused) << content;
  }
  test::write_file(token_file, std::string(longest_token + 1, 'x'));
  EXPECT_EQ(error_after(std::nullopt).kind, Kind::refused);
  test::write_file(token_file, "secret-token");
  std::filesystem::permissions(token_file, std::filesystem::perms(0644));
  EXPECT_NE(error_after(std::nullopt).what.find("everybody"), std::string::npos);
  std::filesystem::remove(token_file);
  EXPECT_NE(error_after(std::nullopt).what.find("No such file"), std::string::npos);
  EXPECT_TRUE(hetzner.calls().empty());
}

TEST_F(HetznerTest, a_silent_service_is_unreachable) {
  auto impatient = options();
  impatient.request_timeout = milliseconds(20);
  use(impatient);
  EXPECT_EQ(error_after(std::nullopt, 3).kind, Kind::unreachable);
}

TEST_F(HetznerTest, the_token_goes_to_nobody_but_the_verified_service) {
  const auto key = tls::PrivateKey::generate_p256();
  const auto chain = tls::CertificateChain::self_signed(key, "localhost", std::chrono::days(2));
  ASSERT_TRUE(chain.save(scratch / "ca.pem"));
  test::FakeHetzner secure("example.org", "secret-token", test::HttpPeer::Tls{key, chain});
  auto strict = options();
  strict.allow_http = false;
  use(strict);
  EXPECT_EQ(error_after(std::nullopt).kind, Kind::unreachable) << "http";
  strict.endpoint = secure.endpoint();
  use(strict);
  EXPECT_EQ(error_after(std::nullopt).kind, Kind::unreachable) << "no authority that the system knows";
  EXPECT_TRUE(hetzner.calls().empty() && secure.calls().empty());
  strict.ca_file = scratch / "ca.pem";
  use(strict);
  const auto records = provider->read_all();
  EXPECT_TRUE(records) << records.error().what;
}

TEST_F(HetznerTest, stop_ends_a_wait_for_an_action) {
  hetzner.polls_of_an_action = 1'000'000;
  auto patient = options();
  patient.action_limit = std::chrono::hours(1);
  patient.action_interval = std::chrono::hours(1);
  std::promise<void> writing;
  hetzner.before_write = [&](test::FakeHetzner&) { writing.set_value(); };
  use(patient);
  auto call = std::async(std::launch::async, [&] { return error_of(adding({txt("u.example.org.", "one")})).kind; });
  writing.get_future().wait();
  provider->stop();
  EXPECT_EQ(call.get(), Kind::unreachable);
}

}  // namespace
}  // namespace sisu::relay::naming::hetzner
