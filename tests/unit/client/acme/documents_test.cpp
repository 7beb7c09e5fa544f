#include "client/acme/documents/directory.hpp"
#include "client/acme/documents/json_object.hpp"
#include "client/acme/documents/limits.hpp"
#include "client/acme/documents/order.hpp"
#include "client/acme/documents/renewal_info.hpp"
#include "client/acme/documents/times.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sisu::acme {
namespace {

using namespace std::chrono;

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(JsonObject, only_an_object_counts) {
  for (const char* text : {"", "[]", "1", "\"x\"", "{", "{}x", "{\"a\":}", "null"})
    EXPECT_FALSE(JsonObject::parse(text));
  EXPECT_TRUE(JsonObject::parse(" {\"a\": 1} "));
}

TEST(JsonObject, members_of_another_type_are_missing) {
  const auto object = JsonObject::parse(R"({"t": "x", "n": 7, "f": true, "o": {"t": "y"}, "l": ["a", 1, {"t": "z"}]})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->text("t"), "x");
  EXPECT_EQ(object->flag("f"), true);
  EXPECT_EQ(object->object("o")->text("t"), "y");
  EXPECT_EQ(object->texts("l"), std::vector<std::string>{"a"});
  ASSERT_EQ(object->objects("l").size(), 1U);
  EXPECT_EQ(object->objects("l")[0].text("t"), "z");
  EXPECT_FALSE(object->text("n"));
  EXPECT_FALSE(object->text("none"));
  EXPECT_FALSE(object->flag("t"));
  EXPECT_FALSE(object->object("l"));
  EXPECT_TRUE(object->texts("t").empty());
  EXPECT_TRUE(object->objects("o").empty());
}

TEST(JsonObject, size_and_depth_are_bounded) {
  const auto of_size = [](std::size_t size) { return R"({"a":")" + std::string(size - 8, 'x') + R"("})"; };
  EXPECT_TRUE(JsonObject::parse(of_size(limits::document_octets)));
  EXPECT_FALSE(JsonObject::parse(of_size(limits::document_octets + 1)));
  const auto of_depth = [](std::size_t depth) {
    return R"({"a":)" + repeated("[", depth - 1) + repeated("]", depth - 1) + "}";
  };
  EXPECT_TRUE(JsonObject::parse(of_depth(limits::json_depth)));
  EXPECT_FALSE(JsonObject::parse(of_depth(limits::json_depth + 1)));
  EXPECT_FALSE(JsonObject::parse(R"({"a":)" + std::string(30'000, '[')));
}

TEST(JsonObject, urls_are_https_and_cannot_break_a_line) {
  for (const char* url : {"https://ca.example/x", "https://[::1]:14000/dir?a=b"}) EXPECT_TRUE(is_url(url)) << url;
  for (const char* url : {"", "https://", "http://ca.example/", "HTTPS://ca.example", "https://a b", "https://a\n",
                          "//a", "https://a\"b", "https://\xC3\xA4", "file:///etc/passwd"}) {
    EXPECT_FALSE(is_url(url)) << url;
  }
  EXPECT_TRUE(is_url("https://" + std::string(limits::url_octets - 8, 'a')));
  EXPECT_FALSE(is_url("https://" + std::string(limits::url_octets - 7, 'a')));
}

TEST(JsonObject, what_people_see_is_one_short_line) {
  EXPECT_EQ(for_people("a\r\nb\x1B[31m\xC3\xA4"), "a  b [31m  ");
  EXPECT_EQ(for_people(std::string(limits::shown_octets, 'a')), std::string(limits::shown_octets, 'a'));
  EXPECT_EQ(for_people(std::string(limits::shown_octets + 1, 'a')), std::string(limits::shown_octets, 'a') + "...");
}

TEST(Directory, the_example_of_rfc_8555) {
  const auto directory = parse_directory(R"({
     "newNonce": "https://example.com/acme/new-nonce", "newAccount": "https://example.com/acme/new-account",
     "newOrder": "https://example.com/acme/new-order", "newAuthz": "https://example.com/acme/new-authz",
     "revokeCert": "https://example.com/acme/revoke-cert", "keyChange": "https://example.com/acme/key-change",
     "renewalInfo": "https://example.com/acme/renewal-info",
     "meta": {"termsOfService": "https://example.com/acme/terms/2017-5-30", "website": "https://www.example.com/",
       "caaIdentities": ["example.com"], "externalAccountRequired": true}})");
  ASSERT_TRUE(directory) << directory.error().what;
  EXPECT_EQ(directory->new_nonce, "https://example.com/acme/new-nonce");
  EXPECT_EQ(directory->new_account, "https://example.com/acme/new-account");
  EXPECT_EQ(directory->new_order, "https://example.com/acme/new-order");
  EXPECT_EQ(directory->renewal_info, "https://example.com/acme/renewal-info");
  EXPECT_EQ(directory->terms_of_service, "https://example.com/acme/terms/2017-5-30");
  EXPECT_TRUE(directory->external_account_required);
}

TEST(Directory, what_may_be_missing_is_and_what_may_not_is_named) {
  const auto least = parse_directory(
      R"({"newNonce": "https://a/n", "newAccount": "https://a/a", "newOrder": "https://a/o", "renewalInfo": 5})");
  ASSERT_TRUE(least);
  EXPECT_FALSE(least->renewal_info);
  EXPECT_FALSE(least->external_account_required);
  struct Refused {
    const char *body, *word;
  };
  for (const auto& [body, word] :
       {Refused{"<html>", "JSON"}, Refused{"{}", "newNonce"},
        Refused{R"({"newNonce": "https://a/n", "newOrder": "https://a/o"})", "newAccount"},
        Refused{R"({"newNonce": "https://a/n", "newAccount": "https://a/a", "newOrder": "http://a/o"})", "newOrder"}}) {
    const auto refused = parse_directory(body);
    ASSERT_FALSE(refused) << body;
    EXPECT_NE(refused.error().what.find(word), std::string::npos) << refused.error().what;
  }
}

TEST(Order, each_status_is_known) {
  const auto with = [](const std::string& status) {
    return parse_order(R"({"status": ")" + status + R"(", "authorizations": ["https://a/1"], "finalize": "https://a/f",
                          "certificate": "https://a/c"})");
  };
  EXPECT_EQ(with("pending")->status, Order::Status::pending);
  EXPECT_EQ(with("ready")->status, Order::Status::ready);
  EXPECT_EQ(with("processing")->status, Order::Status::processing);
  EXPECT_EQ(with("valid")->status, Order::Status::valid);
  EXPECT_EQ(with("invalid")->status, Order::Status::invalid);
  EXPECT_EQ(with("valid")->certificate, "https://a/c");
  EXPECT_FALSE(with("VALID"));
  EXPECT_FALSE(with(""));
}

TEST(Order, its_error_is_a_problem) {
  const auto order = parse_order(R"({"status": "invalid", "authorizations": ["https://a/1"], "finalize": "https://a/f",
      "error": {"type": "urn:ietf:params:acme:error:caa", "detail": "CAA forbids"}})");
  ASSERT_TRUE(order && order->error);
  EXPECT_EQ(order->error->type, ProblemType::caa);
}

TEST(Order, what_cannot_be_used_is_refused) {
  for (const char* body :
       {"", "[]", R"({"status": "ready"})", R"({"status": "ready", "authorizations": [], "finalize": "https://a/f"})",
        R"({"status": "ready", "authorizations": ["ftp://a"], "finalize": "https://a/f"})",
        R"({"status": "ready", "authorizations": ["https://a/1"]})",
        R"({"status": "ready", "authorizations": ["https://a/1"], "finalize": "/f"})",
        R"({"status": "valid", "authorizations": ["https://a/1"], "finalize": "https://a/f"})"}) {
    EXPECT_FALSE(parse_order(body)) << body;
  }
}

TEST(Order, authorizations_are_bounded) {
  const auto with = [](std::size_t count) {
    std::string urls = R"("https://a/0")";
    for (std::size_t i = 1; i < count; ++i) urls += R"(,"https://a/0")";
    return parse_order(R"({"status": "ready", "finalize": "https://a/f", "authorizations": [)" + urls + "]}");
  };
  EXPECT_TRUE(with(limits::authorizations));
  EXPECT_FALSE(with(limits::authorizations + 1));
}

std::string authorization(const std::string& challenges, const std::string& status = "pending") {
  return R"({"status": ")" + status +
         R"(", "identifier": {"type": "dns", "value": "u.v6.example.org"}, "challenges": [)" + challenges + "]}";
}

const std::string good_token(limits::least_token_octets, 't');

std::string dns_challenge(const std::string& token) {
  return R"({"type": "dns-01", "url": "https://a/c", "token": ")" + token + R"("})";
}

TEST(Authorization, the_dns_challenge_is_found_among_others) {
  const auto found = parse_authorization(
      authorization(R"({"type": "http-01", "url": "https://a/h", "token": "x"},)" + dns_challenge(good_token)));
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->host, "u.v6.example.org");
  ASSERT_TRUE(found->dns);
  EXPECT_EQ(found->dns->url, "https://a/c");
  EXPECT_EQ(found->dns->token, good_token);
  EXPECT_FALSE(parse_authorization(authorization(R"({"type": "http-01"})"))->dns);
}

TEST(Authorization, each_status_is_known) {
  using Status = Authorization::Status;
  const auto status = [](const char* word) { return parse_authorization(authorization("", word))->status; };
  EXPECT_EQ(status("pending"), Status::pending);
  EXPECT_EQ(status("valid"), Status::valid);
  EXPECT_EQ(status("invalid"), Status::invalid);
  EXPECT_EQ(status("deactivated"), Status::deactivated);
  EXPECT_EQ(status("expired"), Status::expired);
  EXPECT_EQ(status("revoked"), Status::revoked);
  EXPECT_FALSE(parse_authorization(authorization("", "processing")));
}

TEST(Authorization, tokens_have_the_form_of_rfc_8555_8_1) {
  EXPECT_TRUE(parse_authorization(authorization(dns_challenge(std::string(limits::token_octets, 't')))));
  for (const std::string& token :
       {std::string(limits::token_octets + 1, 't'), std::string(limits::least_token_octets - 1, 't'), std::string(),
        good_token + ".", good_token + "=", good_token + "\\n"}) {
    EXPECT_FALSE(parse_authorization(authorization(dns_challenge(token)))) << token;
  }
}

TEST(Authorization, what_cannot_be_used_is_refused) {
  for (const std::string& body : {std::string("{}"), std::string("x"), std::string(R"({"status": "pending"})"),
                                  std::string(R"({"status": "pending", "identifier": {"type": "ip", "value": "::1"}})"),
                                  std::string(R"({"status": "pending", "identifier": {"type": "dns"}})"),
                                  authorization(R"({"type": "dns-01", "token": ")" + good_token + R"("})"),
                                  authorization(R"({"type": "dns-01", "url": "https://a/c"})")}) {
    EXPECT_FALSE(parse_authorization(body)) << body;
  }
}

TEST(Authorization, challenges_are_bounded) {
  const auto with = [](std::size_t count) {
    std::string all = "{}";
    for (std::size_t i = 1; i < count; ++i) all += ",{}";
    return parse_authorization(authorization(all));
  };
  EXPECT_TRUE(with(limits::challenges));
  EXPECT_FALSE(with(limits::challenges + 1));
}

TEST(RenewalInfo, the_example_of_rfc_9773) {
  const auto window = parse_renewal_info(R"({"suggestedWindow": {"start": "2025-01-02T04:00:00Z",
      "end": "2025-01-03T04:00:00Z"}, "explanationURL": "https://acme.example.com/docs/ari"})");
  ASSERT_TRUE(window) << window.error().what;
  EXPECT_EQ(window->start, sys_days(2025y / 1 / 2) + 4h);
  EXPECT_EQ(window->end, sys_days(2025y / 1 / 3) + 4h);
}

TEST(RenewalInfo, a_window_that_does_not_end_after_its_start_is_refused) {
  for (const char* body : {"{}", R"({"suggestedWindow": {"start": "2025-01-02T04:00:00Z"}})",
                           R"({"suggestedWindow": {"start": "2025-01-02T04:00:00Z", "end": "2025-01-02T04:00:00Z"}})",
                           R"({"suggestedWindow": {"start": "2025-01-02T04:00:00Z", "end": "2025-01-01T04:00:00Z"}})",
                           R"({"suggestedWindow": {"start": "soon", "end": "later"}})"}) {
    EXPECT_FALSE(parse_renewal_info(body)) << body;
  }
}

TEST(Rfc3339, times_in_their_forms) {
  const auto four = sys_days(2025y / 1 / 2) + 4h;
  for (const char* text : {"2025-01-02T04:00:00Z", "2025-01-02t04:00:00z", "2025-01-02T04:00:00.123456789Z",
                           "2025-01-02T05:30:00+01:30", "2025-01-01T23:00:00-05:00", "2025-01-02T03:59:60Z"}) {
    ASSERT_TRUE(parse_rfc3339(text)) << text;
    EXPECT_EQ(*parse_rfc3339(text), four) << text;
  }
}

TEST(Rfc3339, everything_else_is_refused) {
  for (const char* text :
       {"", "2025-01-02", "2025-01-02T04:00:00", "2025-02-30T04:00:00Z", "2025-13-01T04:00:00Z", "2025-01-02T24:00:00Z",
        "2025-01-02T04:60:00Z", "2025-01-02T04:00:61Z", "2025-01-02T04:00:00.Z", "2025-01-02 04:00:00Z",
        "2025-01-02T04:00:00Zx", "2025-01-02T04:00:00+24:00", "2025-01-02T04:00:00+0100", "1969-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-025-01-02T04:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::acme
