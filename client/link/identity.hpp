// What the relay answers to `whoami --json` and to `claim --json` (proto/commands.md).
#pragma once

#include "common/base/result.hpp"
#include "common/base/uuid.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::client {

struct Identity {
  std::string name;
  std::string fingerprint;             ///< of the key that logged in: "SHA256:..."
  std::vector<std::string> addresses;  ///< where senders reach this user: "[2001:db8::1]:25"
  std::optional<SessionId> session;    ///< this SSH session, as the relay's log names it
  std::string mail_domain = {};        ///< "niklas.example.org"; empty where the relay has no registry
  std::string host = {};               ///< "niklas.v6.example.org", where senders connect; likewise
  std::optional<bool> tier2 = {};      ///< whether the relay may keep mail for this user
  std::size_t invites = 0;             ///< codes to pass on, after a claim

  bool operator==(const Identity&) const = default;
};

inline constexpr std::size_t identity_limit = 4096;  ///< bytes of the answer

enum class IdentityError { too_long, not_an_object, member_missing, member_of_wrong_type };
std::string_view describe(IdentityError error);

/// One JSON object; members that it does not know are skipped. Text is cleaned of control characters, as it ends in
/// logs.
Result<Identity, IdentityError> parse_identity(std::string_view line);

}  // namespace sisu::client
