#include "client/link/host_key_check.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

class HostKeyCheck : public ::testing::Test {
 protected:
  Result<void, ssh::KeyError> check(const ssh::PublicKey& shown, NewHostKeys new_keys = NewHostKeys::refuse) const {
    return make_host_key_verifier(ssh::KnownHosts(file), relay, new_keys, log::Logger())(shown);
  }
  std::string refusal(const ssh::PublicKey& shown, NewHostKeys new_keys = NewHostKeys::refuse) const {
    const auto checked = check(shown, new_keys);
    return checked ? "" : checked.error().what;
  }

  test::ScratchDirectory place;
  std::filesystem::path file = place / "known_hosts";
  RelayAddress relay{"relay.test", 2222};
  ssh::PublicKey key = ssh::PrivateKey::generate().public_key();
  ssh::PublicKey other = ssh::PrivateKey::generate().public_key();
};

TEST_F(HostKeyCheck, an_unknown_key_is_refused_and_the_answer_says_how_to_accept_it) {
  const std::string said = refusal(key);
  for (const std::string& word :
       {key.fingerprint(), file.string(), relay.to_string(), std::string("--accept-new-host-key")}) {
    EXPECT_NE(said.find(word), std::string::npos) << said;
  }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(HostKeyCheck, an_accepted_key_is_stored_and_known_from_then_on) {
  EXPECT_TRUE(check(key, NewHostKeys::accept));
  EXPECT_TRUE(check(key, NewHostKeys::refuse));
}

TEST_F(HostKeyCheck, a_changed_key_is_refused_with_both_fingerprints_even_where_new_ones_are_accepted) {
  ASSERT_TRUE(check(key, NewHostKeys::accept));
  for (const NewHostKeys new_keys : {NewHostKeys::refuse, NewHostKeys::accept}) {
    const std::string said = refusal(other, new_keys);
    for (const std::string& word : {key.fingerprint(), other.fingerprint(), std::string("CHANGED"),
                                    std::string("ssh-keygen -f"), std::string("'[relay.test]:2222'")}) {
      EXPECT_NE(said.find(word), std::string::npos) << said;
    }
  }
  EXPECT_TRUE(check(key)) << "the file is as it was";
}

TEST_F(HostKeyCheck, a_revoked_key_is_refused) {
  test::write_file(file, "@revoked * " + key.to_openssh() + "\n");
  EXPECT_NE(refusal(key, NewHostKeys::accept).find("REVOKED"), std::string::npos);
}

TEST_F(HostKeyCheck, the_key_of_another_port_is_not_this_relays) {
  test::write_file(file, "relay.test " + key.to_openssh() + "\n");
  EXPECT_NE(refusal(key).find("--accept-new-host-key"), std::string::npos);
}

TEST_F(HostKeyCheck, a_file_that_cannot_be_read_refuses) {
  std::filesystem::create_directory(file);
  EXPECT_NE(refusal(key, NewHostKeys::accept).find(file.string()), std::string::npos);
}

}  // namespace
}  // namespace sisu::client
