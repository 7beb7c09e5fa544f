#include "client/acme/payloads.hpp"

#include "client/acme/documents/base64url.hpp"

#include <nlohmann/json.hpp>

namespace sisu::acme {
namespace {

using nlohmann::json;

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

std::string new_account_payload(const NewAccount& account) {
  if (account.only_existing) return text_of(json{{"onlyReturnExisting", true}});
  json fields{{"termsOfServiceAgreed", true}};
  if (!account.contacts.empty()) fields["contact"] = account.contacts;
  if (account.external) fields["externalAccountBinding"] = json::parse(*account.external);
  return text_of(fields);
}

std::string new_order_payload(const std::string& host, const std::optional<std::string>& replaces) {
  json fields;
  fields["identifiers"] = json::array({json{{"type", "dns"}, {"value", host}}});
  if (replaces) fields["replaces"] = *replaces;
  return text_of(fields);
}

std::string finalize_payload(const std::string& csr) { return text_of(json{{"csr", to_base64url(csr)}}); }

}  // namespace sisu::acme
