#include "relay/registry/invite_key.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/expects.hpp"
#include "common/base/random.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <system_error>

namespace sisu::relay {
namespace {

constexpr std::string_view base32 = "0123456789abcdefghjkmnpqrstvwxyz";  // crockford.com/base32.html
constexpr std::size_t group = 4;
constexpr std::size_t id_digits = 16;
constexpr mode_t private_mode = 0600;

char to_digit(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') return '0';
  if (c == 'i' || c == 'l') return '1';
  return c;
}

std::string_view as_text(const std::array<std::uint8_t, 32>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[noreturn]] void refuse_file(std::error_code error, const std::filesystem::path& file, const char* why) {
  throw std::system_error(error, file.string() + ": " + why);
}

void expect_private(FileSystem& files, const std::filesystem::path& file) {
  const auto status = files.status(file);
  if (!status) refuse_file(status.error(), file, "the key of the invitation codes cannot be read");
  if ((status->permissions & 077) != 0)
    refuse_file(std::make_error_code(std::errc::permission_denied), file,
                "others may read the key of the invitation codes; chmod 600 it");
}

}  // namespace

std::optional<InviteCode> InviteCode::parse(std::string_view text) {
  Digits digits{};
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const char digit = to_digit(c);
    if (count == characters || base32.find(digit) == std::string_view::npos) return std::nullopt;
    digits[count++] = digit;
  }
  if (count != characters) return std::nullopt;
  return InviteCode(digits);
}

std::string InviteCode::to_text() const {
  std::string text;
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    if (i > 0 && i % group == 0) text += '-';
    text += digits_[i];
  }
  return text;
}

InviteKey::InviteKey(const Bytes& bytes) : bytes_(bytes) {
  for (const std::uint8_t byte : mac("key id", "")) {
    if (id_.size() == id_digits) break;
    id_ += "0123456789abcdef"[byte >> 4];
    id_ += "0123456789abcdef"[byte & 0xF];
  }
}

InviteKey InviteKey::random() {
  Bytes bytes{};
  fill_random(bytes);
  return InviteKey(bytes);
}

InviteKey InviteKey::load_or_make(FileSystem& files, const std::filesystem::path& file) {
  if (const auto found = files.status(file); !found && found.error() == std::errc::no_such_file_or_directory) {
    const InviteKey key = random();
    if (const auto written = write_durable_file(files, file, as_text(key.bytes_), private_mode); !written)
      refuse_file(written.error(), file, "the key of the invitation codes cannot be written");
    return key;
  }
  expect_private(files, file);
  Bytes bytes{};
  const auto text = files.read(file, bytes.size());
  if (!text) refuse_file(text.error(), file, "the key of the invitation codes cannot be read");
  if (text->size() != bytes.size())
    refuse_file(std::make_error_code(std::errc::invalid_argument), file,
                "is not the key of the invitation codes (32 bytes): put it back from a copy");
  std::ranges::copy(*text, bytes.begin());
  return InviteKey(bytes);
}

InviteCode InviteKey::code_of(const InviteId& invite) const {
  const Hash hash = mac("code", invite.to_string());
  InviteCode::Digits digits{};
  for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = base32[hash[i] & 0x1F];
  return InviteCode(digits);
}

InviteKey::Hash InviteKey::hash_of(const InviteCode& code) const {
  return mac("hash", {code.digits_.data(), code.digits_.size()});
}

InviteKey::Hash InviteKey::mac(std::string_view purpose, std::string_view text) const {
  const std::string message = std::string(purpose) + '\0' + std::string(text);
  Hash hash{};
  unsigned length = 0;
  const auto* done = HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()),
                          reinterpret_cast<const std::uint8_t*>(message.data()), message.size(), hash.data(), &length);
  expects(done != nullptr && length == hash.size(), "HMAC-SHA256 to work");
  return hash;
}

}  // namespace sisu::relay
