// Against real servers: Knot as primary and as a secondary that lags, unbound as the resolver.
#include "relay/naming/lookup/dns_visibility.hpp"

#include "relay/naming/providers/rfc2136.hpp"
#include "tests/support/name_server/knot.hpp"
#include "tests/support/name_server/scripted_server.hpp"
#include "tests/support/name_server/unbound.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using test::Knot;
using test::Unbound;
using testing::HasSubstr;

RecordName name(std::string_view text) { return RecordName::parse(text).value(); }

Record record(std::string_view owner, RecordType type, std::string_view value, std::uint32_t ttl = 300) {
  return Record::parse(name(owner), type, value, Ttl{ttl}).value();
}

const RecordSet tlsa{
    record("_25._tcp.u.v6.example.org.", RecordType::tlsa, "3 1 1 " + std::string(64, 'a')),
    record("_25._tcp.u.v6.example.org.", RecordType::tlsa, "3 1 1 " + std::string(64, 'b')),
};
const RecordSet address{record("u.v6.example.org.", RecordType::aaaa, "2001:db8::1")};

RecordSet operator+(RecordSet left, const RecordSet& right) {
  left.insert(right.begin(), right.end());
  return left;
}

Rfc2136Provider provider_of(const Knot& knot) {
  return Rfc2136Provider(
      {.server = knot.endpoint(), .zone = name("example.org."), .key = TsigKey::parse(Knot::key).value()});
}

DnsVisibility visibility_of(std::vector<Endpoint> servers, std::optional<Endpoint> resolver = {}) {
  return DnsVisibility({.zone = name("example.org."),
                        .servers = std::move(servers),
                        .resolver = resolver,
                        .answer_timeout = std::chrono::milliseconds{500},
                        .tries = 2});
}

TEST(DnsVisibility, what_is_served_is_neither_missing_nor_surplus) {
  Knot knot;
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = tlsa + address}));
  const auto views = visibility_of({knot.endpoint()}).ask_servers(tlsa + address, {});
  ASSERT_EQ(views.size(), 1U);
  EXPECT_EQ(views[0].server, knot.endpoint().to_string());
  EXPECT_EQ(views[0].problem, "");
  EXPECT_TRUE(views[0].missing.empty() && views[0].surplus.empty() && views[0].other_ttl.empty());
}

TEST(DnsVisibility, missing_surplus_and_other_ttls_are_told_apart) {
  Knot knot;
  auto stale = address;
  auto other = record("u.example.org.", RecordType::txt, "\"v=spf1 -all\"", 3600);
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = stale + RecordSet{other, *tlsa.begin()}}));
  other.ttl = Ttl{60};
  const auto view = visibility_of({knot.endpoint()}).ask_servers(tlsa + RecordSet{other}, stale).at(0);
  EXPECT_EQ(view.missing, RecordSet{*tlsa.rbegin()});
  EXPECT_EQ(view.surplus, stale);
  ASSERT_EQ(view.other_ttl.size(), 1U);
  EXPECT_EQ(view.other_ttl.begin()->ttl, Ttl{3600});
}

TEST(DnsVisibility, a_secondary_that_lags_is_seen_until_it_has_the_zone) {
  Knot primary;
  auto provider = provider_of(primary);
  ASSERT_TRUE(provider.apply({.remove = {}, .add = address}));
  Knot secondary({.primary = primary.endpoint()});
  ASSERT_TRUE(provider.apply({.remove = address, .add = tlsa}));
  auto visibility = visibility_of({primary.endpoint(), secondary.endpoint()});
  const auto before = visibility.ask_servers(tlsa, address);
  ASSERT_EQ(before.size(), 2U);
  EXPECT_TRUE(before[0].missing.empty() && before[0].surplus.empty());
  EXPECT_EQ(before[1].missing, tlsa);
  EXPECT_EQ(before[1].surplus, address);
  EXPECT_EQ(before[1].problem, "");
  secondary.control({"zone-refresh", "example.org"});
  const auto after = visibility.ask_servers(tlsa, address);
  EXPECT_TRUE(after[1].missing.empty() && after[1].surplus.empty());
}

TEST(DnsVisibility, a_server_that_does_not_answer_is_named_and_the_others_are_asked) {
  Knot knot;
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = tlsa}));
  const auto nobody = test::free_endpoint();
  const auto views = visibility_of({nobody, knot.endpoint()}).ask_servers(tlsa, {});
  ASSERT_EQ(views.size(), 2U);
  EXPECT_THAT(views[0].problem, HasSubstr("connection refused"));
  EXPECT_EQ(views[0].missing, tlsa);
  EXPECT_EQ(views[1].problem, "");
}

TEST(DnsVisibility, a_server_without_the_zone_is_a_problem) {
  Knot knot;
  auto visibility = visibility_of({knot.endpoint()});
  const auto view = visibility.ask_servers({record("a.example.com.", RecordType::a, "192.0.2.1")}, {}).at(0);
  EXPECT_THAT(view.problem, HasSubstr("REFUSED"));
  EXPECT_EQ(view.missing.size(), 1U);
}

