// The JSON of Hetzner's Cloud API, version 1, as https://docs.hetzner.cloud/reference/cloud describes it (zones, zone
// RRsets, actions, errors): the parts that we need. Members that we do not know are skipped.
#pragma once

#include "relay/naming/providers/hetzner/rrset.hpp"

#include <cstdint>

namespace sisu::relay::naming::hetzner {

/// Why a body is not what it should be: "no member \"zone.ttl\"".
using ParseError = std::string;

struct Zone {
  Ttl ttl;          ///< of sets that have none of their own
  bool is_primary;  ///< else its records come from another server, and the API changes none
};
Result<Zone, ParseError> parse_zone(std::string_view body);

struct Page {
  Rrsets rrsets;
  std::optional<unsigned> next;  ///< its number
};
Result<Page, ParseError> parse_page(std::string_view body, const RecordName& zone);

struct Action {
  enum class Status { running, success, error };
  std::uint64_t id = 0;
  Status status = Status::running;
  std::string error_code = {};
  std::string error_message = {};
};
/// Also out of the answer to a `create`, which has the set beside it.
Result<Action, ParseError> parse_action(std::string_view body);

struct ApiError {
  std::string code;  ///< "rate_limit_exceeded"; "unknown" if the body is no error
  std::string message;
};
/// Texts are cut to `longest_error_text` characters, printable ASCII only.
ApiError parse_error(std::string_view body);
constexpr std::size_t longest_error_text = 200;

/// Names in the API are relative to the zone, "@" is the zone itself.
std::string relative_name(const RecordName& name, const RecordName& zone);

/// Method, path below the API's root, and body of a step.
struct StepRequest {
  std::string path;
  std::string body;
};
StepRequest to_request(const Step& step, const RecordName& zone);

/// "/zones/example.org"
std::string zone_path(const RecordName& zone);

}  // namespace sisu::relay::naming::hetzner
