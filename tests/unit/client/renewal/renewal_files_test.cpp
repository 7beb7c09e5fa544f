// What the life cycle of a certificate keeps on disk.
#include "client/certificates/renewal/acme_account.hpp"
#include "client/certificates/renewal/external_account_file.hpp"
#include "client/certificates/renewal/open_challenges.hpp"
#include "client/certificates/renewal/renewal_record.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <sys/stat.h>

namespace sisu::client {
namespace {

using std::chrono::seconds;

RenewalRecord full_record() {
  RenewalRecord record;
  record.directory = "https://ca.test/dir";
  record.host = "niklas.v6.example.org";
  record.from_other_ca = true;
  record.failures = 3;
  record.error = "too many";
  record.rate_limited = true;
  record.not_before = Instant(seconds(1'800'000'000));
  record.certificate = "a.b";
  record.spread.part = 777;
  record.window = acme::RenewalWindow{Instant(seconds(1'800'000'100)), Instant(seconds(1'800'000'200))};
  record.ask_window_at = Instant(seconds(1'800'000'050));
  return record;
}

TEST(RenewalRecord, what_is_written_is_read) {
  EXPECT_EQ(parse_renewal_record(format_renewal_record(full_record())), full_record());
  RenewalRecord least;
  least.directory = "https://ca.test/dir";
  least.host = "a";
  EXPECT_EQ(parse_renewal_record(format_renewal_record(least)), least);
}

TEST(RenewalRecord, what_is_broken_is_nothing_and_what_is_strange_is_left_out) {
  for (const char* text : {"", "garbage", "[]", "{}", R"({"host": "a"})"})
    EXPECT_FALSE(parse_renewal_record(text)) << text;
  const auto record = parse_renewal_record(R"({"directory": "d", "host": "h", "failures": -1, "spread": 65536,
      "not_before": 99999999999999, "window_start": 5, "window_end": 5, "ask_window_at": "soon", "error": "a\nb"})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->failures, 0U);
  EXPECT_EQ(record->spread.part, 0U);
  EXPECT_FALSE(record->not_before);
  EXPECT_FALSE(record->window);
  EXPECT_FALSE(record->ask_window_at);
  EXPECT_EQ(record->error, "a b");
}

TEST(RenewalRecord, a_record_about_another_ca_or_name_is_void) {
  test::ScratchDirectory place;
  FileSystem& files = real_file_system();
  const RenewalRecord record = full_record();
  ASSERT_TRUE(save_renewal_record(files, place.path(), record));
  EXPECT_EQ(load_renewal_record(files, place.path(), record.directory, record.host), record);
  for (const auto& other : {load_renewal_record(files, place.path(), "https://other.test/", record.host),
                            load_renewal_record(files, place.path(), record.directory, "anna.v6.example.org")}) {
    EXPECT_EQ(other.failures, 0U);
    EXPECT_FALSE(other.not_before);
  }
}

TEST(AcmeAccount, the_key_is_made_once_for_its_owner_alone) {
  test::ScratchDirectory place;
  FileSystem& files = real_file_system();
  const auto first = open_acme_account(files, place.path(), "https://ca.test/dir");
  ASSERT_TRUE(first) << first.error();
  EXPECT_TRUE(first->key_is_new);
  EXPECT_FALSE(first->url);
  struct stat about {};
  ASSERT_EQ(::stat((place / "acme-account-key.pem").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const auto again = open_acme_account(files, place.path(), "https://ca.test/dir");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->key_is_new);
  EXPECT_EQ(again->key.jwk(), first->key.jwk());
}

TEST(AcmeAccount, its_url_is_for_one_directory) {
  test::ScratchDirectory place;
  FileSystem& files = real_file_system();
  ASSERT_TRUE(open_acme_account(files, place.path(), "https://ca.test/dir"));
  ASSERT_TRUE(save_acme_account_url(files, place.path(), "https://ca.test/dir", "https://ca.test/acct/1"));
  EXPECT_EQ(open_acme_account(files, place.path(), "https://ca.test/dir")->url, "https://ca.test/acct/1");
  EXPECT_FALSE(open_acme_account(files, place.path(), "https://other.test/dir")->url);
  test::write_file(place / "acme-account.json", R"({"directory": "https://ca.test/dir", "account": "file:///x"})");
  EXPECT_FALSE(open_acme_account(files, place.path(), "https://ca.test/dir")->url);
}

TEST(AcmeAccount, a_key_that_cannot_be_used_is_an_error_and_stays) {
  test::ScratchDirectory place;
  test::write_file(place / "acme-account-key.pem", "garbage");
  ::chmod((place / "acme-account-key.pem").c_str(), 0600);
  const auto refused = open_acme_account(real_file_system(), place.path(), "https://ca.test/dir");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("acme-account-key.pem"), std::string::npos);
  EXPECT_EQ(test::read_file(place / "acme-account-key.pem"), "garbage");
}

const std::string value_a(43, 'a');
const std::string value_b(43, 'b');

TEST(OpenChallenges, are_noted_once_and_struck_out) {
  test::MemoryFileSystem files;
  const OpenChallenge a{"niklas.v6.example.org", value_a};
  const OpenChallenge b{"niklas.v6.example.org", value_b};
  EXPECT_TRUE(load_open_challenges(files, "/").empty());
  EXPECT_TRUE(note_open_challenge(files, "/", a));
  EXPECT_TRUE(note_open_challenge(files, "/", b));
  EXPECT_TRUE(note_open_challenge(files, "/", a));
  EXPECT_EQ(load_open_challenges(files, "/"), (std::vector<OpenChallenge>{a, b}));
  EXPECT_TRUE(strike_open_challenge(files, "/", a));
  EXPECT_TRUE(strike_open_challenge(files, "/", a)) << "idempotent";
  EXPECT_EQ(load_open_challenges(files, "/"), std::vector<OpenChallenge>{b});
}

TEST(OpenChallenges, survive_a_power_cut_from_the_moment_that_they_are_noted) {
  test::MemoryFileSystem files;
  ASSERT_TRUE(note_open_challenge(files, "/", {"niklas.v6.example.org", value_a}));
  for (unsigned seed = 0; seed < 20; ++seed) {
    test::MemoryFileSystem after(files.after_crash(files.step_count(), test::Survives::synced_only, seed));
    EXPECT_EQ(load_open_challenges(after, "/").size(), 1U) << seed;
  }
}

TEST(OpenChallenges, an_error_of_the_disk_is_told) {
  test::MemoryFileSystem files;
  files.fail_all(test::Call::create, ENOSPC);
  EXPECT_FALSE(note_open_challenge(files, "/", {"a.example.org", value_a}));
}

TEST(OpenChallenges, lines_that_could_be_anything_else_are_skipped) {
  const std::string text = "a.example.org " + value_a + "\n\nb.example.org\n -x " + value_a + "\n-x " + value_a +
                           "\nA.example.org " + value_a + "\nc.example.org " + value_a + "x\nc.example.org " + value_a +
                           " \nd;e " + value_a + "\n" + std::string(300, 'h') + " " + value_a + "\nlast.example.org " +
                           value_b;
  EXPECT_EQ(parse_open_challenges(text),
            (std::vector<OpenChallenge>{{"a.example.org", value_a}, {"last.example.org", value_b}}));
}

TEST(OpenChallenges, are_as_many_as_the_relay_keeps) {
  test::MemoryFileSystem files;
  for (std::size_t i = 0; i <= most_open_challenges; ++i) {
    ASSERT_TRUE(note_open_challenge(files, "/", {"h" + std::to_string(i), value_a}));
  }
  const auto open = load_open_challenges(files, "/");
  ASSERT_EQ(open.size(), most_open_challenges);
  EXPECT_EQ(open.front().host, "h1");
  std::string text;
  for (std::size_t i = 0; i < 100; ++i) text += "h" + std::to_string(i) + " " + value_a + "\n";
  EXPECT_EQ(parse_open_challenges(text).size(), most_open_challenges);
}

class ExternalAccountFile : public ::testing::Test {
 protected:
  auto load(const std::string& text, mode_t mode = 0600) {
    test::write_file(place / "mac", text);
    ::chmod((place / "mac").c_str(), mode);
    return load_external_account("kid", place / "mac");
  }
  test::ScratchDirectory place;
};

TEST_F(ExternalAccountFile, the_key_is_base64url_with_blanks_and_padding_around_it) {
  for (const char* text : {"c2VjcmV0", "c2VjcmV0\n", "  c2VjcmV0 \r\n"}) {
    const auto account = load(text);
    ASSERT_TRUE(account) << account.error();
    EXPECT_EQ(account->key_id(), "kid");
    EXPECT_EQ(account->mac_key(), "secret");
  }
  EXPECT_EQ(load("Zg==\n")->mac_key(), "f");
  EXPECT_TRUE(load(std::string(acme::ExternalAccount::largest_key / 3 * 4, 'A')));
}

TEST_F(ExternalAccountFile, everything_else_is_refused_with_the_option_and_the_file_named) {
  const std::string too_long(acme::ExternalAccount::largest_key / 3 * 4 + 8, 'A');
  for (const std::string& text : {std::string(), std::string("\n"), std::string("a b"), std::string("+/+/"), too_long,
                                  std::string(5000, 'A'), std::string("c2VjcmV0\nc2VjcmV0")}) {
    const auto refused = load(text);
    ASSERT_FALSE(refused) << text.substr(0, 20);
    EXPECT_NE(refused.error().find("--acme-eab-key-file"), std::string::npos);
    EXPECT_NE(refused.error().find("mac"), std::string::npos);
  }
  EXPECT_FALSE(load("c2VjcmV0", 0640)) << "others may read it";
  EXPECT_FALSE(load_external_account("kid", place / "none"));
  EXPECT_TRUE(load("c2VjcmV0"));
  EXPECT_FALSE(load_external_account(std::string(acme::ExternalAccount::longest_key_id + 1, 'k'), place / "mac"));
}

}  // namespace
}  // namespace sisu::client
