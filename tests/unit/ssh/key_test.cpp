// Keys as values and as files, beside ssh-keygen.
#include "common/ssh/key.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>

namespace sisu::ssh {
namespace {

using sisu::test::read_file;
using sisu::test::write_file;

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  ::pclose(pipe);
  return out;
}

struct Keys : testing::Test {
  sisu::test::ScratchDirectory scratch;

  std::filesystem::path keygen(const std::string& name, const std::string& options) {
    output_of("ssh-keygen -q -f " + (scratch / name).string() + " -C comment " + options);
    return scratch / name;
  }
  static std::string why_not(const std::filesystem::path& file, const PrivateKey::Passphrase& passphrase = {}) {
    const auto key = PrivateKey::load(file, passphrase);
    return key ? "it was loaded" : key.error().what;
  }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Keys, a_saved_key_reads_back_and_ssh_keygen_agrees) {
  const auto key = PrivateKey::generate();
  ASSERT_TRUE(key.save(scratch / "key"));
  struct stat status {};
  ASSERT_EQ(::stat((scratch / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto loaded = PrivateKey::load(scratch / "key", {});
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->public_key(), key.public_key());
  EXPECT_TRUE(contains(output_of("ssh-keygen -l -f " + (scratch / "key").string()), key.public_key().fingerprint()));
  EXPECT_TRUE(contains(output_of("ssh-keygen -y -f " + (scratch / "key").string()), key.public_key().to_openssh()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1) << "a temporary file is left";
}

TEST_F(Keys, saving_never_overwrites) {
  write_file(scratch / "key", "precious");
  const auto saved = PrivateKey::generate().save(scratch / "key");
  ASSERT_FALSE(saved);
  EXPECT_TRUE(contains(saved.error().what, "File exists")) << saved.error().what;
  EXPECT_EQ(read_file(scratch / "key"), "precious");
  EXPECT_FALSE(PrivateKey::generate().save(scratch / "no" / "such" / "directory"));
}

TEST_F(Keys, loads_what_ssh_keygen_made) {
  const auto file = keygen("key", "-t ed25519 -N ''");
  const auto key = PrivateKey::load(file, {});
  ASSERT_TRUE(key) << key.error().what;
  const auto line = PublicKey::parse(read_file(scratch / "key.pub"));
  ASSERT_TRUE(line) << line.error().what;
  EXPECT_EQ(key->public_key(), *line);
  EXPECT_TRUE(line->is_ed25519());
}

TEST_F(Keys, an_encrypted_key_asks_once_for_its_passphrase) {
  const auto file = keygen("key", "-t ed25519 -N sesame");
  int asked = 0;
  const auto key = PrivateKey::load(file, [&asked] {
    ++asked;
    return std::optional<std::string>("sesame");
  });
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(contains(read_file(scratch / "key.pub"), key->public_key().base64()));
  const auto wrong = [&asked] {
    ++asked;
    return std::optional<std::string>("open up");
  };
  EXPECT_TRUE(contains(why_not(file, wrong), "wrong passphrase"));
  EXPECT_EQ(asked, 2);
}

TEST_F(Keys, an_encrypted_key_without_a_way_to_ask_names_both_ways_out) {
  const auto file = keygen("key", "-t ed25519 -N sesame");
  for (const PrivateKey::Passphrase& none :
       {PrivateKey::Passphrase(), PrivateKey::Passphrase([] { return std::nullopt; })}) {
    const auto what = why_not(file, none);
    EXPECT_TRUE(contains(what, "encrypted")) << what;
    EXPECT_TRUE(contains(what, "--key-passphrase-file")) << what;
    EXPECT_TRUE(contains(what, "terminal")) << what;
  }
}

TEST_F(Keys, files_that_others_may_read_are_refused) {
  const auto file = keygen("key", "-t ed25519 -N ''");
  for (const mode_t mode : {0640U, 0604U, 0660U, 0601U}) {
    ::chmod(file.c_str(), mode);
    EXPECT_TRUE(contains(why_not(file), "chmod 600")) << mode;
  }
  ::chmod(file.c_str(), 0400);
  EXPECT_TRUE(PrivateKey::load(file, {}));
}

TEST_F(Keys, other_kinds_of_keys_and_files_are_refused_by_name) {
  EXPECT_TRUE(contains(why_not(keygen("rsa", "-t rsa -b 2048 -N ''")), "ssh-rsa"));
  EXPECT_TRUE(contains(why_not(keygen("ecdsa", "-t ecdsa -N ''")), "ecdsa-sha2-nistp256"));
  EXPECT_TRUE(contains(why_not(scratch / "missing"), "No such file"));
  EXPECT_TRUE(contains(why_not(scratch.path()), "not a regular file"));
  EXPECT_TRUE(contains(why_not("/dev/null"), "not a regular file"));
  write_file(scratch / "text", "hello\n");
  ::chmod((scratch / "text").c_str(), 0600);
  EXPECT_TRUE(contains(why_not(scratch / "text"), "does not read as an OpenSSH private key"));
  write_file(scratch / "empty", "");
  ::chmod((scratch / "empty").c_str(), 0600);
  EXPECT_TRUE(contains(why_not(scratch / "empty"), "does not read as an OpenSSH private key"));
  write_file(scratch / "long", std::string(PrivateKey::file_bytes + 1, 'x'));
  ::chmod((scratch / "long").c_str(), 0600);
  EXPECT_TRUE(contains(why_not(scratch / "long"), "too long"));
}

TEST_F(Keys, a_damaged_key_is_refused_wherever_it_is_damaged) {
  const std::string whole = read_file(keygen("key", "-t ed25519 -N ''"));
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
    write_file(scratch / "cut", whole.substr(0, cut));
    ::chmod((scratch / "cut").c_str(), 0600);
    EXPECT_FALSE(PrivateKey::load(scratch / "cut", {})) << cut;
  }
}

constexpr const char* ed25519_line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJDvlM3KS3DTa8u4kU9Yvm0aGZ3KRXGZPMvPs4m9T6oC";

TEST(PublicKeys, parse_takes_the_forms_of_authorized_keys) {
  const std::string line = ed25519_line;
  for (const std::string& text : {line, line + " me@here", line + "\n", "  " + line + "\tcomment with words \r\n"}) {
    const auto key = PublicKey::parse(text);
    ASSERT_TRUE(key) << text << key.error().what;
    EXPECT_EQ(key->to_openssh(), line);
    EXPECT_TRUE(key->fingerprint().starts_with("SHA256:"));
    EXPECT_EQ(key->fingerprint().size(), 50U);
  }
}

TEST(PublicKeys, parse_refuses_everything_else) {
  const std::string line = ed25519_line;
  for (const std::string& text :
       {std::string(), std::string(" \n"), std::string("ssh-ed25519"), std::string("ssh-ed25519 "),
        std::string("ssh-ed25519 AAAA"), std::string("ssh-ed25519 !!!!"), std::string("# comment"), "no-pty " + line,
        "ssh-rsa" + line.substr(11), line.substr(12), "ssh-dss " + line, line + std::string(20'000, ' '),
        std::string("unknown-type AAAAC3NzaC1lZDI1NTE5AAAAI")}) {
    EXPECT_FALSE(PublicKey::parse(text)) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace sisu::ssh
