// Answers that no good server gives, and what becomes of them.
#include "relay/naming/providers/rfc2136.hpp"
#include "relay/naming/wire/ldns_handles.hpp"
#include "tests/support/name_server/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using test::answer_to;
using test::Answers;
using test::ScriptedServer;
using testing::HasSubstr;
using Kind = ProviderError::Kind;
using Transport = ScriptedServer::Transport;

constexpr const char* secret = "c2lzdW1haWwtdGVzdHMtYXJlLW5vdC1zZWNyZXQtISE=";

RecordName name(std::string_view text) { return RecordName::parse(text).value(); }

const Change change{.remove = {},
                    .add = {Record::parse(name("u.example.org."), RecordType::a, "192.0.2.1", Ttl{300}).value()}};

/// For answers that are to come, on a busy machine, too; and for those that are not.
constexpr std::chrono::milliseconds patient{10'000};
constexpr std::chrono::milliseconds quick{150};

Rfc2136Provider provider_of(const ScriptedServer& server, std::chrono::milliseconds patience = patient) {
  return Rfc2136Provider({.server = server.endpoint(),
                          .zone = name("example.org."),
                          .key = TsigKey::parse(std::string("hmac-sha256:ddns:") + secret).value(),
                          .answer_timeout = patience});
}

/// Without the TSIG that came with the request.
Octets unsigned_answer(const Octets& request, int code) {
  auto octets = answer_to(request, {.code = code});
  ldns_pkt* made = nullptr;
  ldns_wire2pkt(&made, octets.data(), octets.size());
  const LdnsPacket packet(made);
  ldns_rr_free(ldns_pkt_tsig(made));
  ldns_pkt_set_tsig(made, nullptr);
  std::uint8_t* wire = nullptr;
  std::size_t size = 0;
  ldns_pkt2wire(&wire, made, &size);
  const LdnsOctets owner(wire);
  return {wire, wire + size};
}

/// As a server that has the key signs it; `records` are the answer section.
Octets signed_answer(const Octets& request, const std::vector<std::string>& records = {}, int code = 0) {
  auto octets = answer_to(request, {.records = records, .code = code});
  ldns_pkt* made = nullptr;
  ldns_wire2pkt(&made, octets.data(), octets.size());
  const LdnsPacket packet(made);
  const LdnsRecord request_tsig(ldns_pkt_tsig(made));
  ldns_pkt_set_tsig(made, nullptr);
  ldns_pkt_tsig_sign(made, "ddns.", secret, 300, "hmac-sha256.", ldns_rr_rdf(request_tsig.get(), 3));
  std::uint8_t* wire = nullptr;
  std::size_t size = 0;
  ldns_pkt2wire(&wire, made, &size);
  const LdnsOctets owner(wire);
  return {wire, wire + size};
}

/// With the request's own TSIG, which now says this error (RFC 8945 4.2), and `other` after it.
Octets tsig_error_answer(const Octets& request, std::uint8_t error, const Octets& other = {}) {
  auto octets = answer_to(request, {.code = 9});
  octets.resize(octets.size() - 4);  // the error and the length of other data
  octets.insert(octets.end(), {0, error, 0, static_cast<std::uint8_t>(other.size())});
  octets.insert(octets.end(), other.begin(), other.end());
  const std::size_t length_at = octets.size() - other.size() - 61 - 2;  // 61 octets of data without other
  octets[length_at + 1] = static_cast<std::uint8_t>(61 + other.size());
  return octets;
}

struct Outcome {
  std::string what;
  Kind kind;
};

template <class Value>
Outcome outcome_of(const Result<Value, ProviderError>& result) {
  if (result) return {"no error", Kind::conflict};
  return {result.error().what, result.error().kind};
}

Outcome update_answered_by(ScriptedServer::Script script, std::chrono::milliseconds patience = patient) {
  ScriptedServer server(std::move(script));
  return outcome_of(provider_of(server, patience).apply(change));
}

ScriptedServer::Script always(Octets (*answer)(const Octets&)) {
  return [answer](const Octets& request, Transport) { return Answers{answer(request)}; };
}

TEST(Rfc2136Answers, a_signed_one_is_believed) {
  EXPECT_EQ(update_answered_by([](const Octets& request, Transport) { return Answers{signed_answer(request)}; }).what,
            "no error");
}

TEST(Rfc2136Answers, success_without_a_signature_is_not_believed) {
  const auto [what, kind] =
      update_answered_by(always([](const Octets& request) { return unsigned_answer(request, 0); }));
  EXPECT_EQ(kind, Kind::unreachable);
  EXPECT_THAT(what, HasSubstr("not signed"));
}

TEST(Rfc2136Answers, codes_become_kinds) {
  const struct {
    int code;
    Kind kind;
    std::string word;
  } cases[] = {
      {1, Kind::invalid, "FORMERR"}, {2, Kind::unreachable, "SERVFAIL"}, {4, Kind::refused, "NOTIMP"},
      {5, Kind::refused, "REFUSED"}, {6, Kind::invalid, "YXDOMAIN"},     {8, Kind::invalid, "NXRRSET"},
      {9, Kind::refused, "NOTAUTH"}, {10, Kind::invalid, "NOTZONE"},     {11, Kind::unreachable, "RCODE 11"},
  };
  for (const auto& expected : cases) {
    for (const bool is_signed : {false, true}) {
      const auto [what, kind] = update_answered_by([&](const Octets& request, Transport) {
        return Answers{is_signed ? signed_answer(request, {}, expected.code) : unsigned_answer(request, expected.code)};
      });
      EXPECT_EQ(kind, expected.kind) << what;
      EXPECT_THAT(what, HasSubstr(expected.word));
      EXPECT_EQ(what.find(secret), std::string::npos);
    }
  }
}

TEST(Rfc2136Answers, clocks_that_differ_are_told_with_the_difference) {
  const auto [what, kind] = update_answered_by([](const Octets& request, Transport) {
    const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch();
    const auto ahead = static_cast<std::uint64_t>(time.count() + 7'200);
    Octets other;
    for (int shift = 40; shift >= 0; shift -= 8) other.push_back(static_cast<std::uint8_t>(ahead >> shift & 0xFF));
    return Answers{tsig_error_answer(request, 18, other)};
  });
  EXPECT_EQ(kind, Kind::refused);
  EXPECT_THAT(what, testing::AllOf(HasSubstr("BADTIME"), HasSubstr(" s ahead of ours"), HasSubstr("NTP")));
  EXPECT_TRUE(what.find("7200") != what.npos || what.find("7199") != what.npos) << what;
}

TEST(Rfc2136Answers, errors_of_the_signature_are_told) {
  const auto answered = [](std::uint8_t error) {
    return update_answered_by(
        [error](const Octets& request, Transport) { return Answers{tsig_error_answer(request, error)}; });
  };
  EXPECT_THAT(answered(16).what, HasSubstr("BADSIG"));
  EXPECT_THAT(answered(17).what, HasSubstr("BADKEY"));
  EXPECT_THAT(answered(18).what, HasSubstr("more than 5 minutes"));
  EXPECT_THAT(answered(22).what, HasSubstr("did not take our signature"));
  EXPECT_EQ(answered(22).kind, Kind::refused);
}

TEST(Rfc2136Answers, a_connection_that_is_closed_instead_is_unreachable) {
  const auto [what, kind] = update_answered_by([](const Octets&, Transport) { return Answers{}; });
  EXPECT_EQ(kind, Kind::unreachable);
  EXPECT_THAT(what, HasSubstr("closed the connection"));
}

TEST(Rfc2136Answers, garbage_is_unreachable) {
  for (const std::size_t size : {0U, 1U, 2U, 11U, 12U, 500U}) {
    const auto [what, kind] = update_answered_by(
        [size](const Octets& request, Transport) {
          Octets garbage(size, 0xFF);
          std::copy_n(request.begin(), std::min<std::size_t>(size, 2), garbage.begin());  // with the right id
          return Answers{garbage};
        },
        quick);
    EXPECT_EQ(kind, Kind::unreachable) << size << ": " << what;
  }
}

TEST(Rfc2136Answers, answers_to_others_are_skipped) {
  EXPECT_EQ(update_answered_by([](const Octets& request, Transport) {
              auto stray = signed_answer(request);
              stray[0] ^= 0xFF;
              return Answers{stray, stray, signed_answer(request)};
            }).what,
            "no error");
}

TEST(Rfc2136Answers, answers_to_others_buy_no_time) {
  ScriptedServer server([](const Octets& request, Transport) {
    auto stray = signed_answer(request);
    stray[0] ^= 0xFF;
    return Answers(20'000, stray);
  });
  EXPECT_THAT(outcome_of(provider_of(server, quick).apply(change)).what, HasSubstr("no answer in time"));
}

const std::string soa = "example.org. 60 SOA ns.example.org. h.example.org. 1 2 3 4 5";

Outcome transfer_answered_by(std::vector<std::string> records, std::chrono::milliseconds patience = patient) {
  ScriptedServer server([&](const Octets& request, Transport) { return Answers{signed_answer(request, records)}; });
  return outcome_of(provider_of(server, patience).read_all());
}

TEST(Rfc2136Answers, a_transfer_is_what_stands_between_two_soa_records) {
  EXPECT_EQ(transfer_answered_by({soa, "u.example.org. 60 A 192.0.2.1", soa}).what, "no error");
  EXPECT_THAT(transfer_answered_by({"u.example.org. 60 A 192.0.2.1", soa}).what, HasSubstr("without SOA"));
  EXPECT_THAT(transfer_answered_by({soa, "u.example.org. 60 A 192.0.2.1"}, quick).what, HasSubstr("no answer in time"));
  EXPECT_THAT(transfer_answered_by({}, quick).what, HasSubstr("no answer in time"));
}

TEST(Rfc2136Answers, a_transfer_that_is_not_signed_throughout_is_not_believed) {
  ScriptedServer server([](const Octets& request, Transport) {
    return Answers{signed_answer(request, {soa}), unsigned_answer(request, 0)};
  });
  EXPECT_THAT(outcome_of(provider_of(server).read_all()).what, HasSubstr("not signed"));
}

TEST(Rfc2136Answers, a_transfer_cut_in_the_middle_is_no_zone) {
  ScriptedServer server([count = 0](const Octets& request, Transport) mutable {
    return ++count == 1 ? Answers{signed_answer(request, {soa})} : Answers{};
  });
  EXPECT_EQ(outcome_of(provider_of(server).read_all()).kind, Kind::unreachable);
}

Outcome read_answered_by(test::AnswerDraft draft) {
  ScriptedServer server([&](const Octets& request, Transport) { return Answers{answer_to(request, draft)}; });
  return outcome_of(provider_of(server).read({{name("u.example.org.")}}));
}

TEST(Rfc2136Answers, only_the_zones_own_server_is_believed_when_reading) {
  EXPECT_EQ(read_answered_by({}).what, "no error");
  EXPECT_EQ(read_answered_by({.code = 3}).what, "no error");
  EXPECT_THAT(read_answered_by({.authoritative = false}).what, HasSubstr("not authoritative"));
  EXPECT_EQ(read_answered_by({.authoritative = false}).kind, Kind::refused);
  EXPECT_THAT(read_answered_by({.truncated = true}).what, HasSubstr("truncated"));
  EXPECT_EQ(read_answered_by({.code = 2}).kind, Kind::unreachable);
  EXPECT_EQ(read_answered_by({.code = 5}).kind, Kind::refused);
}

}  // namespace
}  // namespace sisu::relay::naming
