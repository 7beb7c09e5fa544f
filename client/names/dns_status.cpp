#include "client/names/dns_status.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace sisu::client {
namespace {

using Json = nlohmann::json;
using Problem = DnsStatusError;

constexpr std::int64_t longest_ttl = 2'147'483'647;  // RFC 2181 8

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

/// Each reads a member into `value`, which keeps its default when the member is missing. False: of another type.
bool read(const Json& object, const char* name, std::string& value) {
  const auto member = object.find(name);
  if (member == object.end()) return true;
  if (!member->is_string()) return false;
  value = printable(member->get<std::string>());
  return true;
}

bool read(const Json& object, const char* name, bool& value) {
  const auto member = object.find(name);
  if (member == object.end()) return true;
  if (!member->is_boolean()) return false;
  value = member->get<bool>();
  return true;
}

bool read(const Json& object, const char* name, std::optional<std::int64_t>& value) {
  const auto member = object.find(name);
  if (member == object.end() || member->is_null()) return true;
  if (!member->is_number_integer()) return false;
  value = member->get<std::int64_t>();
  return true;
}

std::optional<Problem> read_tlsa(const Json& dns, DnsStatus& status) {
  const auto list = dns.find("tlsa");
  if (list == dns.end()) return std::nullopt;
  if (!list->is_array()) return Problem::member_of_wrong_type;
  if (list->size() > most_listed) return Problem::too_many;
  for (const Json& entry : *list) {
    std::string digest;
    std::optional<std::int64_t> seconds;
    if (!entry.is_object() || !read(entry, "sha256", digest) || !read(entry, "live_seconds", seconds)) {
      return Problem::member_of_wrong_type;
    }
    if (!keys::is_digest(digest)) return Problem::bad_digest;
    if (seconds && *seconds >= 0) status.tlsa[digest] = std::chrono::seconds(*seconds);
  }
  return std::nullopt;
}

std::optional<Problem> read_authorities(const Json& dns, DnsStatus& status) {
  const auto list = dns.find("ca");
  if (list == dns.end()) return std::nullopt;
  if (!list->is_array()) return Problem::member_of_wrong_type;
  if (list->size() > most_listed) return Problem::too_many;
  for (const Json& entry : *list) {
    if (!entry.is_string()) return Problem::member_of_wrong_type;
    status.ca.push_back(printable(entry.get<std::string>()));
  }
  return std::nullopt;
}

std::optional<Problem> read_scalars(const Json& dns, DnsStatus& status) {
  std::string state = "off";
  std::optional<std::int64_t> ttl;
  if (!read(dns, "state", state) || !read(dns, "signed", status.signed_zone) || !read(dns, "problem", status.problem) ||
      !read(dns, "tlsa_ttl", ttl) || !read(dns, "acme_account", status.acme_account)) {
    return Problem::member_of_wrong_type;
  }
  if (state != "live" && state != "pending" && state != "off") return Problem::unknown_state;
  status.has_dns = state != "off";
  status.live = state == "live";
  // A TTL that makes no sense is none to hurry by.
  if (ttl) status.tlsa_ttl = std::chrono::seconds(std::clamp<std::int64_t>(*ttl, 1, longest_ttl));
  return std::nullopt;
}

}  // namespace

std::string_view describe(DnsStatusError error) {
  switch (error) {
    case Problem::too_long:
      return "longer than 4096 bytes";
    case Problem::not_an_object:
      return "not a JSON object";
    case Problem::member_of_wrong_type:
      return "a member of the wrong type";
    case Problem::unknown_state:
      return "a state of the records that this version does not know";
    case Problem::too_many:
      return "more than 16 TLSA values or CAs";
    case Problem::bad_digest:
      return "a TLSA value that is no SHA-256 in hex";
  }
  return "";
}

keys::Visibility DnsStatus::visibility() const {
  if (!has_dns || (live && !signed_zone)) return {};
  return {true, tlsa, tlsa_ttl};
}

Result<DnsStatus, DnsStatusError> parse_dns_status(std::string_view line) {
  if (line.size() > status_line_limit) return fail(Problem::too_long);
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return fail(Problem::not_an_object);
  const auto dns = object.find("dns");
  DnsStatus status;
  if (dns == object.end()) return status;
  if (!dns->is_object()) return fail(Problem::member_of_wrong_type);
  if (const auto problem = read_scalars(*dns, status)) return fail(*problem);
  if (!status.has_dns) return DnsStatus{};
  if (const auto problem = read_tlsa(*dns, status)) return fail(*problem);
  if (const auto problem = read_authorities(*dns, status)) return fail(*problem);
  return status;
}

}  // namespace sisu::client
