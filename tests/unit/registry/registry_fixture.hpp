// What the registry's tests share: a state directory, keys and names by number, requests.
#pragma once

#include "common/sqlite/error.hpp"
#include "relay/registry/state_directory.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::test {

inline AccountName name_of(std::string_view text) { return AccountName::parse(text).value(); }

/// Base64 of an ed25519 wire form whose last bytes are `number`: a key that nobody holds, but a key.
inline UserKey key_of(unsigned number) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAI" + std::string(43, 'A');
  for (std::size_t at = blob.size(); number != 0; number /= 64) blob[--at] = digits[number % 64];
  return UserKey::parse("ssh-ed25519 " + blob).value();
}

/// A source in a /24 of its own.
inline IpAddress source_of(unsigned number) {
  return IpAddress::parse("10." + std::to_string(number / 256 % 256) + "." + std::to_string(number % 256) + ".7")
      .value();
}

inline ClaimRequest request_of(std::string_view name, unsigned key, std::optional<std::string> invite = {},
                               unsigned source = 0) {
  return {.name = name_of(name), .key = key_of(key), .invite = std::move(invite), .source = source_of(source)};
}

inline const Time start = Time(std::chrono::seconds(1'800'000'000));
inline const UserPrefix prefix = UserPrefix::parse("2001:db8:1:2::/64").value();

inline ClaimRules open_rules() { return {.policy = ClaimPolicy::open, .claims_per_prefix = 1000}; }

/// A registry that its test opens as the daemon would, with a prefix.
class RegistryFixture : public ::testing::Test {
 protected:
  OpenedRegistry open(const ClaimRules& rules = open_rules()) const {
    OpenedRegistry opened = open_registry(state(), OpenedBy::daemon, rules);
    opened.database.set_prefix(prefix);
    return opened;
  }
  OpenedRegistry open_beside(const ClaimRules& rules = open_rules()) const {
    return open_registry(state(), OpenedBy::command, rules);
  }
  const std::filesystem::path& state() const { return directory_.path(); }
  RegistryFiles files() const { return RegistryFiles(state()); }

  sisu::test::ScratchDirectory directory_;
};

/// All that a claim could change.
inline std::string content_of(const RegistryDatabase& registry) {
  return registry.database().text(
      "SELECT (SELECT json_group_array(json_array(id, name, fingerprint, interface_id, state, tier2)) FROM users) || "
      "(SELECT json_group_array(json_array(id, used, used_by, revoked)) FROM invites) || "
      "(SELECT json_group_array(json_array(id, source_prefix, time)) FROM recent_claims) || "
      "(SELECT json_group_array(json_array(kind, value)) FROM retired)");
}

}  // namespace sisu::relay::test
