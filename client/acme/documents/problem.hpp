// Why an ACME server refused: problem documents (RFC 7807) with the types of RFC 8555 6.7, and what a person can do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sisu::acme {

class JsonObject;

/// urn:ietf:params:acme:error:* (RFC 8555 6.7; already_replaced: RFC 9773 7.4).
enum class ProblemType {
  account_does_not_exist,
  already_replaced,
  already_revoked,
  bad_csr,
  bad_nonce,
  bad_public_key,
  bad_revocation_reason,
  bad_signature_algorithm,
  caa,
  compound,
  connection,
  dns,
  external_account_required,
  incorrect_response,
  invalid_contact,
  malformed,
  order_not_ready,
  rate_limited,
  rejected_identifier,
  server_internal,
  tls,
  unauthorized,
  unsupported_contact,
  unsupported_identifier,
  user_action_required,
  other,
};

struct Problem {
  ProblemType type = ProblemType::other;
  int status = 0;                    ///< of HTTP; 0 for a problem within a document
  std::string detail;                ///< the server's own words, fit to be shown; may be empty
  std::vector<std::string> further;  ///< details of subproblems, at most limits::subproblems
};

/// What an answer with an error status says; never fails: a body that is no problem document leaves the status.
Problem parse_problem(int status, std::string_view body);
/// The problem in a member of another document ("error" of an order or a challenge).
Problem to_problem(const JsonObject& object);

/// What to do about it, in plain words, for a person who runs sisumail.
std::string_view advice(ProblemType type);
/// One line: the server's words, then the advice.
std::string describe(const Problem& problem);

}  // namespace sisu::acme
