// known_hosts files in OpenSSH's format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): look-up and append.
#pragma once

#include "common/ssh/key.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace sisu::ssh {

class KnownHosts {
 public:
  explicit KnownHosts(std::filesystem::path file) : file_(std::move(file)) {}

  enum class Verdict { known, unknown, changed, revoked };
  /// `port` 22 is looked up as "host", others as "[host]:port". Hashed entries are understood. A missing file knows
  /// nobody.
  Result<Verdict, KeyError> check(const std::string& host, std::uint16_t port, const PublicKey& key) const;
  /// Appends a line and fsyncs; makes the file (0600) and its directory (0700).
  Result<void, KeyError> add(const std::string& host, std::uint16_t port, const PublicKey& key) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace sisu::ssh
