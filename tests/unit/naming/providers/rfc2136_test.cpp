// Against a real Knot, which signs its zone by itself.
#include "relay/naming/providers/rfc2136.hpp"

#include "tests/support/name_server/knot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace sisu::relay::naming {
namespace {

using test::Knot;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Kind = ProviderError::Kind;

RecordName name(std::string_view text) { return RecordName::parse(text).value(); }

Record record(std::string_view owner, RecordType type, std::string_view value, std::uint32_t ttl = 300) {
  return Record::parse(name(owner), type, value, Ttl{ttl}).value();
}

const std::string digest(64, 'a');

const RecordSet one_user{
    record("niklas.example.org.", RecordType::mx, "10 niklas.v6.example.org.", 3600),
    record("niklas.example.org.", RecordType::txt, "\"v=spf1 -all\"", 3600),
    record("niklas.v6.example.org.", RecordType::aaaa, "2001:db8::1"),
    record("niklas.v6.example.org.", RecordType::caa, "0 issue \"ca.example; validationmethods=dns-01\""),
    record("niklas.v6.example.org.", RecordType::caa, "0 issuewild \";\""),
    record("_25._tcp.niklas.v6.example.org.", RecordType::tlsa, "3 1 1 " + digest),
    record("_acme-challenge.niklas.v6.example.org.", RecordType::txt, "\"a\\\"b\\\\c\\233\" \"second\"", 60),
    record("www.example.org.", RecordType::a, "192.0.2.1"),
};

std::vector<RecordName> names_of(const RecordSet& records) {
  std::vector<RecordName> names;
  for (const auto& entry : records) {
    if (names.empty() || names.back() != entry.name) names.push_back(entry.name);
  }
  return names;
}

Rfc2136Options options_for(const Knot& knot, std::string_view key = Knot::key) {
  return {.server = knot.endpoint(), .zone = name("example.org."), .key = TsigKey::parse(key).value()};
}

/// With their TTLs.
std::vector<std::string> lines(const RecordSet& records) {
  std::vector<std::string> texts;
  for (const auto& entry : records) texts.push_back(entry.to_string());
  return texts;
}

std::string problem(const Result<void, ProviderError>& outcome, Kind kind) {
  if (outcome) return "no error";
  EXPECT_EQ(outcome.error().kind, kind) << outcome.error().what;
  return outcome.error().what;
}

TEST(Rfc2136, what_is_added_is_read_back_and_can_be_removed) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = one_user}).has_value());
  const auto names = names_of(one_user);
  EXPECT_EQ(lines(provider.read(names).value()), lines(one_user));
  EXPECT_THAT(knot.dig({"_25._tcp.niklas.v6.example.org", "TLSA"}), HasSubstr("3 1 1 "));
  ASSERT_TRUE(provider.apply({.remove = one_user, .add = {}}).has_value());
  EXPECT_TRUE(provider.read(names).value().empty());
}

TEST(Rfc2136, adding_what_is_there_and_removing_what_is_not_is_no_error) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  const Change change{.remove = {record("gone.example.org.", RecordType::a, "192.0.2.9")}, .add = one_user};
  ASSERT_TRUE(provider.apply(change).has_value());
  const auto serial = knot.dig({"+short", "example.org", "SOA"});
  ASSERT_TRUE(provider.apply(change).has_value());
  EXPECT_EQ(knot.dig({"+short", "example.org", "SOA"}), serial) << "nothing has changed";
}

TEST(Rfc2136, a_foreign_value_of_the_same_set_stays) {
  Knot knot({.records = "niklas TXT \"theirs\"\n"});
  Rfc2136Provider provider(options_for(knot));
  const RecordSet ours{record("niklas.example.org.", RecordType::txt, "\"ours\"", 3600)};
  ASSERT_TRUE(provider.apply({.remove = {}, .add = ours}).has_value());
  EXPECT_EQ(provider.read(names_of(ours)).value().size(), 2U);
  ASSERT_TRUE(provider.apply({.remove = ours, .add = {}}).has_value());
  EXPECT_THAT(knot.dig({"+short", "niklas.example.org", "TXT"}), AllOf(HasSubstr("theirs"), Not(HasSubstr("ours"))));
}

TEST(Rfc2136, a_record_that_is_there_gets_another_ttl) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = {record("a.example.org.", RecordType::a, "192.0.2.1", 300)}}));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = {record("a.example.org.", RecordType::a, "192.0.2.1", 60)}}));
  EXPECT_THAT(lines(provider.read({{name("a.example.org.")}}).value()),
              testing::ElementsAre("a.example.org. 60 A 192.0.2.1"));
}

TEST(Rfc2136, one_change_is_one_transaction) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  const auto before = std::stoul(knot.dig({"+short", "example.org", "SOA"})
                                     .substr(std::string("ns.example.org. hostmaster.example.org. ").size()));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = one_user}));
  const auto after = std::stoul(knot.dig({"+short", "example.org", "SOA"})
                                    .substr(std::string("ns.example.org. hostmaster.example.org. ").size()));
  EXPECT_EQ(after, before + 1);
}

