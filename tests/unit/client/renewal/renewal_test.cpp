// The life cycle of a certificate.
#include "tests/unit/client/renewal/renewal_fixture.hpp"

namespace sisu::client {
namespace {

TEST_F(RenewalTest, the_first_start_issues_and_the_next_ones_do_not) {
  start();
  ASSERT_TRUE(run_until_issued(1));
  EXPECT_TRUE(chain->matches(key));
  EXPECT_FALSE(chain->is_self_signed());
  EXPECT_TRUE(zone.values.empty()) << "cleaned up";
  EXPECT_EQ(zone.account, acme::test::FakeCa::account_url);
  EXPECT_EQ(status(), "valid until " + format_instant(now + ca.lifetime));
  start();
  run_rounds();
  EXPECT_EQ(installed, 1U);
  EXPECT_FALSE(crashed);
}

TEST_F(RenewalTest, it_waits_until_the_records_are_live) {
  readiness = Renewal::Readiness::not_yet;
  start();
  run_rounds();
  EXPECT_TRUE(ca.paths.empty()) << "the CA is not asked before";
  EXPECT_EQ(status(), "self-signed, DANE ok; waiting for the device's records in DNS");
  readiness = Renewal::Readiness::ready;
  EXPECT_TRUE(run_until_issued(1));
}

TEST_F(RenewalTest, a_relay_without_records_is_said) {
  readiness = Renewal::Readiness::impossible;
  start();
  run_rounds();
  EXPECT_TRUE(ca.paths.empty());
  EXPECT_NE(status(Dane::none).find("this one does not"), std::string::npos) << status();
  readiness = Renewal::Readiness::ready;
  renewal->look_again();
  EXPECT_TRUE(run_until_issued(1));
}

TEST_F(RenewalTest, renews_at_two_thirds_with_the_same_key_and_the_same_account) {
  ca.knows_account = true;
  ca.renewal_info = R"({"no": "window"})";  // but `replaces` is known there
  start();
  ASSERT_TRUE(run_until_issued(1));
  const std::string first = chain->to_pem();
  const std::string key_digest = chain->spki_sha256();
  set_clock(now + days(60) - 1s);
  run_rounds();
  EXPECT_EQ(installed, 1U);
  set_clock(now + 1s);
  ASSERT_TRUE(run_until_issued(2));
  EXPECT_NE(chain->to_pem(), first);
  EXPECT_EQ(chain->spki_sha256(), key_digest) << "a TLSA record stays true";
  EXPECT_EQ(std::ranges::count(ca.paths, "/account"), 1);
  EXPECT_EQ(ca.orders.at(0).find("replaces"), std::string::npos);
  EXPECT_NE(ca.orders.at(1).find("replaces"), std::string::npos);
}

TEST_F(RenewalTest, chance_is_drawn_once_for_a_certificate_and_survives_a_restart) {
  chance = Spread::whole - 1;
  start();
  ASSERT_TRUE(run_until_issued(1));
  run_rounds();
  chance = 0;
  set_clock(now + days(61));
  start();
  run_rounds();
  EXPECT_EQ(installed, 1U) << "the chance of before counts";
  set_clock(now + days(3));
  EXPECT_TRUE(run_until_issued(2));
}

TEST_F(RenewalTest, a_key_that_changes_gets_a_certificate_of_its_own) {
  start();
  ASSERT_TRUE(run_until_issued(1));
  key = tls::PrivateKey::generate_p256();
  chain.reset();
  set_clock(now + 1min);
  renewal->look_again();
  ASSERT_TRUE(run_until_issued(2));
  EXPECT_TRUE(chain->matches(key));
}

TEST_F(RenewalTest, a_failure_is_told_stored_and_tried_again_later) {
  cut = true;
  chance = 1'000'000;
  start();
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_EQ(record().not_before, now + 1min);
  EXPECT_NE(status().find("no route to host"), std::string::npos) << status();
  EXPECT_NE(status().find("next attempt " + format_instant(now + 1min)), std::string::npos) << status();
  start();  // a restart is no way around the wait
  run_rounds();
  EXPECT_EQ(record().failures, 1U);
  set_clock(now + 1min);
  ASSERT_TRUE(run_until_failed(2));
  EXPECT_EQ(record().not_before, now + 2min);
  cut = false;
  set_clock(now + 2min);
  ASSERT_TRUE(run_until_issued(1));
  ASSERT_TRUE(run_until_failed(0));
  EXPECT_EQ(status(), "valid until " + format_instant(now + ca.lifetime));
}

TEST_F(RenewalTest, a_rate_limit_is_kept_to_the_second) {
  ca.fault = [](unsigned, const std::string& path) -> std::optional<acme::Response> {
    if (path != "/order") return std::nullopt;
    return acme::Response{
        429, R"({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many"})", {}, {}, 7200s};
  };
  start();
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_EQ(record().not_before, now + 7200s);
  EXPECT_EQ(status().find("self-signed, DANE ok; rate limited until " + format_instant(now + 7200s)), 0U) << status();
  ca.fault = nullptr;
  set_clock(now + 7199s);
  run_rounds();
  EXPECT_EQ(installed, 0U);
  set_clock(now + 1s);
  EXPECT_TRUE(run_until_issued(1));
}

TEST_F(RenewalTest, a_failed_challenge_is_cleaned_up) {
  ca.authorization_ends = "invalid";
  start();
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_EQ(zone.cleanups, 1U);
  EXPECT_TRUE(zone.values.empty());
  EXPECT_TRUE(load_open_challenges(real_file_system(), place.path()).empty());
}

TEST_F(RenewalTest, a_challenge_that_could_not_be_presented_for_certain_is_cleaned_up) {
  zone.cannot_present = acme::PublishError{"two minutes have passed", true};
  start();
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_TRUE(zone.values.empty());
  EXPECT_NE(status().find("two minutes have passed"), std::string::npos) << status();
}

TEST_F(RenewalTest, a_challenge_that_is_left_by_a_death_is_cleaned_up_at_the_next_start) {
  ca.pending_polls = 1'000'000;
  ca.poll_retry_after = 60s;
  start();
  ASSERT_TRUE(run_until([&] { return !zone.values.empty() && std::ranges::count(ca.paths, "/challenge/1") == 1; }));
  ASSERT_EQ(load_open_challenges(real_file_system(), place.path()).size(), 1U) << "stored before it was presented";
  readiness = Renewal::Readiness::not_yet;
  start();
  EXPECT_TRUE(run_until([&] { return zone.values.empty(); }));
  EXPECT_TRUE(run_until([&] { return load_open_challenges(real_file_system(), place.path()).empty(); }));
}

TEST_F(RenewalTest, a_death_before_or_behind_any_step_leaves_nothing_and_costs_at_most_a_wait) {
  unsigned deaths = 0;
  for (const Death::When when : {Death::When::before, Death::When::behind}) {
    for (unsigned nth = 1;; ++nth) {
      installed = 0;
      chain = tls::CertificateChain::self_signed(key, ca.host, days(3650));
      set_clock(now + 1min);
      death.comes(when, nth);
      start();
      ASSERT_TRUE(run_until([&] { return death.came() || installed > 0; })) << nth;
      const bool died = death.came();
      death.comes(Death::When::never, 0);
      set_clock(now + 1min);
      start();
      ASSERT_TRUE(run_until([&] { return installed > 0; })) << nth;
      EXPECT_TRUE(run_until([&] { return zone.values.empty(); })) << nth;
      EXPECT_TRUE(run_until([&] { return load_open_challenges(real_file_system(), place.path()).empty(); })) << nth;
      if (!died) break;
      ++deaths;
    }
  }
  EXPECT_GT(deaths, 20U);
  EXPECT_FALSE(crashed);
}

TEST_F(RenewalTest, a_clean_up_is_repeated_until_it_comes_through_and_does_not_cost_the_certificate) {
  zone.cannot_clean = acme::PublishError{"no session", true};
  start();
  ASSERT_TRUE(run_until_issued(1));
  EXPECT_EQ(zone.values.size(), 1U);
  const unsigned before = zone.cleanups;
  run_rounds();
  EXPECT_EQ(zone.cleanups, before) << "not in a loop";
  zone.cannot_clean.reset();
  set_clock(now + 30s);
  EXPECT_TRUE(run_until([&] { return zone.values.empty(); }));
}

TEST_F(RenewalTest, a_clean_up_that_is_refused_for_good_is_not_repeated) {
  zone.cannot_clean = acme::PublishError{"not your name", false};
  start();
  ASSERT_TRUE(run_until_issued(1));
  run_rounds();
  EXPECT_EQ(zone.cleanups, 1U);
}

TEST_F(RenewalTest, a_certificate_that_cannot_be_installed_is_a_failure_and_not_asked_for_in_a_loop) {
  cannot_install = "the disk is full";
  start();
  ASSERT_TRUE(run_until_failed(1));
  run_rounds();
  EXPECT_EQ(ca.orders.size(), 1U);
  EXPECT_NE(status().find("the disk is full"), std::string::npos);
}

TEST_F(RenewalTest, the_cas_window_is_asked_for_and_kept) {
  ca.renewal_info = R"({"suggestedWindow": {"start": "2020-01-02T04:00:00Z", "end": "2020-01-03T04:00:00Z"}})";
  ca.renewal_retry_after = 3h;
  start();
  ASSERT_TRUE(run_until_issued(1));
  ASSERT_TRUE(run_until([&] { return ca.renewal_questions == 1; }));
  set_clock(now + 10s);
  ASSERT_TRUE(run_until_issued(2)) << "a window in the past: now";
}

TEST_F(RenewalTest, the_ca_is_asked_for_its_window_as_often_as_it_wishes_within_reason) {
  ca.renewal_info = R"({"suggestedWindow": {"start": "2199-01-02T04:00:00Z", "end": "2199-01-03T04:00:00Z"}})";
  for (const auto& [wish, granted] :
       {std::pair<std::chrono::seconds, std::chrono::seconds>{3h, 3h}, {0s, 1min}, {days(30), 24h}}) {
    ca.renewal_retry_after = wish;
    chain = tls::CertificateChain::self_signed(key, ca.host, days(9));
    installed = ca.renewal_questions = 0;
    set_clock(now + 1min);
    start();
    ASSERT_TRUE(run_until_issued(1));
    ASSERT_TRUE(run_until([&] { return ca.renewal_questions == 1; }));
    set_clock(now + granted - 1s);
    run_rounds();
    EXPECT_EQ(ca.renewal_questions, 1U);
    set_clock(now + 1s);
    EXPECT_TRUE(run_until([&] { return ca.renewal_questions == 2; }));
  }
}

TEST_F(RenewalTest, another_ca_is_asked_at_once_and_not_told_of_the_certificate_of_the_first) {
  ca.renewal_info = "{}";
  start();
  ASSERT_TRUE(run_until_issued(1));
  ASSERT_TRUE(run_until([&] { return ca.renewal_questions == 1 && !record().certificate.empty(); }));
  directory = "https://ca.test/dir?profile=other";
  cut = true;
  start();
  run_rounds();
  start();  // not forgotten by a failure and a restart
  cut = false;
  set_clock(now + 1min);
  ASSERT_TRUE(run_until_issued(2));
  EXPECT_EQ(ca.orders.at(1).find("replaces"), std::string::npos);
  set_clock(now + 1min);
  run_rounds();
  EXPECT_EQ(installed, 2U);
}

TEST_F(RenewalTest, an_expired_certificate_says_so_while_it_is_renewed) {
  start();
  ASSERT_TRUE(run_until_issued(1));
  const std::string until = format_instant(now + ca.lifetime);
  cut = true;
  set_clock(now + days(91));
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_EQ(status().find("expired " + until + "; GET ca.test"), 0U) << status();
}

TEST_F(RenewalTest, what_nobody_expected_is_a_failure_like_others) {
  zone.throws = true;
  start();
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_NE(status().find("a mistake of the program's"), std::string::npos) << status();
  EXPECT_FALSE(crashed);
  zone.throws = false;
  set_clock(now + 1min);
  EXPECT_TRUE(run_until_issued(1));
}

TEST_F(RenewalTest, what_nobody_expected_is_not_repeated_in_a_loop) {
  ASSERT_TRUE(note_open_challenge(real_file_system(), place.path(), {ca.host, std::string(43, 'v')}));
  zone.throws = true;
  start();
  ASSERT_TRUE(run_until([&] { return record().failures > 0; }));
  run_rounds();
  EXPECT_EQ(zone.cleanups, 1U);
  EXPECT_EQ(record().failures, 1U);
  EXPECT_FALSE(crashed);
}

TEST_F(RenewalTest, while_the_ca_works_on_it_that_is_said) {
  ca.poll_retry_after = 60s;
  ca.pending_polls = 1;
  start();
  ASSERT_TRUE(run_until([&] { return std::ranges::count(ca.paths, "/challenge/1") == 1; }));
  EXPECT_EQ(status(), "self-signed, DANE ok; waiting for the CA");
  end();
  EXPECT_EQ(record().failures, 0U) << "to be stopped is no failure";
}

TEST_F(RenewalTest, an_account_key_that_cannot_be_read_is_said) {
  test::write_file(place / "acme-account-key.pem", "garbage");
  start();
  ASSERT_TRUE(run_until_failed(1));
  EXPECT_NE(status().find("acme-account-key.pem"), std::string::npos) << status();
}

}  // namespace
}  // namespace sisu::client