TEST(DnsVisibility, long_answers_come_over_tcp) {
  RecordSet many;
  for (int i = 0; i < 40; ++i)
    many.insert(record("u.example.org.", RecordType::txt, std::to_string(i) + std::string(100, 'x')));
  Knot knot;
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = many}));
  const auto view = visibility_of({knot.endpoint()}).ask_servers(many, {}).at(0);
  EXPECT_EQ(view.problem, "");
  EXPECT_TRUE(view.missing.empty());
}

TEST(DnsVisibility, without_servers_and_resolver_nobody_is_asked) {
  auto visibility = visibility_of({});
  EXPECT_TRUE(visibility.ask_servers(tlsa, {}).empty());
  EXPECT_FALSE(visibility.ask_resolver(tlsa, {}));
}

TEST(DnsVisibility, a_resolver_that_validates_says_so) {
  Knot knot;
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = tlsa}));
  Unbound resolver(knot, knot.delegation_signer());
  const auto view = visibility_of({}, resolver.endpoint()).ask_resolver(tlsa, address);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->problem, "");
  EXPECT_TRUE(view->missing.empty() && view->surplus.empty() && view->bogus.empty() && view->insecure.empty());
}

TEST(DnsVisibility, a_resolver_shows_what_is_missing) {
  Knot knot;
  Unbound resolver(knot, knot.delegation_signer());
  const auto view = visibility_of({}, resolver.endpoint()).ask_resolver(tlsa, {});
  EXPECT_EQ(view->missing, tlsa);
  EXPECT_TRUE(view->bogus.empty() && view->insecure.empty());
}

TEST(DnsVisibility, answers_that_do_not_validate_are_bogus) {
  Knot knot;
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = tlsa + address}));
  Unbound resolver(knot, "example.org. DS 12345 13 2 " + std::string(64, 'f'));
  const auto view = visibility_of({}, resolver.endpoint()).ask_resolver(tlsa + address, {});
  EXPECT_THAT(view->bogus, testing::ElementsAre(name("_25._tcp.u.v6.example.org."), name("u.v6.example.org.")));
  EXPECT_TRUE(view->insecure.empty());
}

TEST(DnsVisibility, a_zone_without_delegation_signer_is_insecure) {
  Knot knot;
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = tlsa}));
  Unbound resolver(knot, "");
  const auto view = visibility_of({}, resolver.endpoint()).ask_resolver(tlsa, {});
  EXPECT_THAT(view->insecure, testing::ElementsAre(name("_25._tcp.u.v6.example.org.")));
  EXPECT_TRUE(view->bogus.empty() && view->missing.empty());
}

TEST(DnsVisibility, a_resolver_that_fails_also_without_checking_is_a_problem_and_not_bogus) {
  test::ScriptedServer resolver([](const test::Octets& message, test::ScriptedServer::Transport) {
    return test::Answers{test::answer_to(message, {.code = 2})};
  });
  const auto view = visibility_of({}, resolver.endpoint()).ask_resolver(tlsa, {});
  EXPECT_THAT(view->problem, HasSubstr("SERVFAIL"));
  EXPECT_TRUE(view->bogus.empty());
  EXPECT_EQ(view->missing, tlsa);
}

TEST(DnsVisibility, the_servers_are_found_by_the_resolver) {
  Knot knot({.records = "@ NS ns2\n@ NS nowhere\nns2 AAAA ::1\n"});
  ASSERT_TRUE(provider_of(knot).apply({.remove = {}, .add = tlsa}));
  Unbound resolver(knot, knot.delegation_signer());
  DnsVisibility visibility({.zone = name("example.org."),
                            .resolver = resolver.endpoint(),
                            .answer_timeout = std::chrono::milliseconds{500},
                            .tries = 2,
                            .name_server_port = knot.endpoint().port});
  const auto views = visibility.ask_servers(tlsa, {});
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[0].server, knot.endpoint().to_string());
  EXPECT_EQ(views[0].problem, "");
  EXPECT_EQ(views[1].server, "[::1]:" + std::to_string(knot.endpoint().port));
  EXPECT_THAT(views[1].problem, HasSubstr("connection refused"));
  EXPECT_EQ(views[2].server, "nowhere.example.org.");
  EXPECT_THAT(views[2].problem, HasSubstr("no address"));
  EXPECT_EQ(views[2].missing, tlsa);
}

TEST(DnsVisibility, a_resolver_that_is_gone_leaves_no_server_unmentioned) {
  DnsVisibility visibility({.zone = name("example.org."), .resolver = test::free_endpoint()});
  const auto views = visibility.ask_servers(tlsa, {});
  ASSERT_EQ(views.size(), 1U);
  EXPECT_THAT(views[0].problem, HasSubstr("connection refused"));
  EXPECT_EQ(views[0].missing, tlsa);
}

}  // namespace
}  // namespace sisu::relay::naming
