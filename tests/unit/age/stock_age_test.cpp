// Beside the age program and keys of ssh-keygen and age-keygen: each opens what the other made.
#include "common/ssh/key.hpp"
#include "common/ssh/seed.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sisu::age::test {
namespace {

using sisu::test::read_file;
using sisu::test::write_file;

const std::size_t sizes[] = {0, 1, 65535, 65536, 65537, 200'000, 20'000'000};

struct StockAge : testing::Test {
  sisu::test::ScratchDirectory scratch;

  /// In the scratch directory; true if it succeeds.
  bool run(const std::string& command) const {
    return std::system(("cd " + scratch.path().string() + " && " + command + " 2>>errors").c_str()) == 0;
  }
  std::string errors() const { return read_file(scratch / "errors"); }
  std::string first_line(std::string_view file) const {
    const std::string text = read_file(scratch / file);
    return text.substr(0, text.find('\n'));
  }

  void make_ssh_key(const std::string& name, const std::string& passphrase = "") const {
    ASSERT_TRUE(run("ssh-keygen -q -t ed25519 -C comment -N '" + passphrase + "' -f " + name)) << errors();
  }
  Recipient recipient_in(std::string_view file) const { return parse_recipient(first_line(file)).value(); }
  std::vector<Identity> ssh_identity_in(std::string_view file, const std::string& passphrase = "") const {
    const auto key = ssh::PrivateKey::load(scratch / file, [&] { return passphrase; });
    if (!key) throw std::runtime_error(key.error().what);
    const auto seed = ssh::seed_of(*key);
    if (!seed) throw std::runtime_error(seed.error().what);
    std::vector<Identity> identities;
    identities.emplace_back(
        SshEd25519Identity::from_seed(*seed, parse_ssh_ed25519(key->public_key().to_openssh()).value()).value());
    return identities;
  }

  /// An age-keygen file has its secret in the last line.
  std::string make_age_key() const {
    EXPECT_TRUE(run("age-keygen -o age-key && age-keygen -y age-key >age-key.pub && tail -n 1 age-key >secret"))
        << errors();
    return first_line("secret");
  }

  void expect_opens_ours(const std::vector<Recipient>& recipients, const std::string& key) const {
    for (const std::size_t size : sizes) {
      const std::string plain = sample(size);
      write_file(scratch / "ours.age", encrypted(plain, recipients, 10'007));
      EXPECT_TRUE(run("age -d -i " + key + " ours.age >plain")) << size << ": " << errors();
      EXPECT_TRUE(read_file(scratch / "plain") == plain) << size;
    }
  }
  void expect_we_open(const std::string& options, const std::vector<Identity>& identities) const {
    for (const std::size_t size : sizes) {
      const std::string plain = sample(size);
      write_file(scratch / "plain", plain);
      ASSERT_TRUE(run("age " + options + " -o theirs.age plain")) << size << ": " << errors();
      const Opened result = opened(read_file(scratch / "theirs.age"), identities, 10'007);
      EXPECT_FALSE(result.error) << size << ": " << (result.error ? describe(*result.error) : "");
      EXPECT_TRUE(result.plain == plain) << size;
    }
  }
};

TEST_F(StockAge, slow_opens_with_an_ssh_key_what_we_encrypted_to_it) {
  make_ssh_key("id_ed25519");
  expect_opens_ours({recipient_in("id_ed25519.pub")}, "id_ed25519");
}

TEST_F(StockAge, slow_opens_with_its_own_key_what_we_encrypted_to_it) {
  make_age_key();
  expect_opens_ours({recipient_in("age-key.pub")}, "age-key");
}

TEST_F(StockAge, slow_opens_the_file_that_encryptor_test_has_octet_for_octet) {
  write_file(scratch / "key", x25519_identity);
  const std::vector<Recipient> recipients{ssh_recipient(), parse_recipient(x25519_recipient).value()};
  write_file(scratch / "ours.age", encrypted("a letter\r\n", recipients, whole, counting_random()));
  EXPECT_TRUE(run("age -d -i key ours.age >plain")) << errors();
  EXPECT_EQ(read_file(scratch / "plain"), "a letter\r\n");
}

TEST_F(StockAge, slow_files_to_an_ssh_key_open_here) {
  make_ssh_key("id_ed25519");
  expect_we_open("-R id_ed25519.pub", ssh_identity_in("id_ed25519"));
}

TEST_F(StockAge, slow_files_to_an_ssh_key_with_a_passphrase_open_here) {
  make_ssh_key("id_ed25519", "a secret of mine");
  expect_we_open("-R id_ed25519.pub", ssh_identity_in("id_ed25519", "a secret of mine"));
}

TEST_F(StockAge, slow_files_to_its_own_key_open_here) {
  const std::string secret = make_age_key();
  expect_we_open("-r " + first_line("age-key.pub"), age_identity(secret));
}

TEST_F(StockAge, slow_files_to_several_recipients_open_with_each_both_ways) {
  const std::string secret = make_age_key();
  make_ssh_key("first");
  make_ssh_key("second");
  const std::vector<Recipient> all{recipient_in("first.pub"), recipient_in("age-key.pub"), recipient_in("second.pub")};
  for (const char* key : {"first", "age-key", "second"}) expect_opens_ours(all, key);
  const std::string options = "-R first.pub -R second.pub -r " + first_line("age-key.pub");
  expect_we_open(options, ssh_identity_in("first"));
  expect_we_open(options, ssh_identity_in("second"));
  expect_we_open(options, age_identity(secret));
}

TEST_F(StockAge, slow_many_keys_of_ssh_keygen_work_both_ways) {
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i);
    make_ssh_key(key);
    write_file(scratch / "ours.age", encrypted("a letter", {recipient_in(key + ".pub")}));
    EXPECT_TRUE(run("age -d -i " + key + " ours.age >plain")) << errors();
    EXPECT_EQ(read_file(scratch / "plain"), "a letter");
    ASSERT_TRUE(run("age -R " + key + ".pub -o theirs.age plain")) << errors();
    EXPECT_EQ(opened(read_file(scratch / "theirs.age"), ssh_identity_in(key)).plain, "a letter");
  }
}

TEST_F(StockAge, slow_refuses_what_we_refuse_of_an_altered_file) {
  make_ssh_key("id_ed25519");
  const std::string file = encrypted("a letter", {recipient_in("id_ed25519.pub")});
  const auto identities = ssh_identity_in("id_ed25519");
  for (std::size_t at = 0; at < file.size(); at += 5) {
    std::string altered = file;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    write_file(scratch / "altered.age", altered);
    EXPECT_FALSE(run("age -d -i id_ed25519 altered.age >plain")) << at;
    EXPECT_TRUE(opened(altered, identities).error) << at;
  }
}

TEST(SshSeed, is_that_of_the_public_key_also_of_a_key_made_here) {
  const auto key = ssh::PrivateKey::generate();
  const auto seed = ssh::seed_of(key);
  ASSERT_TRUE(seed) << seed.error().what;
  EXPECT_TRUE(SshEd25519Identity::from_seed(*seed, parse_ssh_ed25519(key.public_key().to_openssh()).value()));
}

}  // namespace
}  // namespace sisu::age::test
