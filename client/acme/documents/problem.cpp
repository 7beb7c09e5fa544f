#include "client/acme/documents/problem.hpp"

#include "client/acme/documents/json_object.hpp"
#include "client/acme/documents/limits.hpp"

#include <array>

namespace sisu::acme {
namespace {

struct Known {
  std::string_view name;
  ProblemType type;
  std::string_view advice;
};

constexpr std::string_view our_mistake = "this is a mistake in sisumail or in the CA: please report it";
constexpr std::string_view check_dns =
    "the CA could not see the TXT record: the relay's operator can look with 'sisumail-relay dns check'; "
    "it is tried again later";

constexpr std::array known_problems{
    Known{"accountDoesNotExist", ProblemType::account_does_not_exist,
          "the CA has forgotten the account: a new one is made at the next attempt"},
    Known{"alreadyReplaced", ProblemType::already_replaced,
          "a renewal of this certificate was ordered before: the next order does not mention it"},
    Known{"alreadyRevoked", ProblemType::already_revoked, "nothing is left to do"},
    Known{"badCSR", ProblemType::bad_csr, "the CA does not want this key or name: try another CA (--acme-directory)"},
    Known{"badNonce", ProblemType::bad_nonce, "the CA refuses each of its own nonces: it is tried again later"},
    Known{"badPublicKey", ProblemType::bad_public_key,
          "the CA does not take ECDSA keys on P-256: try another CA (--acme-directory)"},
    Known{"badRevocationReason", ProblemType::bad_revocation_reason, our_mistake},
    Known{"badSignatureAlgorithm", ProblemType::bad_signature_algorithm,
          "the CA does not take ES256: try another CA (--acme-directory)"},
    Known{"caa", ProblemType::caa,
          "the CAA records of the name do not allow this CA or this account: the relay's operator names the CA in the "
          "template of the records; is --acme-directory one of those CAs?"},
    Known{"compound", ProblemType::compound, "several things were wrong: see the details"},
    Known{"connection", ProblemType::connection, "the CA could not reach the name servers: it is tried again later"},
    Known{"dns", ProblemType::dns, check_dns},
    Known{"externalAccountRequired", ProblemType::external_account_required,
          "this CA takes known customers only: get a key id and a MAC key from it, and give --acme-eab-kid and "
          "--acme-eab-key-file"},
    Known{"incorrectResponse", ProblemType::incorrect_response, check_dns},
    Known{"invalidContact", ProblemType::invalid_contact, "correct --acme-contact, or leave it out"},
    Known{"malformed", ProblemType::malformed, our_mistake},
    Known{"orderNotReady", ProblemType::order_not_ready, "the CA was not ready: it is tried again later"},
    Known{"rateLimited", ProblemType::rate_limited,
          "wait: mail needs no CA and goes on arriving; docs/dns-records.md says which limits there are"},
    Known{"rejectedIdentifier", ProblemType::rejected_identifier,
          "the CA issues no certificates for this name: try another CA (--acme-directory)"},
    Known{"serverInternal", ProblemType::server_internal, "a failure of the CA's own: it is tried again later"},
    Known{"tls", ProblemType::tls, "the CA failed to connect: it is tried again later"},
    Known{
        "unauthorized", ProblemType::unauthorized,
        "the account was deactivated, or the CA saw another TXT record: if it stays so, stop sisumail, move "
        "acme-account.json and acme-account-key.pem away from its state directory and start it: a new account is made"},
    Known{"unsupportedContact", ProblemType::unsupported_contact,
          "correct --acme-contact (mailto:...), or leave it out"},
    Known{"unsupportedIdentifier", ProblemType::unsupported_identifier,
          "the CA issues no certificates for DNS names: try another CA (--acme-directory)"},
    Known{"userActionRequired", ProblemType::user_action_required,
          "the CA wants its new terms of service agreed to: open the page that it names"},
};

constexpr std::string_view type_prefix = "urn:ietf:params:acme:error:";

ProblemType type_of(std::string_view type) {
  if (!type.starts_with(type_prefix)) return ProblemType::other;
  type.remove_prefix(type_prefix.size());
  for (const Known& known : known_problems) {
    if (known.name == type) return known.type;
  }
  return ProblemType::other;
}

}  // namespace

Problem to_problem(const JsonObject& object) {
  Problem problem;
  problem.type = type_of(object.text("type").value_or(""));
  problem.detail = for_people(object.text("detail").value_or(object.text("title").value_or("")));
  for (const JsonObject& sub : object.objects("subproblems")) {
    if (problem.further.size() == limits::subproblems) break;
    if (const auto detail = sub.text("detail")) problem.further.push_back(for_people(*detail));
  }
  return problem;
}

Problem parse_problem(int status, std::string_view body) {
  const auto object = JsonObject::parse(body);
  Problem problem = object ? to_problem(*object) : Problem{};
  problem.status = status;
  // RFC 6585 4; a proxy before the CA may say so without a document.
  if (problem.type == ProblemType::other && status == 429) problem.type = ProblemType::rate_limited;
  if (problem.type == ProblemType::other && status >= 500) problem.type = ProblemType::server_internal;
  return problem;
}

std::string_view advice(ProblemType type) {
  for (const Known& known : known_problems) {
    if (known.type == type) return known.advice;
  }
  return "it is tried again later; if it stays so, ask the CA";
}

std::string describe(const Problem& problem) {
  std::string text = problem.detail;
  for (const std::string& detail : problem.further) text += (text.empty() ? "" : "; ") + detail;
  if (text.empty()) text = problem.status > 0 ? "HTTP status " + std::to_string(problem.status) : "no reason given";
  if (text.ends_with('.')) text.pop_back();
  return text + ": " + std::string(advice(problem.type));
}

}  // namespace sisu::acme