TEST(Rfc2136, a_change_of_which_a_part_is_refused_changes_nothing) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  auto records = one_user;
  records.insert(record("elsewhere.example.com.", RecordType::a, "192.0.2.1"));
  EXPECT_THAT(problem(provider.apply({.remove = {}, .add = records}), Kind::invalid), HasSubstr("NOTZONE"));
  EXPECT_TRUE(provider.read(names_of(one_user)).value().empty());
}

TEST(Rfc2136, the_whole_zone_is_read) {
  Knot knot({.records = "foreign TXT \"theirs\"\n*.wild A 192.0.2.7\nlong TXT \"" + std::string(250, 'x') + "\"\n"});
  Rfc2136Provider provider(options_for(knot));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = one_user}));
  auto expected = one_user;
  expected.insert(record("foreign.example.org.", RecordType::txt, "theirs", 3600));
  expected.insert(record("long.example.org.", RecordType::txt, std::string(250, 'x'), 3600));
  expected.insert(record("ns.example.org.", RecordType::a, "127.0.0.1", 3600));
  EXPECT_EQ(lines(provider.read_all().value()), lines(expected));
}

TEST(Rfc2136, a_zone_of_many_messages_is_read_whole) {
  std::string records;
  for (int i = 0; i < 3'000; ++i) records += "u" + std::to_string(i) + " TXT \"" + std::string(100, 'x') + "\"\n";
  Knot knot({.records = records});
  Rfc2136Provider provider(options_for(knot));
  EXPECT_EQ(provider.read_all().value().size(), 3'001U);
  auto narrow = options_for(knot);
  narrow.largest_transfer = 100'000;
  const auto refused = Rfc2136Provider(narrow).read_all();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("longer than 100000 octets"));
}

TEST(Rfc2136, a_signed_zone_is_told_from_an_unsigned_one) {
  Knot with;
  Knot without({.is_signed = false});
  EXPECT_TRUE(Rfc2136Provider(options_for(with)).is_signed().value());
  EXPECT_FALSE(Rfc2136Provider(options_for(without)).is_signed().value());
}

TEST(Rfc2136, an_unsigned_zone_is_changed_and_read_as_well) {
  Knot knot({.is_signed = false});
  Rfc2136Provider provider(options_for(knot));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = one_user}));
  EXPECT_EQ(provider.read_all().value().size(), one_user.size() + 1);
}

TEST(Rfc2136, a_wrong_secret_is_told) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot, "hmac-sha256:ddns:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="));
  EXPECT_THAT(problem(provider.apply({.remove = {}, .add = one_user}), Kind::refused),
              AllOf(HasSubstr("BADSIG"), HasSubstr("ddns."), HasSubstr("secret"), Not(HasSubstr("QUFB"))));
  const auto transfer = provider.read_all();
  ASSERT_FALSE(transfer);
  EXPECT_THAT(transfer.error().what, HasSubstr("BADSIG"));
  EXPECT_TRUE(provider.read(names_of(one_user)).value().empty());
}

TEST(Rfc2136, a_key_that_the_server_does_not_have_is_told) {
  Knot knot({.update_key = "another"});
  Rfc2136Provider provider(options_for(knot));
  EXPECT_THAT(problem(provider.apply({.remove = {}, .add = one_user}), Kind::refused),
              AllOf(HasSubstr("BADKEY"), HasSubstr("ddns."), HasSubstr("acl")));
  const auto transfer = provider.read_all();
  ASSERT_FALSE(transfer);
  EXPECT_EQ(transfer.error().kind, Kind::refused);
}

TEST(Rfc2136, a_server_that_allows_no_updates_is_told) {
  Knot knot({.accepts_updates = false});
  Rfc2136Provider provider(options_for(knot));
  EXPECT_THAT(problem(provider.apply({.remove = {}, .add = one_user}), Kind::refused), HasSubstr("acl"));
  EXPECT_TRUE(provider.read_all().has_value());
}

TEST(Rfc2136, a_zone_that_the_server_does_not_serve_is_told) {
  Knot knot;
  auto options = options_for(knot);
  options.zone = name("example.net.");
  Rfc2136Provider provider(options);
  EXPECT_THAT(problem(provider.apply({.remove = {}, .add = {record("a.example.net.", RecordType::a, "192.0.2.1")}}),
                      Kind::refused),
              HasSubstr("example.net."));
  const auto read = provider.read({{name("a.example.net.")}});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Kind::refused);
}

TEST(Rfc2136, a_stopped_server_is_unreachable_until_it_is_back) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  knot.program().stop();
  EXPECT_THAT(problem(provider.apply({.remove = {}, .add = one_user}), Kind::unreachable),
              AllOf(HasSubstr(knot.endpoint().to_string()), HasSubstr("connection refused")));
  EXPECT_FALSE(provider.is_signed());
  EXPECT_FALSE(provider.read_all());
  knot.start();
  EXPECT_TRUE(provider.apply({.remove = {}, .add = one_user}));
  EXPECT_EQ(provider.read(names_of(one_user)).value().size(), one_user.size());
}

