// What the life cycle of a certificate must remember across restarts, in the file acme-renewal.json of the state
// directory: failures and when to try again, and what the CA said about renewal. A record that is lost or broken costs
// an attempt that comes too early; never a certificate.
#pragma once

#include "client/certificates/renewal/renewal_plan.hpp"
#include "common/base/file_system.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::client {

struct RenewalRecord {
  // What it is about: under another directory or name it is void.
  std::string directory;  ///< URL
  std::string host;

  bool from_other_ca = false;  ///< the certificate at hand: the user has chosen another directory since
  unsigned failures = 0;       ///< in a row
  std::string error;           ///< of the last attempt; empty after a success
  bool rate_limited = false;
  std::optional<Instant> not_before;  ///< the next attempt; whole seconds, as all times here

  std::string certificate;  ///< acme::certificate_id() that the rest is about
  Spread spread;
  std::optional<acme::RenewalWindow> window;
  std::optional<Instant> ask_window_at;

  bool operator==(const RenewalRecord&) const = default;
};

std::string format_renewal_record(const RenewalRecord& record);
/// Nothing for a text that is none.
std::optional<RenewalRecord> parse_renewal_record(std::string_view text);

/// Blocks on files. An empty record of (directory URL, host) when there is none about them; with `from_other_ca` when
/// there is one about another directory.
RenewalRecord load_renewal_record(FileSystem& files, const std::filesystem::path& state, const std::string& directory,
                                  const std::string& host);
FileResult<void> save_renewal_record(FileSystem& files, const std::filesystem::path& state,
                                     const RenewalRecord& record);

}  // namespace sisu::client
