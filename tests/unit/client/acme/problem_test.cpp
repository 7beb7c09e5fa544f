#include "client/acme/documents/problem.hpp"

#include "client/acme/documents/limits.hpp"

#include <gtest/gtest.h>

namespace sisu::acme {
namespace {

std::string with_type(const std::string& type) {
  return R"({"type": "urn:ietf:params:acme:error:)" + type + R"(", "detail": "because."})";
}

TEST(Problem, every_type_of_rfc_8555_and_9773_is_known_and_has_advice) {
  for (const char* type : {"accountDoesNotExist",
                           "alreadyReplaced",
                           "alreadyRevoked",
                           "badCSR",
                           "badNonce",
                           "badPublicKey",
                           "badRevocationReason",
                           "badSignatureAlgorithm",
                           "caa",
                           "compound",
                           "connection",
                           "dns",
                           "externalAccountRequired",
                           "incorrectResponse",
                           "invalidContact",
                           "malformed",
                           "orderNotReady",
                           "rateLimited",
                           "rejectedIdentifier",
                           "serverInternal",
                           "tls",
                           "unauthorized",
                           "unsupportedContact",
                           "unsupportedIdentifier",
                           "userActionRequired"}) {
    const Problem problem = parse_problem(400, with_type(type));
    EXPECT_NE(problem.type, ProblemType::other) << type;
    EXPECT_FALSE(advice(problem.type).empty()) << type;
    EXPECT_EQ(describe(problem), "because: " + std::string(advice(problem.type)));
  }
}

TEST(Problem, what_a_person_can_do_is_named) {
  const auto says = [](const char* type, const char* word) {
    return describe(parse_problem(403, with_type(type))).find(word) != std::string::npos;
  };
  EXPECT_TRUE(says("externalAccountRequired", "--acme-eab-kid"));
  EXPECT_TRUE(says("invalidContact", "--acme-contact"));
  EXPECT_TRUE(says("caa", "CAA"));
  EXPECT_TRUE(says("rejectedIdentifier", "--acme-directory"));
  EXPECT_TRUE(says("unauthorized", "acme-account.json"));
}

TEST(Problem, the_example_of_rfc_8555_with_subproblems) {
  const Problem problem = parse_problem(403, R"({"type": "urn:ietf:params:acme:error:malformed",
     "detail": "Some of the identifiers requested were rejected",
     "subproblems": [
       {"type": "urn:ietf:params:acme:error:malformed", "detail": "Invalid underscore in DNS name \"_example.org\"",
        "identifier": {"type": "dns", "value": "_example.org"}},
       {"type": "urn:ietf:params:acme:error:rejectedIdentifier",
        "detail": "This CA will not issue for \"example.net\"", "identifier": {"type": "dns", "value": "example.net"}}]})");
  EXPECT_EQ(problem.type, ProblemType::malformed);
  ASSERT_EQ(problem.further.size(), 2U);
  EXPECT_NE(describe(problem).find("example.net"), std::string::npos);
}

TEST(Problem, a_body_that_is_no_document_leaves_the_status) {
  for (const char* body : {"", "<html>Bad Gateway</html>", "{", "[]", "{\"type\": 7}"}) {
    EXPECT_EQ(parse_problem(404, body).type, ProblemType::other) << body;
    EXPECT_EQ(parse_problem(502, body).type, ProblemType::server_internal) << body;
    EXPECT_EQ(parse_problem(429, body).type, ProblemType::rate_limited) << body;
    EXPECT_NE(describe(parse_problem(404, body)).find("404"), std::string::npos) << body;
  }
  EXPECT_EQ(parse_problem(400, R"({"type": "about:blank", "title": "No"})").detail, "No");
  EXPECT_EQ(parse_problem(400, R"({"type": "urn:ietf:params:acme:error:new"})").type, ProblemType::other);
}

TEST(Problem, the_servers_words_cannot_break_a_line_and_are_bounded) {
  const Problem problem = parse_problem(
      400, R"({"detail": "a\nb\u001b[31m", "subproblems": [)" + [] {
        std::string all = R"({"detail": "x"})";
        for (std::size_t i = 0; i < limits::subproblems; ++i) all += R"(,{"detail": "x"})";
        return all;
      }() + "]}");
  EXPECT_EQ(problem.detail, "a b [31m");
  EXPECT_EQ(problem.further.size(), limits::subproblems);
  const Problem loud = parse_problem(400, R"({"detail": ")" + std::string(10'000, 'x') + R"("})");
  EXPECT_LE(loud.detail.size(), limits::shown_octets + 3);
}

}  // namespace
}  // namespace sisu::acme
