#include "relay/naming/wire/answer.hpp"

#include "relay/naming/wire/record_wire.hpp"
#include "tests/support/name_server/scripted_server.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using test::answer_to;

RecordName name(std::string_view text) { return RecordName::parse(text).value(); }

Question question(QuestionType type = QuestionType::txt) { return {name("u.example.org."), type}; }

std::vector<std::string> values(const Answer& answer) {
  std::vector<std::string> all;
  for (const auto& record : answer.records) all.push_back(record.value);
  return all;
}

Answer answered(const Question& asked, const test::AnswerDraft& draft) {
  return parse_answer(answer_to(encode_question(asked, 7), draft), asked).value();
}

TEST(Answer, records_come_in_their_canonical_form) {
  const struct {
    RecordType type;
    std::string text;
    std::string value;
  } cases[] = {
      {RecordType::a, "192.0.2.1", "192.0.2.1"},
      {RecordType::aaaa, "2001:DB8:0::1", "2001:db8::1"},
      {RecordType::mx, "10 Mail.Example.ORG.", "10 mail.example.org."},
      {RecordType::txt, "\"v=spf1 -all\"", "\"v=spf1 -all\""},
      {RecordType::txt, R"("quo\"te" "back\\slash" "\001\255")", R"("quo\"te" "back\\slash" "\001\255")"},
      {RecordType::txt, "\"\"", "\"\""},
      {RecordType::caa, "0 issue \"ca.example; validationmethods=dns-01\"",
       "0 issue \"ca.example; validationmethods=dns-01\""},
      {RecordType::caa, "128 ISSUEWILD \";\"", "128 issuewild \";\""},
      {RecordType::tlsa, "3 1 1 " + std::string(64, 'A'), "3 1 1 " + std::string(64, 'a')},
  };
  for (const auto& [type, text, value] : cases) {
    const auto answer = answered(question(question_type(type)),
                                 {.records = {"U.Example.org. 60 " + std::string(to_string(type)) + " " + text}});
    ASSERT_EQ(answer.records.size(), 1U) << text;
    EXPECT_EQ(answer.records.begin()->value, value);
    EXPECT_EQ(answer.records.begin()->name.to_string(), "u.example.org.");
    EXPECT_EQ(answer.records.begin()->ttl, Ttl{60});
    EXPECT_TRUE(answer.has_records);
  }
}

TEST(Answer, what_a_record_becomes_for_the_wire_comes_back_the_same) {
  for (const std::string text : {R"("a\"b\\c;d e" "\000\127\200")", R"("$ORIGIN @ ( ) ")"}) {
    const auto record = Record::parse(name("u.example.org."), RecordType::txt, text, Ttl{60}).value();
    const auto made = to_ldns(record);
    ASSERT_TRUE(made) << text;
    EXPECT_EQ(from_ldns(*made), record);
  }
}

TEST(Answer, records_of_others_are_left_out) {
  const auto answer = answered(question(), {.records = {
                                                "u.example.org. 60 TXT ours",
                                                "v.example.org. 60 TXT theirs",
                                                "u.example.org. 60 A 192.0.2.1",
                                                "u.example.org. 60 CH TXT chaos",
                                            }});
  EXPECT_EQ(values(answer), std::vector<std::string>{"\"ours\""});
}

TEST(Answer, an_alias_is_no_record_of_the_name) {
  const auto answer =
      answered(question(), {.records = {"u.example.org. 60 CNAME v.example.org.", "v.example.org. 60 TXT theirs"}});
  EXPECT_TRUE(answer.records.empty());
  EXPECT_FALSE(answer.has_records);
}

TEST(Answer, values_that_we_would_not_publish_are_there_but_not_taken) {
  const auto answer = answered(question(QuestionType::tlsa), {.records = {"u.example.org. 60 TLSA 3 1 1 abcd"}});
  EXPECT_TRUE(answer.has_records);
  EXPECT_TRUE(answer.records.empty());
}

TEST(Answer, signatures_count_for_what_they_cover) {
  const std::string signature = " 13 3 60 20300101000000 20200101000000 1 example.org. AAAA";
  EXPECT_TRUE(answered(question(), {.records = {"u.example.org. 60 RRSIG TXT" + signature}}).has_signatures);
  EXPECT_FALSE(answered(question(), {.records = {"u.example.org. 60 RRSIG A" + signature}}).has_signatures);
  EXPECT_FALSE(answered(question(), {.records = {"v.example.org. 60 RRSIG TXT" + signature}}).has_signatures);
}

TEST(Answer, name_servers_are_named) {
  const auto answer = answered(question(QuestionType::ns),
                               {.records = {"u.example.org. 60 NS NS1.example.net.", "u.example.org. 60 NS .",
                                            "u.example.org. 60 NS ns2.example.net."}});
  EXPECT_EQ(answer.name_servers, (std::vector{name("ns1.example.net."), name("ns2.example.net.")}));
}

TEST(Answer, flags_and_codes_are_told) {
  const auto answer = answered(question(), {.code = 3, .authoritative = true, .authenticated = true});
  EXPECT_EQ(answer.code, ResponseCode::name_error);
  EXPECT_TRUE(answer.authoritative && answer.authenticated && !answer.truncated);
  EXPECT_TRUE(answered(question(), {.authoritative = false, .truncated = true}).truncated);
}

TEST(Answer, a_ttl_beyond_the_largest_is_none) {
  EXPECT_EQ(answered(question(), {.records = {"u.example.org. 4294967295 TXT x"}}).records.begin()->ttl, Ttl{0});
}

AnswerError refusal(const Octets& message) {
  const auto answer = parse_answer(message, question());
  return answer ? AnswerError{-1} : answer.error();
}

TEST(Answer, what_answers_no_question_of_ours_is_refused) {
  const auto good = answer_to(encode_question(question(), 7), {});
  EXPECT_EQ(refusal(Octets(good.begin(), good.end() - 1)), AnswerError::malformed);
  EXPECT_EQ(refusal(encode_question(question(), 7)), AnswerError::not_an_answer);
  auto update = good;
  update[2] |= 5U << 3;
  EXPECT_EQ(refusal(update), AnswerError::not_an_answer);
  EXPECT_EQ(refusal(answer_to(encode_question(question(QuestionType::a), 7), {})), AnswerError::other_question);
  EXPECT_EQ(refusal(answer_to(encode_question({name("v.example.org."), QuestionType::txt}, 7), {})),
            AnswerError::other_question);
}

Octets without_question(std::uint8_t code) { return {0, 7, 0x80, code, 0, 0, 0, 0, 0, 0, 0, 0}; }

TEST(Answer, only_a_refusal_may_leave_the_question_out) {
  EXPECT_EQ(refusal(without_question(0)), AnswerError::other_question);
  EXPECT_EQ(refusal(without_question(3)), AnswerError::other_question);
  EXPECT_EQ(parse_answer(without_question(5), question())->code, ResponseCode::refused);
  EXPECT_EQ(parse_answer(without_question(1), question())->code, ResponseCode::format_error);
}

/// A record whose data is shorter than its type needs.
TEST(Answer, data_that_is_too_short_is_no_record) {
  for (const std::uint8_t type : Octets{1, 2, 6, 15, 28, 46, 48, 52}) {
    Octets message{0, 7, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 'u', 0, 0, type, 0, 1};
    const Octets record{0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, 1, 1};
    message.insert(message.end(), record.begin(), record.end());
    const auto answer = parse_answer(message, {name("u."), static_cast<QuestionType>(type)});
    EXPECT_TRUE(!answer || answer->records.empty()) << int{type};
  }
}

}  // namespace
}  // namespace sisu::relay::naming
