// SSH keys as values. Only ed25519 is used (docs/decisions); other kinds parse so that a refusal can name them.
#pragma once

#include "common/base/result.hpp"

#include <compare>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssh_key_struct;  // libssh

namespace sisu::ssh {

struct KeyError {
  std::string what;  ///< one line for a person: what, where, why, what to do
};

class PublicKey {
 public:
  /// "ssh-ed25519 AAAA... comment", as in authorized_keys and *.pub. At most 16 KiB; options in front are refused.
  static Result<PublicKey, KeyError> parse(std::string_view line);
  static PublicKey from_libssh(const ssh_key_struct* key);

  const std::string& type() const { return type_; }      ///< "ssh-ed25519"
  const std::string& base64() const { return base64_; }  ///< the wire blob
  std::string to_openssh() const { return type_ + " " + base64_; }
  std::string fingerprint() const;  ///< "SHA256:..." as OpenSSH prints it
  bool is_ed25519() const { return type_ == "ssh-ed25519"; }

  auto operator<=>(const PublicKey&) const = default;

 private:
  PublicKey(std::string type, std::string base64) : type_(std::move(type)), base64_(std::move(base64)) {}
  std::string type_;
  std::string base64_;
};

/// An ed25519 private key in memory; wiped when it goes away. A cheap handle: copies share it.
class PrivateKey {
 public:
  /// Asked once when the file is encrypted; nullopt: there is no way to ask.
  using Passphrase = std::function<std::optional<std::string>()>;

  static constexpr std::size_t file_bytes = 64 * 1024;  ///< longest key file that is read

  static PrivateKey generate();
  /// Refuses files that others may read (mode & 077), keys that are not ed25519, a wrong passphrase.
  static Result<PrivateKey, KeyError> load(const std::filesystem::path& file, const Passphrase& passphrase);
  /// Writes mode 0600 through a temporary file, fsync and rename; refuses to overwrite.
  Result<void, KeyError> save(const std::filesystem::path& file) const;

  PublicKey public_key() const;
  ssh_key_struct* libssh() const { return key_.get(); }

 private:
  explicit PrivateKey(ssh_key_struct* key);
  std::shared_ptr<ssh_key_struct> key_;
};

}  // namespace sisu::ssh
