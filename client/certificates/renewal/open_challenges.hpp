// Challenges whose TXT record may be in DNS, in the file acme-challenges of the state directory, one "HOST VALUE" a
// line. A challenge is written down before the relay is asked for its record and struck out when the record is gone for
// certain: so it is cleaned up also after kill -9, at the next start.
#pragma once

#include "common/base/file_system.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::client {

struct OpenChallenge {
  std::string host, value;
  bool operator==(const OpenChallenge&) const = default;
};

/// What a relay keeps for a user (proto/commands.md); of more, the oldest are forgotten: a relay sweeps them by itself.
inline constexpr std::size_t most_open_challenges = 8;

/// Lines that are none are skipped.
std::vector<OpenChallenge> parse_open_challenges(std::string_view text);
std::string format_open_challenges(const std::vector<OpenChallenge>& challenges);

/// Each blocks on files.
std::vector<OpenChallenge> load_open_challenges(FileSystem& files, const std::filesystem::path& state);
FileResult<void> note_open_challenge(FileSystem& files, const std::filesystem::path& state, OpenChallenge challenge);
FileResult<void> strike_open_challenge(FileSystem& files, const std::filesystem::path& state,
                                       const OpenChallenge& challenge);

}  // namespace sisu::client
