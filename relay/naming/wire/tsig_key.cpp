#include "relay/naming/wire/tsig_key.hpp"

#include "relay/naming/wire/ldns_handles.hpp"

#include <algorithm>
#include <optional>

namespace sisu::relay::naming {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

std::string lower_case(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::optional<std::string> absolute_name(std::string_view text) {
  std::string name = lower_case(text);
  if (!name.ends_with('.')) name += '.';
  if (name.size() < 2 || name.size() > longest_name + 1 || name.find_first_not_of(name_characters) != name.npos)
    return std::nullopt;
  const LdnsField field(ldns_dname_new_frm_str(name.c_str()));
  if (!field) return std::nullopt;
  return name;
}

/// How many octets it says; nothing if it is no base64.
std::optional<std::size_t> decoded_size(const std::string& base64) {
  ldns_rdf* made = nullptr;
  const auto status = ldns_str2rdf_b64(&made, base64.c_str());
  const LdnsField octets(made);
  if (status != LDNS_STATUS_OK) return std::nullopt;
  return ldns_rdf_size(octets.get());
}

}  // namespace

std::string_view describe(TsigKeyError error) {
  switch (error) {
    case TsigKeyError::form:
      return "not of the form hmac-sha256:NAME:BASE64";
    case TsigKeyError::algorithm:
      return "another algorithm than hmac-sha256";
    case TsigKeyError::name:
      return "the key's name is no domain name";
    case TsigKeyError::secret:
      return "the secret is no base64";
    case TsigKeyError::weak:
      return "the secret has fewer than 16 octets";
  }
  return "";
}

Result<TsigKey, TsigKeyError> TsigKey::parse(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto first = text.find(':');
  const auto second = first == text.npos ? first : text.find(':', first + 1);
  if (second == text.npos || text.size() > longest_text) return fail(TsigKeyError::form);
  if (lower_case(text.substr(0, first)) != "hmac-sha256") return fail(TsigKeyError::algorithm);
  auto name = absolute_name(text.substr(first + 1, second - first - 1));
  if (!name) return fail(TsigKeyError::name);
  std::string secret(text.substr(second + 1));
  const auto size = decoded_size(secret);
  if (!size || secret.find_first_of(" \t\r\n") != secret.npos) return fail(TsigKeyError::secret);
  if (*size < shortest_secret) return fail(TsigKeyError::weak);
  return TsigKey(*std::move(name), std::move(secret));
}

}  // namespace sisu::relay::naming
