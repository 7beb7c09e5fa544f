#include "relay/naming/providers/rfc2136_error.hpp"

namespace sisu::relay::naming {
namespace {

using Kind = ProviderError::Kind;

ProviderError made(Kind kind, const UpdateServer& server, const std::string& what) {
  return {.kind = kind, .what = server.endpoint.to_string() + ": " + what};
}

std::string_view noun(Operation operation) {
  switch (operation) {
    case Operation::question:
      return "question";
    case Operation::transfer:
      return "zone transfer";
    case Operation::update:
      return "update";
  }
  return "";
}

std::string clocks(std::chrono::seconds ahead) {
  if (ahead.count() == 0) return "its clock and ours differ by more than 5 minutes";
  const bool behind = ahead.count() < 0;
  return "its clock is " + std::to_string(behind ? -ahead.count() : ahead.count()) + " s " +
         (behind ? "behind" : "ahead of") + " ours";
}

std::string refusal(const UpdateServer& server, Operation operation) {
  return "refused the " + std::string(noun(operation)) + " of " + server.zone + " with the key " + server.key_name;
}

}  // namespace

ProviderError tsig_error(const UpdateServer& server, Operation operation, const TsigFailure& failure) {
  const std::string zone_and_key = server.zone + " with the key " + server.key_name;
  switch (failure.kind) {
    case TsigFailure::Kind::unsigned_answer:
      return made(Kind::unreachable, server,
                  "its answer is not signed, so it is not believed; does something between us answer in its place?");
    case TsigFailure::Kind::wrong_signature:
      return made(Kind::refused, server,
                  "its answer is signed with another secret than our key " + server.key_name +
                      " has: give both the same hmac-sha256 secret");
    case TsigFailure::Kind::wrong_time:
    case TsigFailure::Kind::bad_time:
      return made(Kind::refused, server, "BADTIME: " + clocks(failure.server_ahead) + ": set both clocks by NTP");
    case TsigFailure::Kind::bad_signature:
      return made(
          Kind::refused, server,
          "BADSIG: it has another secret for the key " + server.key_name + ": give both the same hmac-sha256 secret");
    case TsigFailure::Kind::bad_key:
      return made(Kind::refused, server,
                  "BADKEY: it has no hmac-sha256 key " + server.key_name + ", or does not allow this " +
                      std::string(noun(operation)) + " of " + server.zone +
                      " with it: compare the key's name on both sides and look at the server's acl (Knot: acl)");
    case TsigFailure::Kind::other:
      return made(Kind::refused, server,
                  "did not take our signature for the " + std::string(noun(operation)) + " of " + zone_and_key +
                      ": look into the server's log");
  }
  return {};
}

ProviderError code_error(const UpdateServer& server, Operation operation, ResponseCode code) {
  switch (code) {
    case ResponseCode::refused:
      return made(Kind::refused, server,
                  "REFUSED: it " + refusal(server, operation) +
                      ": allow it there (Knot: acl with action update and transfer, BIND: update-policy and "
                      "allow-transfer), or look whether it serves this zone at all");
    case ResponseCode::not_authorized:
      return made(Kind::refused, server,
                  "NOTAUTH: it does not serve " + server.zone + ", or " + refusal(server, operation) +
                      ": compare the zone's and the key's name on both sides");
    case ResponseCode::not_implemented:
      return made(Kind::refused, server,
                  "NOTIMP: it knows no " + std::string(noun(operation)) + ": is this the zone's primary server?");
    case ResponseCode::format_error:
    case ResponseCode::not_in_zone:
    case ResponseCode::name_exists:
    case ResponseCode::set_exists:
    case ResponseCode::set_missing:
    case ResponseCode::bad_version:
      return made(Kind::invalid, server,
                  to_string(code) + ": it does not take this " + std::string(noun(operation)) + " of " + server.zone +
                      ": look into its log");
    case ResponseCode::no_error:
    case ResponseCode::server_failure:
    case ResponseCode::name_error:
      break;
  }
  return made(Kind::unreachable, server,
              to_string(code) + " for the " + std::string(noun(operation)) + " of " + server.zone +
                  ": the server has trouble of its own; its log says which");
}

ProviderError answer_error(const UpdateServer& server, std::string_view why) {
  return made(Kind::unreachable, server, std::string(why));
}

}  // namespace sisu::relay::naming
