#include "relay/naming/wire/answer_packet.hpp"
#include "relay/naming/wire/question_packet.hpp"
#include "relay/naming/wire/tsig_session.hpp"
#include "tests/support/name_server/scripted_server.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using Kind = TsigFailure::Kind;

const std::string secret = "c2lzdW1haWwtdGVzdHMtYXJlLW5vdC1zZWNyZXQtISE=";
const std::string other_secret = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

TsigKey key(const std::string& with = secret) { return TsigKey::parse("hmac-sha256:ddns:" + with).value(); }

TsigSession::Time now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

TEST(TsigKey, the_line_that_kdig_reads_is_taken) {
  const auto parsed = TsigKey::parse("hmac-sha256:DDNS.Example:" + secret + "\n").value();
  EXPECT_EQ(parsed.name(), "ddns.example.");
  EXPECT_EQ(parsed.base64_secret(), secret);
  EXPECT_TRUE(TsigKey::parse("HMAC-SHA256:ddns.:" + secret));
}

TEST(TsigKey, everything_else_is_refused) {
  const struct {
    std::string text;
    TsigKeyError error;
  } cases[] = {
      {"", TsigKeyError::form},
      {"ddns", TsigKeyError::form},
      {"ddns:" + secret, TsigKeyError::form},
      {"hmac-sha256:ddns:" + std::string(TsigKey::longest_text, 'A'), TsigKeyError::form},
      {"hmac-md5:ddns:" + secret, TsigKeyError::algorithm},
      {":ddns:" + secret, TsigKeyError::algorithm},
      {"hmac-sha256::" + secret, TsigKeyError::name},
      {"hmac-sha256:.:" + secret, TsigKeyError::name},
      {"hmac-sha256:a..b:" + secret, TsigKeyError::name},
      {"hmac-sha256:a b:" + secret, TsigKeyError::name},
      {"hmac-sha256:" + std::string(64, 'a') + ":" + secret, TsigKeyError::name},
      {"hmac-sha256:ddns:", TsigKeyError::weak},
      {"hmac-sha256:ddns:!!!!", TsigKeyError::secret},
      {"hmac-sha256:ddns:" + secret + " ", TsigKeyError::secret},
      {"hmac-sha256:ddns:" + secret + "\n\n", TsigKeyError::secret},
      {"hmac-sha256:ddns:c2hvcnQ=", TsigKeyError::weak},
  };
  for (const auto& [text, error] : cases) {
    const auto parsed = TsigKey::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), error) << text << ": " << describe(parsed.error());
  }
}

/// A client's request, and a server that signs its answers.
class TsigSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto packet = question_packet({RecordName::parse("example.org.").value(), QuestionType::axfr}, 7, {});
    request_ = client_.sign(*packet);
  }

  /// The next answer, signed by the server after the last MAC of the conversation.
  Octets signed_answer(const std::string& with = secret, const char* name = "ddns.", int fudge = 300) {
    const auto packet = parse_packet(test::answer_to(request_, {.records = {"example.org. 60 A 192.0.2.1"}}));
    LdnsRecord(ldns_pkt_tsig(packet.get()));
    ldns_pkt_set_tsig(packet.get(), nullptr);
    if (!last_mac_) {
      const auto request = parse_packet(request_);
      last_mac_.reset(ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(request.get()), 3)));
    }
    ldns_pkt_tsig_sign_next(packet.get(), name, with.c_str(), static_cast<std::uint16_t>(fudge), "hmac-sha256.",
                            last_mac_.get(), answers_++ > 0 ? 1 : 0);
    last_mac_.reset(ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(packet.get()), 3)));
    return to_octets(*packet);
  }

  Result<void, TsigFailure> verify(const Octets& message, TsigSession::Time at = now()) {
    const auto packet = parse_packet(message);
    if (!packet) return fail(TsigFailure{.kind = Kind::other});
    return client_.verify(message, *packet, at);
  }

  Kind refusal(const Octets& message) {
    const auto verified = verify(message);
    return verified ? Kind{-1} : verified.error().kind;
  }

  const TsigKey key_ = key();
  TsigSession client_{key_};
  Octets request_;
  LdnsField last_mac_;
  int answers_ = 0;
};

TEST_F(TsigSessionTest, a_signed_answer_is_good) { EXPECT_TRUE(verify(signed_answer())); }

TEST_F(TsigSessionTest, each_message_of_a_transfer_is_bound_to_the_one_before) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(verify(signed_answer())) << i;
  const auto fourth = signed_answer();
  const auto fifth = signed_answer();
  EXPECT_EQ(refusal(fifth), Kind::wrong_signature) << "one was left out";
  EXPECT_TRUE(verify(fourth));
  EXPECT_EQ(refusal(fourth), Kind::wrong_signature) << "the same again";
}

TEST_F(TsigSessionTest, every_changed_octet_is_noticed) {
  const auto good = signed_answer();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] ^= 1;
    EXPECT_FALSE(verify(changed)) << i;
  }
  EXPECT_TRUE(verify(good));
}

TEST_F(TsigSessionTest, signatures_of_others_are_refused) {
  EXPECT_EQ(refusal(signed_answer(other_secret)), Kind::wrong_signature);
}

TEST_F(TsigSessionTest, a_key_of_another_name_is_refused) {
  EXPECT_EQ(refusal(signed_answer(secret, "other.")), Kind::wrong_signature);
}

TEST_F(TsigSessionTest, an_unsigned_answer_is_told_from_a_wrong_one) {
  const auto packet = parse_packet(request_);
  LdnsRecord(ldns_pkt_tsig(packet.get()));
  ldns_pkt_set_tsig(packet.get(), nullptr);
  EXPECT_EQ(refusal(test::answer_to(to_octets(*packet), {})), Kind::unsigned_answer);
}

TEST_F(TsigSessionTest, the_request_itself_is_no_answer) { EXPECT_EQ(refusal(request_), Kind::wrong_signature); }

TEST_F(TsigSessionTest, an_answer_from_another_time_is_refused_with_the_difference) {
  const auto answer = signed_answer();
  const auto late = verify(answer, now() + std::chrono::seconds{1'000});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, Kind::wrong_time);
  EXPECT_LE(late.error().server_ahead, std::chrono::seconds{-999});
}

TEST_F(TsigSessionTest, a_request_that_is_too_long_is_not_signed) {
  const LdnsPacket packet(ldns_pkt_new());
  for (int i = 0; i < 260; ++i) {
    ldns_rr* record = nullptr;
    const auto text = "u.example.org. 60 TXT \"" + std::string(250, 'x') + "\"";
    ldns_rr_new_frm_str(&record, text.c_str(), 0, nullptr, nullptr);
    ldns_pkt_push_rr(packet.get(), LDNS_SECTION_AUTHORITY, record);
  }
  EXPECT_TRUE(client_.sign(*packet).empty());
}

}  // namespace
}  // namespace sisu::relay::naming
