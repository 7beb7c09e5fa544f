#include "client/link/identity.hpp"

#include <nlohmann/json.hpp>

namespace sisu::client {
namespace {

using Json = nlohmann::json;

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

/// Empty text where the member is missing.
Result<std::string, IdentityError> text_of(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return std::string();
  if (!member->is_string()) return fail(IdentityError::member_of_wrong_type);
  return printable(member->get<std::string>());
}

Result<std::vector<std::string>, IdentityError> addresses_of(const Json& object) {
  const auto member = object.find("addresses");
  std::vector<std::string> addresses;
  if (member == object.end()) return addresses;
  if (!member->is_array()) return fail(IdentityError::member_of_wrong_type);
  for (const Json& address : *member) {
    if (!address.is_string()) return fail(IdentityError::member_of_wrong_type);
    addresses.push_back(printable(address.get<std::string>()));
  }
  return addresses;
}

}  // namespace

std::string_view describe(IdentityError error) {
  switch (error) {
    case IdentityError::too_long:
      return "longer than 4096 bytes";
    case IdentityError::not_an_object:
      return "not a JSON object";
    case IdentityError::member_missing:
      return "name or fingerprint missing";
    case IdentityError::member_of_wrong_type:
      return "a member of the wrong type";
  }
  return "";
}

Result<Identity, IdentityError> parse_identity(std::string_view line) {
  if (line.size() > identity_limit) return fail(IdentityError::too_long);
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return fail(IdentityError::not_an_object);
  const auto name = text_of(object, "name");
  const auto fingerprint = text_of(object, "fingerprint");
  const auto session = text_of(object, "session");
  const auto mail_domain = text_of(object, "mail_domain");
  const auto host = text_of(object, "host");
  auto addresses = addresses_of(object);
  if (!host) return fail(IdentityError::member_of_wrong_type);
  if (!name || !fingerprint || !session || !mail_domain || !addresses) return fail(IdentityError::member_of_wrong_type);
  if (name->empty() || fingerprint->empty()) return fail(IdentityError::member_missing);
  Identity identity{*name, *fingerprint, std::move(*addresses), std::nullopt};
  if (const auto id = Uuid::parse_urn(*session)) identity.session = SessionId(*id);
  identity.mail_domain = *mail_domain;
  identity.host = *host;
  if (const auto tier2 = object.find("tier2"); tier2 != object.end()) {
    if (!tier2->is_boolean()) return fail(IdentityError::member_of_wrong_type);
    identity.tier2 = tier2->get<bool>();
  }
  if (const auto invites = object.find("invites"); invites != object.end()) {
    if (!invites->is_array()) return fail(IdentityError::member_of_wrong_type);
    identity.invites = invites->size();
  }
  return identity;
}

}  // namespace sisu::client
