// What the tests of age files share: keys, files made and opened in pieces of any size.
#pragma once

#include "common/age/decryptor.hpp"
#include "common/age/encryptor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::age::test {

inline constexpr std::size_t whole = SIZE_MAX;  ///< all in one piece

std::vector<std::uint8_t> from_hex(std::string_view hex);
std::string to_hex(std::span<const std::uint8_t> bytes);
Point point_of(std::string_view hex);
Secret<32> secret_of(std::string_view hex);

/// The same octets in each run.
Random counting_random(std::uint8_t first = 0);
/// `size` octets of which no two chunks are alike.
std::string sample(std::size_t size);

// age-keygen
inline constexpr std::string_view x25519_recipient = "age1532sppcf09fd42yexxyuyd7trqd2wm599vrf33dle4prnumvgyfsd64tvz";
inline constexpr std::string_view x25519_identity =
    "AGE-SECRET-KEY-12FUXGH2EWTYNT5NEJJM337UH2XWSW5NPS225YXDV8Z8CQY4WCSZSWA70TG";
// RFC 8032 7.1, TEST 1 and TEST 2
inline constexpr std::string_view ssh_seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
inline constexpr std::string_view ssh_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
inline constexpr std::string_view other_ssh_seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
inline constexpr std::string_view other_ssh_key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

Recipient ssh_recipient(std::string_view key = ssh_key);
std::vector<Identity> ssh_identity(std::string_view seed = ssh_seed, std::string_view key = ssh_key);
std::vector<Identity> age_identity(std::string_view text = x25519_identity);

std::string encrypted(std::string_view plain, const std::vector<Recipient>& recipients, std::size_t piece = whole,
                      const Random& random = fill_random);

struct Opened {
  std::string plain;           ///< what was released
  std::optional<Error> error;  ///< nullopt: the file is whole
};
Opened opened(std::string_view file, std::span<const Identity> identities, std::size_t piece = whole);

}  // namespace sisu::age::test
