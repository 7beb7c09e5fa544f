// Answers of name servers, as far as we look into them. Whoever answers may be hostile: nothing is believed that
// `parse_answer` has not checked.
#pragma once

#include "relay/naming/record.hpp"
#include "relay/naming/wire/question.hpp"

#include <vector>

namespace sisu::relay::naming {

struct Answer {
  std::uint16_t id = 0;
  ResponseCode code = ResponseCode::no_error;
  bool authoritative = false;  ///< AA
  bool truncated = false;      ///< TC: ask again over TCP; the rest of this is then incomplete
  bool authenticated = false;  ///< AD: the resolver has validated it
  /// Under the question's name, of the question's type if that is one that we publish.
  RecordSet records = {};
  /// For a question of type NS: what it names. Others that we cannot ask (odd names) are left out.
  std::vector<RecordName> name_servers = {};
  bool has_records = false;     ///< of the question's name and type, whatever they say
  bool has_signatures = false;  ///< RRSIG over those
};

enum class AnswerError {
  malformed,       ///< no DNS message
  not_an_answer,   ///< QR is not set, or it answers something else than a query
  other_question,  ///< not what was asked: a stray or forged answer
};
std::string_view describe(AnswerError error);

/// `message` as the answer to `question`; its id is for the caller to compare.
Result<Answer, AnswerError> parse_answer(OctetView message, const Question& question);

}  // namespace sisu::relay::naming