TEST(Rfc2136, a_server_that_hangs_is_given_up_after_the_timeout) {
  Knot knot;
  auto options = options_for(knot);
  options.answer_timeout = std::chrono::milliseconds{100};
  knot.program().signal(SIGSTOP);
  EXPECT_THAT(problem(Rfc2136Provider(options).apply({.remove = {}, .add = one_user}), Kind::unreachable),
              HasSubstr("no answer in time"));
  knot.program().signal(SIGCONT);
  Rfc2136Provider patient(options_for(knot));
  EXPECT_TRUE(patient.apply({.remove = {}, .add = one_user})) << "whether the first one was made or not";
  EXPECT_EQ(lines(patient.read(names_of(one_user)).value()), lines(one_user));
}

TEST(Rfc2136, a_provider_that_is_stopped_waits_for_nobody) {
  Knot knot;
  auto options = options_for(knot);
  options.answer_timeout = std::chrono::hours{1};
  Rfc2136Provider provider(options);
  knot.program().signal(SIGSTOP);
  std::thread call([&] { problem(provider.apply({.remove = {}, .add = one_user}), Kind::unreachable); });
  provider.stop();
  call.join();
  knot.program().signal(SIGCONT);
  EXPECT_FALSE(provider.read_all());
  EXPECT_FALSE(provider.is_signed());
}

TEST(Rfc2136, a_server_killed_after_the_request_leaves_all_or_nothing) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  knot.program().signal(SIGSTOP);
  Result<void, ProviderError> outcome;
  std::thread update([&] { outcome = provider.apply({.remove = {}, .add = one_user}); });
  // The kernel has taken connection and request for a server that does not read them.
  test::wait_until(
      [&] {
        return test::output_of({"ss", "-tnH", "dst", knot.endpoint().to_string()}) != "";
      },
      "the connection");
  knot.program().kill();
  update.join();
  EXPECT_NE(problem(outcome, Kind::unreachable), "no error");
  knot.start();
  EXPECT_TRUE(provider.read(names_of(one_user)).value().empty());
  EXPECT_TRUE(provider.apply({.remove = {}, .add = one_user}));
  EXPECT_EQ(provider.read(names_of(one_user)).value().size(), one_user.size());
}

TEST(Rfc2136, what_was_acknowledged_survives_a_kill) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  ASSERT_TRUE(provider.apply({.remove = {}, .add = one_user}));
  knot.program().kill();
  knot.start();
  EXPECT_EQ(lines(provider.read(names_of(one_user)).value()), lines(one_user));
}

TEST(Rfc2136, many_transactions_are_on_their_way_at_once) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  std::vector<Change> changes;
  for (int i = 0; i < 500; ++i)
    changes.push_back(
        {.remove = {}, .add = {record("u" + std::to_string(i) + ".example.org.", RecordType::a, "192.0.2.1")}});
  const auto outcomes = provider.apply_each(changes);
  ASSERT_EQ(outcomes.size(), changes.size());
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome) << outcome.error().what;
  EXPECT_EQ(provider.read_all().value().size(), 501U);
}

TEST(Rfc2136, a_refused_transaction_does_not_take_its_neighbours_with_it) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  std::vector<Change> changes;
  for (int i = 0; i < 100; ++i) {
    const std::string zone = i % 10 == 5 ? ".example.com." : ".example.org.";
    changes.push_back({.remove = {}, .add = {record("u" + std::to_string(i) + zone, RecordType::a, "192.0.2.1")}});
  }
  const auto outcomes = provider.apply_each(changes);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const bool refused = i % 10 == 5;
    EXPECT_EQ(outcomes[i].has_value(), !refused) << i;
    EXPECT_EQ(refused && problem(outcomes[i], Kind::invalid).find("NOTZONE") == std::string::npos, false);
  }
}

TEST(Rfc2136, a_change_that_no_message_holds_is_refused) {
  Knot knot;
  Rfc2136Provider provider(options_for(knot));
  Change change;
  for (int i = 0; i < 200; ++i)
    change.add.insert(record("u" + std::to_string(i) + ".example.org.", RecordType::txt, std::string(250, 'x')));
  EXPECT_THAT(problem(provider.apply(change), Kind::invalid), HasSubstr("64000 octets"));
}

TEST(Rfc2136, nothing_to_change_asks_nobody) {
  Rfc2136Provider provider(
      {.server = test::free_endpoint(), .zone = name("example.org."), .key = TsigKey::parse(Knot::key).value()});
  EXPECT_TRUE(provider.apply({}));
  EXPECT_EQ(provider.describe().find("rfc2136 127.0.0.1:"), 0U);
}

}  // namespace
}  // namespace sisu::relay::naming
