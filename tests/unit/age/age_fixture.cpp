#include "tests/unit/age/age_fixture.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace sisu::age::test {

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(at, 2)), nullptr, 16)));
  return bytes;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : bytes) hex.append({digits[byte >> 4], digits[byte & 15]});
  return hex;
}

Point point_of(std::string_view hex) {
  Point point{};
  const auto bytes = from_hex(hex);
  std::copy(bytes.begin(), bytes.end(), point.begin());
  return point;
}

Secret<32> secret_of(std::string_view hex) {
  Secret<32> secret;
  const auto bytes = from_hex(hex);
  std::copy(bytes.begin(), bytes.end(), secret.bytes().begin());
  return secret;
}

Random counting_random(std::uint8_t first) {
  return [next = std::make_shared<std::uint8_t>(first)](std::span<std::uint8_t> out) {
    for (std::uint8_t& byte : out) byte = (*next)++;
  };
}

std::string sample(std::size_t size) {
  std::string text;
  text.reserve(size);
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>((i * 7 + i / 251 + i / 65536) & 0xff);
  return text;
}

Recipient ssh_recipient(std::string_view key) { return SshEd25519Recipient::from_key(point_of(key)).value(); }

std::vector<Identity> ssh_identity(std::string_view seed, std::string_view key) {
  std::vector<Identity> identities;
  identities.emplace_back(SshEd25519Identity::from_seed(secret_of(seed), point_of(key)).value());
  return identities;
}

std::vector<Identity> age_identity(std::string_view text) {
  std::vector<Identity> identities;
  identities.emplace_back(X25519Identity::parse(text).value());
  return identities;
}

std::string encrypted(std::string_view plain, const std::vector<Recipient>& recipients, std::size_t piece,
                      const Random& random) {
  Encryptor encryptor = Encryptor::create(recipients, random).value();
  std::string file(encryptor.begin());
  while (!plain.empty()) {
    std::string_view part = plain.substr(0, piece);
    plain.remove_prefix(part.size());
    while (!part.empty()) file += encryptor.next(part);
  }
  file += encryptor.finish();
  return file;
}

Opened opened(std::string_view file, std::span<const Identity> identities, std::size_t piece) {
  Decryptor decryptor(identities);
  Opened opened;
  while (!file.empty()) {
    std::string_view part = file.substr(0, piece);
    file.remove_prefix(part.size());
    while (!part.empty()) {
      const auto plain = decryptor.next(part);
      if (!plain) {
        opened.error = plain.error();
        return opened;
      }
      opened.plain += *plain;
    }
  }
  const auto last = decryptor.finish();
  if (last)
    opened.plain += *last;
  else
    opened.error = last.error();
  return opened;
}

}  // namespace sisu::age::test
