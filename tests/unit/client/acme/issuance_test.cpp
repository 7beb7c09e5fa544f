#include "client/acme/issuance.hpp"

#include "client/acme/documents/limits.hpp"
#include "tests/unit/client/acme/fake_ca.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sisu::acme {
namespace {

using namespace std::chrono_literals;
using test::FakeCa;

const AccountKey& account_key() {
  static const AccountKey key = AccountKey::generate();
  return key;
}
const tls::PrivateKey& device_key() {
  static const tls::PrivateKey key = tls::PrivateKey::generate_p256();
  return key;
}

/// Carries out the steps of one issuance against a FakeCa, and notes them.
class Play {
 public:
  FakeCa ca{account_key()};
  IssuanceRequest request{FakeCa::url, ca.host};
  std::vector<std::string> steps;  ///< but Send and Wait
  std::chrono::milliseconds waited{0};
  unsigned sends = 0;
  unsigned waits = 0;
  std::optional<std::string> cannot;        ///< the kind of step that fails
  std::optional<unsigned> unanswered_send;  ///< 1: the first
  step::Finished result;

  Play() { request.account_key_is_new = true; }

  const step::Finished& run() {
    Issuance issuance(request, account_key(), device_key());
    constexpr int far_too_many = 5000;
    for (int i = 0; i < far_too_many; ++i) {
      if (const auto* end = std::get_if<step::Finished>(&issuance.step())) {
        result = *end;
        return result;
      }
      std::visit([&](const auto& step) { carry_out(issuance, step); }, Step(issuance.step()));
    }
    ADD_FAILURE() << "it does not end";
    return result;
  }

  bool has(const std::string& step) const { return std::ranges::find(steps, step) != steps.end(); }
  bool says(const std::string& word) const { return result.failure.what.find(word) != std::string::npos; }

 private:
  void carry_out(Issuance& issuance, const step::Send& send) {
    if (++sends == unanswered_send) return issuance.unanswered("GET ca.test: connection refused");
    issuance.answered(ca.answer(send.request), std::chrono::system_clock::now());
  }
  void carry_out(Issuance& issuance, const step::Wait& wait) {
    waited += wait.duration;
    ++waits;
    issuance.done();
  }
  void carry_out(Issuance& issuance, const step::StoreAccount& step) { note(issuance, "store " + step.url); }
  void carry_out(Issuance& issuance, const step::BindAccount& step) { note(issuance, "bind " + step.url); }
  void carry_out(Issuance& issuance, const step::Present& step) {
    value_ = step.value;
    EXPECT_EQ(step.host, ca.host);
    EXPECT_EQ(step.value.size(), 43U);
    note(issuance, "present");
  }
  void carry_out(Issuance& issuance, const step::CleanUp& step) {
    EXPECT_EQ(step.value, value_);
    EXPECT_EQ(step.host, ca.host);
    note(issuance, "clean up");
  }
  void carry_out(Issuance&, const step::Finished&) {}
  void note(Issuance& issuance, const std::string& what) {
    steps.push_back(what);
    if (cannot && what.starts_with(*cannot)) return issuance.could_not({"the relay is away", true});
    issuance.done();
  }

  std::string value_;
};

const std::vector<std::string> all_steps{"store https://ca.test/acct/1", "bind https://ca.test/acct/1", "present",
                                         "clean up"};

TEST(Issuance, a_new_device_gets_account_and_certificate) {
  Play play;
  play.run();
  ASSERT_TRUE(play.result.chain) << play.result.failure.what;
  EXPECT_TRUE(play.result.chain->matches(device_key()));
  EXPECT_EQ(play.steps, all_steps);
  EXPECT_EQ(play.ca.account_payload, R"({"termsOfServiceAgreed":true})");
  EXPECT_EQ(play.ca.orders,
            std::vector<std::string>{R"({"identifiers":[{"type":"dns","value":"niklas.v6.example.org"}]})"});
  EXPECT_EQ(play.ca.paths, (std::vector<std::string>{"/account", "/order", "/authz/1", "/challenge/1", "/authz/1",
                                                     "/order/1", "/finalize/1", "/certificate/1"}));
}

TEST(Issuance, contacts_are_given_to_a_new_account) {
  Play play;
  play.request.contacts = {"mailto:niklas@example.org"};
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.ca.account_payload, R"({"contact":["mailto:niklas@example.org"],"termsOfServiceAgreed":true})");
}

