#include "common/ssh/seed.hpp"

#include "common/ssh/libssh_handles.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace sisu::ssh {
namespace {

constexpr std::string_view begin_line = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view end_line = "-----END OPENSSH PRIVATE KEY-----";

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A key file as libssh writes it; wiped when it goes away.
class Export {
 public:
  explicit Export(const PrivateKey& key) {
    char* text = nullptr;
    if (ssh_pki_export_privkey_base64(key.libssh(), nullptr, nullptr, nullptr, &text) == SSH_OK) text_.reset(text);
  }
  ~Export() {
    if (text_) wipe(text_.get(), text().size());
  }
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;
  std::string_view text() const { return text_ ? std::string_view(text_.get()) : std::string_view(); }

 private:
  TextHandle text_;
};

/// What stands between the two lines, decoded; empty if they are not there. May have up to two zeros behind it.
SecretBuffer decoded(std::string_view file) {
  const auto end = file.find(end_line);
  if (!file.starts_with(begin_line) || end == std::string_view::npos) return SecretBuffer(0);
  SecretBuffer base64(end);
  std::size_t length = 0;
  for (const char c : file.substr(begin_line.size(), end - begin_line.size()))
    if (c != '\n') base64.bytes()[length++] = static_cast<std::uint8_t>(c);
  SecretBuffer bytes(length / 4 * 3);
  if (EVP_DecodeBlock(bytes.bytes().data(), base64.bytes().data(), static_cast<int>(length)) < 0)
    return SecretBuffer(0);
  return bytes;
}

/// RFC 4251 5: strings with their length in front.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool failed() const { return failed_; }
  bool skip(std::string_view expected) { return take(expected.size()) == expected; }
  std::string_view string() {
    std::size_t length = 0;
    for (const char c : take(4)) length = length << 8 | static_cast<std::uint8_t>(c);
    return take(length);
  }
  std::string_view take(std::size_t length) {
    failed_ |= length > rest_.size();
    const auto taken = rest_.substr(0, failed_ ? 0 : length);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// OpenSSH's PROTOCOL.key: the private part of an unencrypted file with one key.
std::string_view private_part(std::string_view bytes) {
  Reader file(bytes);
  const bool known = file.skip(std::string_view("openssh-key-v1\0", 15)) && file.string() == "none" &&
                     file.string() == "none" && file.string().empty() && file.skip(std::string_view("\0\0\0\1", 4));
  file.string();  // the public key
  const auto part = file.string();
  return known && !file.failed() ? part : std::string_view();
}

}  // namespace

Result<Secret<32>, KeyError> seed_of(const PrivateKey& key) {
  const Export file(key);
  const SecretBuffer bytes = decoded(file.text());
  Reader part(private_part(text_of(bytes.bytes())));
  part.take(8);  // a number, twice
  const bool is_ed25519 = part.string() == "ssh-ed25519" && part.string().size() == 32;
  const auto seed_and_key = part.string();
  if (!is_ed25519 || part.failed() || seed_and_key.size() != 64)
    return fail(KeyError{"cannot read the seed of the key: libssh does not write it in OpenSSH's form"});
  Secret<32> seed;
  std::copy_n(seed_and_key.begin(), seed.bytes().size(), seed.bytes().begin());
  return seed;
}

}  // namespace sisu::ssh
