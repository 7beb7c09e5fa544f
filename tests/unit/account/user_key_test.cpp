#include "relay/account/user_key.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

// ssh-keygen -t ed25519; ssh-keygen -l
const std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAIJHtuv4dhyRtrHuAV/OQWVFKmuQ8k3aYNeSVvMOcEY7r";
const std::string line = "ssh-ed25519 " + blob;
const std::string fingerprint = "SHA256:4+z3WQX6dK3zbHo1qXJfZu649hxTKXENRsgkPtoMxkA";
const std::string ecdsa =
    "ecdsa-sha2-nistp256 "
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAj2w9PzxPWS06vpgiIr+YoaQJyr+TPkM/"
    "IhXmHX0ckONVPvbgOXBas8W6FitfHrrERV3LJF0zIhWghYol+VA5o=";

TEST(UserKey, the_fingerprint_is_what_openssh_prints) {
  const auto key = UserKey::parse(line);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->fingerprint().to_string(), fingerprint);
  EXPECT_EQ(Fingerprint::parse(fingerprint), key->fingerprint());
}

TEST(UserKey, a_comment_and_blanks_are_dropped) {
  for (const std::string& text : {line + " niklas@laptop", line + "\n", line + "\r\n", "  " + line, line + "\tx y z"}) {
    const auto key = UserKey::parse(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->to_openssh(), line);
  }
}

TEST(UserKey, other_kinds_of_key_are_refused_as_such) {
  EXPECT_EQ(UserKey::parse(ecdsa).error(), KeyError::not_ed25519);
  for (const char* type : {"ssh-rsa", "ssh-dss", "sk-ssh-ed25519@openssh.com", "ssh-ed25519-cert-v01@openssh.com",
                           "SSH-ED25519", "ssh-ed448"})
    EXPECT_EQ(UserKey::parse(std::string(type) + " " + blob).error(), KeyError::not_ed25519) << type;
}

TEST(UserKey, damaged_keys_are_refused) {
  std::string other_type = blob;
  other_type.replace(0, 24, "AAAAC3NzaC1lZDI1NTE4AAAA");
  const std::string damaged[] = {
      blob.substr(1),           blob.substr(0, 64),        blob + "AAAA",        "=" + blob.substr(1),
      blob.substr(0, 67) + "=", blob.substr(0, 66) + "==", "*" + blob.substr(1), other_type,
      std::string(68, 'A'),     std::string(100000, 'A')};
  for (const std::string& text : damaged)
    EXPECT_EQ(UserKey::parse("ssh-ed25519 " + text).error(), KeyError::damaged) << text.substr(0, 80);
}

TEST(UserKey, what_is_no_key_line_is_refused) {
  for (const char* text : {"", " ", "ssh-ed25519", "ssh-ed25519 ", "\n\n"})
    EXPECT_EQ(UserKey::parse(text).error(), KeyError::not_a_key) << text;
  EXPECT_FALSE(UserKey::parse(blob));
}

TEST(UserKey, fingerprints_of_other_forms_are_refused) {
  std::string stray_bits = fingerprint;
  stray_bits.back() = stray_bits.back() == 'B' ? 'C' : 'B';  // two of its bits stand behind the 256
  for (const std::string& text :
       {std::string(), std::string("SHA256:"), fingerprint + "=", fingerprint.substr(7),
        "sha256:" + fingerprint.substr(7), fingerprint.substr(0, 49), stray_bits, "MD5:" + fingerprint.substr(7)})
    EXPECT_FALSE(Fingerprint::parse(text)) << text;
}

}  // namespace
}  // namespace sisu::relay
