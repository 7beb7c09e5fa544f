#include "client/certificates/renewal/open_challenges.hpp"

#include "common/base/durable_file.hpp"

#include <algorithm>
#include <optional>

namespace sisu::client {
namespace {

constexpr std::size_t largest_file = 64 * 1024;
constexpr std::size_t longest_host = 253;  // RFC 1035 2.3.4, without the last dot
constexpr std::size_t value_octets = 43;   // SHA-256 in base64url (RFC 8555 8.4)

std::filesystem::path file_in(const std::filesystem::path& state) { return state / "acme-challenges"; }

/// Both become words of a command at the relay.
std::optional<OpenChallenge> parse_line(std::string_view line) {
  constexpr std::string_view host_letters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto host = line.substr(0, blank);
  const auto value = line.substr(blank + 1);
  const bool good = !host.empty() && host.size() <= longest_host && host.front() != '-' &&
                    host.find_first_not_of(host_letters) == std::string_view::npos && value.size() == value_octets &&
                    value.find_first_not_of(digits) == std::string_view::npos;
  if (!good) return std::nullopt;
  return OpenChallenge{std::string(host), std::string(value)};
}

FileResult<void> save(FileSystem& files, const std::filesystem::path& state,
                      const std::vector<OpenChallenge>& challenges) {
  return write_durable_file(files, file_in(state), format_open_challenges(challenges), 0600);
}

}  // namespace

std::vector<OpenChallenge> parse_open_challenges(std::string_view text) {
  std::vector<OpenChallenge> found;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto challenge = parse_line(text.substr(0, end))) found.push_back(std::move(*challenge));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (found.size() > most_open_challenges) found.erase(found.begin(), found.end() - most_open_challenges);
  return found;
}

std::string format_open_challenges(const std::vector<OpenChallenge>& challenges) {
  std::string text;
  for (const auto& [host, value] : challenges) text += host + " " + value + "\n";
  return text;
}

std::vector<OpenChallenge> load_open_challenges(FileSystem& files, const std::filesystem::path& state) {
  const auto text = files.read(file_in(state), largest_file);
  return text ? parse_open_challenges(*text) : std::vector<OpenChallenge>();
}

FileResult<void> note_open_challenge(FileSystem& files, const std::filesystem::path& state, OpenChallenge challenge) {
  auto challenges = load_open_challenges(files, state);
  if (std::ranges::find(challenges, challenge) != challenges.end()) return {};
  challenges.push_back(std::move(challenge));
  if (challenges.size() > most_open_challenges) challenges.erase(challenges.begin());
  return save(files, state, challenges);
}

FileResult<void> strike_open_challenge(FileSystem& files, const std::filesystem::path& state,
                                       const OpenChallenge& challenge) {
  auto challenges = load_open_challenges(files, state);
  if (std::erase(challenges, challenge) == 0) return {};
  return save(files, state, challenges);
}

}  // namespace sisu::client
