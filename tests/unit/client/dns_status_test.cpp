#include "client/names/dns_status.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

const std::string a(64, 'a');
const std::string b(64, 'b');

std::string with_dns(const std::string& dns) { return R"({"name":"niklas","dns":)" + dns + "}"; }

TEST(DnsStatus, a_relay_that_does_not_speak_of_dns_keeps_no_records) {
  EXPECT_EQ(parse_dns_status(R"({"name":"niklas","presence":"present"})"), DnsStatus{});
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"off","signed":true})")), DnsStatus{});
  EXPECT_EQ(parse_dns_status(with_dns("{}")), DnsStatus{});
}

TEST(DnsStatus, everything_that_the_relay_says_is_read) {
  const auto status = parse_dns_status(
      with_dns(R"({"state":"live","signed":true,"problem":"","live_seconds":7,"tlsa":[{"sha256":")" + a +
               R"(","live_seconds":12},{"sha256":")" + b +
               R"("}],"tlsa_ttl":60,"ca":["letsencrypt.org"],"acme_account":"https://ca.test/1","new":[1]})"));
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->has_dns);
  EXPECT_TRUE(status->signed_zone);
  EXPECT_TRUE(status->live);
  EXPECT_EQ(status->tlsa, (std::map<keys::Digest, std::chrono::seconds>{{a, 12s}})) << "b is not live yet";
  EXPECT_EQ(status->tlsa_ttl, 60s);
  EXPECT_EQ(status->ca, std::vector<std::string>{"letsencrypt.org"});
  EXPECT_EQ(status->acme_account, "https://ca.test/1");
}

TEST(DnsStatus, a_value_with_a_time_of_null_or_below_zero_is_not_live) {
  for (const char* time : {"null", "-1"}) {
    const auto status = parse_dns_status(
        with_dns(R"({"state":"pending","tlsa":[{"sha256":")" + a + R"(","live_seconds":)" + time + "}]}"));
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->tlsa.empty());
    EXPECT_FALSE(status->live);
  }
}

TEST(DnsStatus, a_problem_is_cleaned_for_logs) {
  const auto status = parse_dns_status(with_dns(R"({"state":"pending","problem":"no\u001b[31m answer\n"})"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->problem, "no?[31m answer?");
}

TEST(DnsStatus, a_ttl_that_makes_no_sense_is_none_to_hurry_by) {
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"live","tlsa_ttl":0})"))->tlsa_ttl, 1s);
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"live","tlsa_ttl":-300})"))->tlsa_ttl, 1s);
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"live","tlsa_ttl":99999999999})"))->tlsa_ttl, 2147483647s);
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"live"})"))->tlsa_ttl, 300s);
}

TEST(DnsStatus, only_a_zone_that_is_known_to_be_unsigned_has_nothing_to_wait_for) {
  DnsStatus status;
  status.tlsa = {{a, 5s}};
  EXPECT_FALSE(status.visibility().has_tlsa) << "a relay that keeps no records";
  status.has_dns = true;
  EXPECT_TRUE(status.visibility().has_tlsa) << "pending: nobody knows of the zone";
  status.live = true;
  EXPECT_EQ(status.visibility(), keys::Visibility{});
  status.signed_zone = true;
  EXPECT_EQ(status.visibility(), (keys::Visibility{true, {{a, 5s}}, 300s}));
}

TEST(DnsStatus, what_is_no_answer_is_refused) {
  const auto error_of = [](const std::string& line) { return parse_dns_status(line).error(); };
  EXPECT_EQ(error_of(""), DnsStatusError::not_an_object);
  EXPECT_EQ(error_of("[]"), DnsStatusError::not_an_object);
  EXPECT_EQ(error_of("{\"dns\":{}"), DnsStatusError::not_an_object);
  EXPECT_EQ(error_of(std::string(4097, ' ')), DnsStatusError::too_long);
  EXPECT_EQ(error_of(with_dns("\"off\"")), DnsStatusError::member_of_wrong_type);
  EXPECT_EQ(error_of(with_dns(R"({"state":1})")), DnsStatusError::member_of_wrong_type);
  EXPECT_EQ(error_of(with_dns(R"({"state":"great"})")), DnsStatusError::unknown_state);
  for (const char* member :
       {R"("signed":"yes")", R"("problem":{})", R"("tlsa":{})", R"("tlsa":["a"])", R"("tlsa":[{"sha256":7}])",
        R"("tlsa_ttl":"300")", R"("tlsa_ttl":1.5)", R"("ca":"x")", R"("ca":[null])", R"("acme_account":[])"}) {
    EXPECT_EQ(error_of(with_dns(std::string(R"({"state":"live",)") + member + "}")),
              DnsStatusError::member_of_wrong_type)
        << member;
  }
  EXPECT_EQ(error_of(with_dns(R"({"state":"live","tlsa":[{"live_seconds":5}]})")), DnsStatusError::bad_digest);
  EXPECT_EQ(error_of(with_dns(R"({"state":"live","tlsa":[{"sha256":"AB"}]})")), DnsStatusError::bad_digest);
}

TEST(DnsStatus, more_than_sixteen_values_are_refused) {
  std::string list = "0";
  for (int i = 1; i < 17; ++i) list += ",0";
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"live","ca":[)" + list + "]}")).error(), DnsStatusError::too_many);
  EXPECT_EQ(parse_dns_status(with_dns(R"({"state":"live","tlsa":[)" + list + "]}")).error(), DnsStatusError::too_many);
}

}  // namespace
}  // namespace sisu::client