TEST(Issuance, a_known_account_is_used_without_asking_for_it) {
  Play play;
  play.ca.knows_account = true;
  play.request.account_url = FakeCa::account_url;
  EXPECT_TRUE(play.run().chain);
  EXPECT_FALSE(play.ca.account_payload);
  EXPECT_TRUE(play.has("bind https://ca.test/acct/1")) << "CAA may have been lost";
  EXPECT_FALSE(play.has("store https://ca.test/acct/1"));
}

TEST(Issuance, a_lost_account_url_is_found_again_by_the_key) {
  Play play;
  play.ca.knows_account = true;
  play.ca.external_required = true;  // which the search does not need
  play.request.account_key_is_new = false;
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.ca.account_payload, R"({"onlyReturnExisting":true})");
  EXPECT_EQ(play.steps, all_steps);
}

TEST(Issuance, a_key_without_account_gets_one) {
  Play play;
  play.request.account_key_is_new = false;
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.ca.account_payload, R"({"termsOfServiceAgreed":true})");
}

TEST(Issuance, an_account_that_the_ca_has_forgotten_is_made_again_once) {
  Play play;
  play.ca.forgets_accounts = true;
  play.request.account_url = FakeCa::account_url;
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.ca.orders.size(), 2U);
  EXPECT_TRUE(play.has("store https://ca.test/acct/1"));

  Play always;
  always.ca.fault = [](unsigned, const std::string& path) -> std::optional<Response> {
    if (path != "/order") return std::nullopt;
    return Response{400, R"({"type": "urn:ietf:params:acme:error:accountDoesNotExist"})"};
  };
  EXPECT_FALSE(always.run().chain);
}

TEST(Issuance, external_accounts_are_bound) {
  Play play;
  play.ca.external_required = true;
  play.request.external = ExternalAccount{"kid-1", "secret"};
  EXPECT_TRUE(play.run().chain);
  EXPECT_NE(play.ca.account_payload->find("externalAccountBinding"), std::string::npos);
}

TEST(Issuance, a_ca_that_wants_an_external_account_is_not_asked_without) {
  Play play;
  play.ca.external_required = true;
  EXPECT_FALSE(play.run().chain);
  EXPECT_TRUE(play.says("--acme-eab-kid")) << play.result.failure.what;
  EXPECT_TRUE(play.ca.paths.empty());
}

TEST(Issuance, a_valid_authorization_is_reused_without_a_challenge) {
  Play play;
  play.ca.reuses_authorizations = true;
  EXPECT_TRUE(play.run().chain);
  EXPECT_FALSE(play.has("present"));
}

TEST(Issuance, a_renewal_says_what_it_replaces_and_goes_on_without) {
  Play play;
  play.ca.renewal_info = "{}";
  play.request.replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
  EXPECT_TRUE(play.run().chain);
  EXPECT_NE(play.ca.orders.at(0).find(R"("replaces":"aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")"), std::string::npos);

  Play again;
  again.ca.renewal_info = "{}";
  again.request.replaces = "x.y";
  again.ca.dislikes_replaces = true;
  EXPECT_TRUE(again.run().chain);
  ASSERT_EQ(again.ca.orders.size(), 2U);
  EXPECT_EQ(again.ca.orders[1].find("replaces"), std::string::npos);

  Play unknown;
  unknown.request.replaces = "x.y";
  EXPECT_TRUE(unknown.run().chain);
  EXPECT_EQ(unknown.ca.orders.at(0).find("replaces"), std::string::npos) << "a server without renewal information";
}

// --- nonces

TEST(Issuance, refused_nonces_are_answered_with_fresh_ones) {
  Play play;
  play.ca.nonces_to_refuse = SignedExchange::most_attempts - 1;
  EXPECT_TRUE(play.run().chain);
}

TEST(Issuance, a_ca_that_refuses_all_its_nonces_is_given_up) {
  Play play;
  play.ca.nonces_to_refuse = 1'000'000;
  EXPECT_FALSE(play.run().chain);
  EXPECT_EQ(1'000'000U - play.ca.nonces_to_refuse, SignedExchange::most_attempts);
  EXPECT_TRUE(play.says("nonce")) << play.result.failure.what;
}

