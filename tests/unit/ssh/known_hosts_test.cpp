// known_hosts files as OpenSSH writes them.
#include "common/ssh/known_hosts.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sys/stat.h>

namespace sisu::ssh {
namespace {

using Verdict = KnownHosts::Verdict;
using sisu::test::read_file;
using sisu::test::write_file;

struct KnownHostsFiles : testing::Test {
  sisu::test::ScratchDirectory scratch;
  std::filesystem::path file = scratch / "known_hosts";
  PublicKey key = PrivateKey::generate().public_key();
  PublicKey other = PrivateKey::generate().public_key();

  Verdict check(const std::string& content, const std::string& host, std::uint16_t port) {
    write_file(file, content);
    const auto verdict = KnownHosts(file).check(host, port, key);
    EXPECT_TRUE(verdict) << verdict.error().what;
    return verdict.value_or(Verdict::revoked);
  }
};

TEST_F(KnownHostsFiles, names_are_looked_up_with_their_port) {
  const std::string k = " " + key.to_openssh() + "\n";
  EXPECT_EQ(check("relay.example" + k, "relay.example", 22), Verdict::known);
  EXPECT_EQ(check("relay.example" + k, "relay.example", 2222), Verdict::unknown);
  EXPECT_EQ(check("[relay.example]:2222" + k, "relay.example", 2222), Verdict::known);
  EXPECT_EQ(check("[relay.example]:2222" + k, "relay.example", 22), Verdict::unknown);
  EXPECT_EQ(check("[::1]:2222" + k, "::1", 2222), Verdict::known);
  EXPECT_EQ(check("Relay.Example" + k, "RELAY.example", 22), Verdict::known);
  EXPECT_EQ(check("a,relay.example,b" + k, "relay.example", 22), Verdict::known);
}

TEST_F(KnownHostsFiles, patterns_and_negations_work_as_in_sshd_8) {
  const std::string k = " " + key.to_openssh() + "\n";
  EXPECT_EQ(check("*.example" + k, "relay.example", 22), Verdict::known);
  EXPECT_EQ(check("rel?y.*" + k, "relay.example", 22), Verdict::known);
  EXPECT_EQ(check("*.example,!relay.example" + k, "relay.example", 22), Verdict::unknown);
  EXPECT_EQ(check("!relay.example,*" + k, "relay.example", 22), Verdict::unknown);
  EXPECT_EQ(check("relay.exampl" + k, "relay.example", 22), Verdict::unknown);
  std::string stars = "x" + k;
  stars.insert(0, 3000, '*');
  EXPECT_EQ(check(stars, "relay.example", 22), Verdict::unknown);
}

TEST_F(KnownHostsFiles, another_key_of_the_host_means_changed) {
  EXPECT_EQ(check("relay " + other.to_openssh() + "\n", "relay", 22), Verdict::changed);
  EXPECT_EQ(check("relay " + other.to_openssh() + "\nrelay " + key.to_openssh() + "\n", "relay", 22), Verdict::known);
  // Another kind of key says nothing about this one.
  EXPECT_EQ(check("relay ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ==\n", "relay", 22), Verdict::unknown);
}

TEST_F(KnownHostsFiles, a_revoked_key_stays_revoked_whatever_else_the_file_says) {
  const std::string good = "relay " + key.to_openssh() + "\n";
  EXPECT_EQ(check("@revoked relay " + key.to_openssh() + "\n" + good, "relay", 22), Verdict::revoked);
  EXPECT_EQ(check(good + "@revoked * " + key.to_openssh() + "\n", "relay", 22), Verdict::revoked);
  EXPECT_EQ(check(good + "@revoked relay " + other.to_openssh() + "\n", "relay", 22), Verdict::known);
}

TEST_F(KnownHostsFiles, comments_authorities_and_rubbish_are_passed_over) {
  const std::string rubbish = "# comment\n\n   \nrelay\nrelay ssh-ed25519\n@cert-authority * " + key.to_openssh() +
                              "\n@strange relay x y\n|1|bad|bad " + key.to_openssh() + "\n|1| " + key.to_openssh() +
                              "\n";
  EXPECT_EQ(check(rubbish, "relay", 22), Verdict::unknown);
  EXPECT_EQ(check(rubbish + "relay " + key.to_openssh(), "relay", 22), Verdict::known) << "no line end at the end";
  EXPECT_EQ(check("relay " + key.to_openssh() + " comment\r\n", "relay", 22), Verdict::known);
}

TEST_F(KnownHostsFiles, hashed_entries_of_ssh_keygen_are_understood) {
  write_file(file, "relay.example " + key.to_openssh() + "\n[other.example]:2222 " + other.to_openssh() + "\n");
  ASSERT_EQ(std::system(("ssh-keygen -H -f " + file.string() + " >/dev/null 2>&1").c_str()), 0);
  ASSERT_EQ(read_file(file).find("relay"), std::string::npos) << "it did not hash";
  const KnownHosts hosts(file);
  EXPECT_EQ(hosts.check("relay.example", 22, key).value(), Verdict::known);
  EXPECT_EQ(hosts.check("relay.example", 22, other).value(), Verdict::changed);
  EXPECT_EQ(hosts.check("relay.example", 23, key).value(), Verdict::unknown);
  EXPECT_EQ(hosts.check("other.example", 2222, other).value(), Verdict::known);
}

TEST_F(KnownHostsFiles, add_makes_an_entry_that_check_and_ssh_keygen_find) {
  const KnownHosts hosts(scratch / "new" / "known_hosts");
  EXPECT_EQ(hosts.check("relay.example", 2222, key).value(), Verdict::unknown) << "a missing file knows nobody";
  ASSERT_TRUE(hosts.add("relay.example", 2222, key));
  ASSERT_TRUE(hosts.add("relay.example", 22, other));
  EXPECT_EQ(hosts.check("relay.example", 2222, key).value(), Verdict::known);
  EXPECT_EQ(hosts.check("relay.example", 22, key).value(), Verdict::changed);
  const std::string find = "ssh-keygen -F '[relay.example]:2222' -f " + hosts.file().string() + " >/dev/null";
  EXPECT_EQ(std::system(find.c_str()), 0);
  struct stat status {};
  ::stat(hosts.file().c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ::stat(hosts.file().parent_path().c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(KnownHostsFiles, add_begins_a_line_of_its_own) {
  write_file(file, "# no line end");
  ASSERT_TRUE(KnownHosts(file).add("relay", 22, key));
  EXPECT_EQ(KnownHosts(file).check("relay", 22, key).value(), Verdict::known);
}

TEST_F(KnownHostsFiles, unreadable_and_endless_files_are_errors) {
  EXPECT_FALSE(KnownHosts(scratch.path()).check("relay", 22, key)) << "a directory";
  EXPECT_FALSE(KnownHosts("/dev/zero").check("relay", 22, key));
  EXPECT_FALSE(KnownHosts("/proc/no/such/file").add("relay", 22, key));
}

}  // namespace
}  // namespace sisu::ssh
