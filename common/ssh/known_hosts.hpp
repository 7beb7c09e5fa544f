// known_hosts files in OpenSSH's format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): look-up and append.
#pragma once

#include "common/ssh/key.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sisu::ssh {

class KnownHosts {
 public:
  static constexpr std::size_t file_bytes = 4 * 1024 * 1024;  ///< longest file that is read

  explicit KnownHosts(std::filesystem::path file) : file_(std::move(file)) {}

  enum class Verdict { known, unknown, changed, revoked };
  /// `port` 22 is looked up as "host", others as "[host]:port". Hashed entries, patterns (*, ?, !) and @revoked are
  /// understood; @cert-authority lines and keys that are not ed25519 say nothing. A missing file knows nobody.
  Result<Verdict, KeyError> check(const std::string& host, std::uint16_t port, const PublicKey& key) const;
  /// The keys that the file has for this host, revoked ones left out: to show a person what was known before.
  Result<std::vector<PublicKey>, KeyError> keys_of(const std::string& host, std::uint16_t port) const;
  /// Appends a line and fsyncs; makes the file (0600) and its directory (0700).
  Result<void, KeyError> add(const std::string& host, std::uint16_t port, const PublicKey& key) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace sisu::ssh