TEST(Issuance, a_nonce_that_is_none_is_not_used) {
  for (const std::string& nonce :
       {std::string("a\r\nb"), std::string("="), std::string(), std::string(limits::nonce_octets + 1, 'n')}) {
    Issuance issuance({FakeCa::url, "a.test", {}, true}, account_key(), device_key());
    issuance.answered({200, R"({"newNonce": "https://a/n", "newAccount": "https://a/a", "newOrder": "https://a/o"})"},
                      {});
    issuance.answered({200, "", nonce}, {});
    ASSERT_TRUE(std::holds_alternative<step::Finished>(issuance.step()));
    EXPECT_NE(std::get<step::Finished>(issuance.step()).failure.what.find("no nonce"), std::string::npos);
  }
}

// --- polls and waits

TEST(Issuance, it_polls_until_the_ca_has_decided_with_waits_that_double) {
  Play play;
  play.ca.pending_polls = 3;
  play.ca.processing_polls = 2;
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.waits, 4U + 2U);
  EXPECT_EQ(play.waited, 500ms + 1s + 2s + 4s + 500ms + 1s);
}

TEST(Issuance, waits_end_at_the_longest) {
  Play play;
  play.ca.pending_polls = 40;
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.waited, 500ms + 1s + 2s + 4s + 8s + 36 * play.request.limits.longest_poll);
}

TEST(Issuance, retry_after_is_honoured_while_it_polls) {
  Play play;
  play.ca.pending_polls = 1;
  play.ca.processing_polls = 1;
  play.ca.poll_retry_after = 7s;
  EXPECT_TRUE(play.run().chain);
  EXPECT_EQ(play.waited, 21s);
}

TEST(Issuance, a_ca_that_wants_more_time_than_we_wait_gets_it_later) {
  Play play;
  play.ca.poll_retry_after = 3600s;
  EXPECT_FALSE(play.run().chain);
  EXPECT_EQ(play.result.failure.retry_after, 3600s);
  EXPECT_EQ(play.waits, 0U);
  EXPECT_TRUE(play.has("clean up"));
}

TEST(Issuance, polls_are_bounded) {
  Play play;
  play.ca.pending_polls = 1'000'000;
  EXPECT_FALSE(play.run().chain);
  EXPECT_EQ(play.waits, play.request.limits.polls);
  EXPECT_TRUE(play.has("clean up"));
}

TEST(Issuance, requests_are_bounded) {
  Play play;
  play.ca.order_ends = "ready";  // after each finalize anew
  EXPECT_FALSE(play.run().chain);
  EXPECT_LE(play.ca.paths.size() - play.waits, play.request.limits.requests);
  EXPECT_TRUE(play.says("requests")) << play.result.failure.what;
}

