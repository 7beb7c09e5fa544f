#include "common/ssh/known_hosts.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace sisu::ssh {
namespace {

std::string why(int error) { return std::generic_category().message(error); }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string entry_name(const std::string& host, std::uint16_t port) {
  return port == 22 ? lower(host) : "[" + lower(host) + "]:" + std::to_string(port);
}

std::string_view next_word(std::string_view& line) {
  const auto start = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(start);
  const auto word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::vector<unsigned char>> decode_base64(std::string_view text) {
  constexpr std::size_t sha1_text = 28;  // 20 bytes
  if (text.size() != sha1_text || text.back() != '=') return std::nullopt;
  std::vector<unsigned char> out(21);
  if (EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(sha1_text)) !=
      21) {
    return std::nullopt;
  }
  out.resize(20);
  return out;
}

/// "|1|salt|hash": the hash is HMAC-SHA1 of the name with the salt as key (PROTOCOL of OpenSSH, hostfile.c).
bool hashed_matches(std::string_view field, const std::string& name) {
  constexpr std::string_view prefix = "|1|";
  if (!field.starts_with(prefix)) return false;
  field.remove_prefix(prefix.size());
  const auto bar = field.find('|');
  if (bar == std::string_view::npos) return false;
  const auto salt = decode_base64(field.substr(0, bar));
  const auto hash = decode_base64(field.substr(bar + 1));
  if (!salt || !hash) return false;
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned length = 0;
  if (!HMAC(EVP_sha1(), salt->data(), static_cast<int>(salt->size()),
            reinterpret_cast<const unsigned char*>(name.data()), name.size(), made.data(), &length)) {
    return false;
  }
  return length == hash->size() && CRYPTO_memcmp(made.data(), hash->data(), length) == 0;
}

/// '*' and '?' as in OpenSSH's match_pattern. Linear in memory, at most quadratic in time.
bool pattern_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star) {
      p = *star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool names_match(std::string_view field, const std::string& name) {
  if (field.starts_with('|')) return hashed_matches(field, name);
  bool matched = false;
  while (!field.empty()) {
    auto pattern = field.substr(0, field.find(','));
    field.remove_prefix(std::min(pattern.size() + 1, field.size()));
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (!pattern_matches(lower(std::string(pattern)), name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

struct Line {
  bool revoked = false;
  std::string_view names;
  std::string type;
  std::string base64;
};

std::optional<Line> parse_line(std::string_view text) {
  Line line;
  auto word = next_word(text);
  if (word.empty() || word.starts_with('#')) return std::nullopt;
  if (word.starts_with('@')) {
    if (word != "@revoked") return std::nullopt;  // @cert-authority: certificates are not spoken
    line.revoked = true;
    word = next_word(text);
  }
  line.names = word;
  line.type = next_word(text);
  line.base64 = next_word(text);
  if (line.base64.empty()) return std::nullopt;
  return line;
}

/// The lines of a file that speak of `name`: views of `content`.
std::vector<Line> lines_of(std::string_view content, const std::string& name) {
  std::vector<Line> lines;
  while (!content.empty()) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = parse_line(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line && names_match(line->names, name)) lines.push_back(std::move(*line));
  }
  return lines;
}

Result<std::string, KeyError> read_whole(const std::filesystem::path& file) {
  const int in = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (in < 0 && errno == ENOENT) return std::string();
  const auto failed = [&](const std::string& reason) {
    if (in >= 0) ::close(in);
    return fail(KeyError{"cannot read known hosts " + file.string() + ": " + reason});
  };
  if (in < 0) return failed(why(errno));
  std::string content;
  std::array<char, 16 * 1024> chunk;
  while (true) {
    const ssize_t got = ::read(in, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(why(errno));
    if (got == 0) break;
    content.append(chunk.data(), static_cast<std::size_t>(got));
    if (content.size() > KnownHosts::file_bytes) return failed("it is longer than 4 MiB");
  }
  ::close(in);
  return content;
}

}  // namespace

Result<KnownHosts::Verdict, KeyError> KnownHosts::check(const std::string& host, std::uint16_t port,
                                                        const PublicKey& key) const {
  const auto content = read_whole(file_);
  if (!content) return fail(content.error());
  Verdict verdict = Verdict::unknown;
  for (const Line& line : lines_of(*content, entry_name(host, port))) {
    const bool same = line.type == key.type() && line.base64 == key.base64();
    if (line.revoked) {
      if (same) return Verdict::revoked;  // wherever in the file it stands
    } else if (same) {
      verdict = Verdict::known;
    } else if (verdict == Verdict::unknown && line.type == key.type()) {
      verdict = Verdict::changed;
    }
  }
  return verdict;
}

Result<std::vector<PublicKey>, KeyError> KnownHosts::keys_of(const std::string& host, std::uint16_t port) const {
  const auto content = read_whole(file_);
  if (!content) return fail(content.error());
  std::vector<PublicKey> keys;
  for (const Line& line : lines_of(*content, entry_name(host, port))) {
    const auto key = PublicKey::parse(line.type + " " + line.base64);
    if (key && !line.revoked) keys.push_back(*key);
  }
  return keys;
}

Result<void, KeyError> KnownHosts::add(const std::string& host, std::uint16_t port, const PublicKey& key) const {
  const auto failed = [&](int error) {
    return fail(KeyError{"cannot write known hosts " + file_.string() + ": " + why(error)});
  };
  const std::filesystem::path directory = file_.has_parent_path() ? file_.parent_path() : ".";
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno);
  const auto before = read_whole(file_);
  if (!before) return fail(before.error());
  std::string line = before->empty() || before->back() == '\n' ? "" : "\n";
  line += entry_name(host, port) + " " + key.to_openssh() + "\n";
  const int out = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) return failed(errno);
  const ssize_t put = ::write(out, line.data(), line.size());  // one write: a whole line or none
  const int error =
      put == static_cast<ssize_t>(line.size()) ? (::fsync(out) == 0 ? 0 : errno) : (put < 0 ? errno : ENOSPC);
  ::close(out);
  if (error != 0) return failed(error);
  return {};
}

}  // namespace sisu::ssh