TEST(Issuance, believed_waits_are_bounded) {
  Play play;
  play.ca.fault = [](unsigned, const std::string&) -> std::optional<Response> {
    return Response{429, "", {}, {}, std::chrono::hours(100'000)};
  };
  play.run();
  EXPECT_EQ(play.result.failure.retry_after, limits::retry_after);
}

// --- refusals

TEST(Issuance, a_rate_limit_says_until_when) {
  Play play;
  play.ca.fault = [](unsigned, const std::string& path) -> std::optional<Response> {
    if (path != "/order") return std::nullopt;
    return Response{
        429, R"({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many certificates"})", {}, {}, 7200s};
  };
  EXPECT_FALSE(play.run().chain);
  EXPECT_TRUE(play.result.failure.rate_limited);
  EXPECT_EQ(play.result.failure.retry_after, 7200s);
  EXPECT_TRUE(play.says("too many certificates")) << play.result.failure.what;
}

TEST(Issuance, a_failed_challenge_says_what_the_ca_saw_and_is_cleaned_up) {
  for (const char* status : {"invalid", "deactivated", "expired", "revoked"}) {
    Play play;
    play.ca.authorization_ends = status;
    EXPECT_FALSE(play.run().chain);
    EXPECT_EQ(play.steps.back(), "clean up") << status;
  }
  Play play;
  play.ca.authorization_ends = "invalid";
  play.run();
  EXPECT_TRUE(play.says("no TXT record")) << play.result.failure.what;
  EXPECT_TRUE(play.says("dns check")) << play.result.failure.what;
}

TEST(Issuance, an_invalid_order_says_why) {
  Play play;
  play.ca.order_ends = "invalid";
  EXPECT_FALSE(play.run().chain);
  EXPECT_TRUE(play.says("not this CA") && play.says("CAA")) << play.result.failure.what;
}

TEST(Issuance, only_the_own_name_is_ever_proved) {
  Play play;
  play.request.host = "anna.v6.example.org";
  EXPECT_FALSE(play.run().chain);
  EXPECT_FALSE(play.has("present"));
  EXPECT_TRUE(play.says("another name")) << play.result.failure.what;
}

TEST(Issuance, certificates_that_are_not_right_are_refused) {
  const auto other_key = tls::PrivateKey::generate_p256();
  const auto pem = [](const tls::PrivateKey& key, const char* host, int days) {
    return tls::CertificateChain::self_signed(key, host, std::chrono::days(days)).to_pem();
  };
  struct Refused {
    std::string pem, word;
  };
  const std::string good = pem(device_key(), "niklas.v6.example.org", 90);
  for (const Refused& refused : {Refused{"", "no certificate chain"}, Refused{"<html>", "no certificate chain"},
                                 Refused{pem(other_key, "niklas.v6.example.org", 90), "another key"},
                                 Refused{pem(device_key(), "anna.v6.example.org", 90), "does not name"},
                                 Refused{pem(device_key(), "niklas.v6.example.org", -1), "expired"},
                                 Refused{good + std::string(limits::chain_octets, '\n'), "octets"}}) {
    Play play;
    play.ca.certificate = [&] { return std::optional(refused.pem); };
    EXPECT_FALSE(play.run().chain);
    EXPECT_TRUE(play.says(refused.word)) << play.result.failure.what;
  }
}

TEST(Issuance, what_the_relay_cannot_do_ends_the_attempt_and_is_cleaned_up) {
  for (const char* step : {"store", "bind", "present"}) {
    Play play;
    play.cannot = step;
    EXPECT_FALSE(play.run().chain);
    EXPECT_TRUE(play.says("the relay is away")) << play.result.failure.what;
    EXPECT_EQ(play.has("clean up"), play.has("present")) << "it may be there in spite of the error";
  }
}

TEST(Issuance, a_clean_up_that_fails_does_not_cost_the_certificate) {
  Play play;
  play.cannot = "clean up";
  EXPECT_TRUE(play.run().chain);
}

TEST(Issuance, no_answer_to_any_request_ends_the_attempt_and_is_cleaned_up) {
  Play whole;
  whole.run();
  ASSERT_GE(whole.sends, 10U);
  for (unsigned nth = 1; nth <= whole.sends; ++nth) {
    Play play;
    play.unanswered_send = nth;
    EXPECT_FALSE(play.run().chain) << nth;
    EXPECT_TRUE(play.says("connection refused")) << play.result.failure.what;
    EXPECT_EQ(play.has("clean up"), play.has("present")) << nth;
  }
}

TEST(Issuance, each_failure_at_each_request_ends_the_attempt_and_is_cleaned_up) {
  const std::string document = R"({"type": "urn:ietf:params:acme:error:)";
  const std::vector<Response> failures{
      {500, ""},
      {503, "<html>", {}, {}, 60s},
      {400, document + "malformed\"}"},
      {403, document + "unauthorized\"}"},
      {404, "not here"},
      {301, "", {}, "https://elsewhere.test/"},
      {200, "garbage"},
      {200, ""},
      {200, "{}"},
      {200, R"({"status": "unheard of"})"},
      {200, std::string(limits::document_octets + 1, ' ')},
  };
  for (unsigned nth = 1; nth <= 8; ++nth) {
    for (const Response& failure : failures) {
      Play play;
      bool failed = false;
      std::string where;
      play.ca.fault = [&](unsigned now, const std::string& path) -> std::optional<Response> {
        if (now != nth || failed) return std::nullopt;
        failed = true;
        where = path;
        return failure;
      };
      play.run();
      ASSERT_TRUE(failed) << nth;
      EXPECT_FALSE(play.result.chain) << where << " " << failure.status << " " << failure.body.substr(0, 50);
      EXPECT_EQ(play.has("clean up"), play.has("present")) << where;
      EXPECT_FALSE(play.result.failure.what.empty());
      if (failure.retry_after) {
        EXPECT_EQ(play.result.failure.retry_after, failure.retry_after) << where;
      }
    }
  }
}

}  // namespace
}  // namespace sisu::acme
