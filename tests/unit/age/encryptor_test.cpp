// Files that we make: that they open, however the plaintext comes, and that nothing but ciphertext leaves.
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>

namespace sisu::age::test {
namespace {

const std::size_t sizes[] = {0, 1, 2, 1000, 65535, 65536, 65537, 131071, 131072, 131073, 200000};

TEST(AgeEncryptor, what_was_encrypted_comes_back) {
  for (const std::size_t size : sizes) {
    const std::string plain = sample(size);
    const std::string file = encrypted(plain, {ssh_recipient()});
    const Opened result = opened(file, ssh_identity());
    EXPECT_FALSE(result.error) << size;
    EXPECT_TRUE(result.plain == plain) << size;
  }
}

TEST(AgeEncryptor, the_same_file_comes_out_however_the_plaintext_is_cut) {
  for (const std::size_t size : {0U, 1U, 65536U, 65537U, 200000U}) {
    const std::string plain = sample(size);
    const std::string file = encrypted(plain, {ssh_recipient()}, whole, counting_random());
    for (const std::size_t piece : {1U, 7U, 1000U, 65535U, 65536U, 65537U, 131072U})
      EXPECT_TRUE(encrypted(plain, {ssh_recipient()}, piece, counting_random()) == file) << size << " in " << piece;
  }
}

/// stock_age_test.cpp shows that the age program opens this file.
TEST(AgeEncryptor, with_known_randomness_the_file_is_known_octet_for_octet) {
  const std::string file =
      encrypted("a letter\r\n", {ssh_recipient(), parse_recipient(x25519_recipient).value()}, whole, counting_random());
  const auto end = file.find("--- ") + 48;
  EXPECT_EQ(file.substr(0, end),
            "age-encryption.org/v1\n"
            "-> ssh-ed25519 bbXpuA 2J47rXlDfb7Z+ENBgwT0YP8Fx/6B/kqVd6gEy5Nn/2Y\n"
            "Mxp3XC7KnB37m/Bkt6OBZI4A5i4lZn+FrR2RQRGfsUU\n"
            "-> X25519 NOQtSvXvlKB6OoQgG4idTNGnQ8snsRtqEEOKj+uOWEc\n"
            "Y8EnWE/Dg5WixUhsVNsQoUYL/CBvjQ2rx0c7Q+YaKCM\n"
            "--- mxZr9CVTy4SqLgkF3z9NkyZnPGToPSEU0k7q1l4xzQo\n");
  EXPECT_EQ(to_hex({reinterpret_cast<const std::uint8_t*>(file.data()) + end, file.size() - end}),
            "505152535455565758595a5b5c5d5e5f34824b91ff91fb1cdf151da1c1496b9305b9ec18a766732218fe");
}

TEST(AgeEncryptor, the_size_of_the_file_is_known_before) {
  for (const std::size_t size : sizes) {
    const std::vector<Recipient> recipients{ssh_recipient()};
    const Encryptor encryptor = Encryptor::create(recipients).value();
    EXPECT_EQ(encryptor.file_size(size), encrypted(sample(size), recipients).size()) << size;
  }
}

TEST(AgeEncryptor, each_of_several_recipients_opens_it) {
  const std::vector<Recipient> recipients{ssh_recipient(), parse_recipient(x25519_recipient).value(),
                                          ssh_recipient(other_ssh_key)};
  const std::string file = encrypted("a letter", recipients);
  EXPECT_EQ(opened(file, ssh_identity()).plain, "a letter");
  EXPECT_EQ(opened(file, age_identity()).plain, "a letter");
  EXPECT_EQ(opened(file, ssh_identity(other_ssh_seed, other_ssh_key)).plain, "a letter");
}

TEST(AgeEncryptor, nobody_and_too_many_are_refused) {
  EXPECT_EQ(Encryptor::create({}).error(), Error::no_recipients);
  const std::vector<Recipient> most(Limits::stanzas, ssh_recipient());
  EXPECT_EQ(opened(encrypted("x", most), ssh_identity()).plain, "x");
  const std::vector<Recipient> more(Limits::stanzas + 1, ssh_recipient());
  EXPECT_EQ(Encryptor::create(more).error(), Error::too_many_recipients);
}

TEST(AgeEncryptor, no_two_files_are_alike_and_none_holds_plaintext) {
  const std::string plain(100'000, 'p');
  const std::string one = encrypted(plain, {ssh_recipient()});
  EXPECT_NE(one, encrypted(plain, {ssh_recipient()}));
  EXPECT_EQ(one.find("pppp"), std::string::npos);
}

TEST(AgeEncryptor, a_chunk_is_kept_until_it_is_known_whether_it_is_the_last) {
  const std::vector<Recipient> recipients{ssh_recipient()};
  Encryptor encryptor = Encryptor::create(recipients).value();
  encryptor.begin();
  const std::string plain = sample(chunk_bytes + 1);
  std::string_view rest = std::string_view(plain).substr(0, chunk_bytes);
  EXPECT_EQ(encryptor.next(rest), "");
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(encryptor.next(rest), "") << "no plaintext, no file";
  rest = std::string_view(plain).substr(chunk_bytes);
  EXPECT_EQ(encryptor.next(rest).size(), sealed_chunk_bytes);
  EXPECT_EQ(rest.size(), 1U) << "the view is of the buffer that this octet is to fill";
  EXPECT_EQ(encryptor.next(rest), "");
  EXPECT_EQ(encryptor.finish().size(), 1 + tag_bytes);
}

TEST(AgeEncryptor, it_can_be_moved_between_pieces) {
  const std::vector<Recipient> recipients{ssh_recipient()};
  Encryptor first = Encryptor::create(recipients).value();
  std::string file(first.begin());
  std::string_view plain = "a let";
  file += first.next(plain);
  Encryptor second = std::move(first);
  plain = "ter";
  file += second.next(plain);
  file += second.finish();
  EXPECT_EQ(opened(file, ssh_identity()).plain, "a letter");
}

TEST(AgeEncryptor, steps_out_of_order_end_the_program) {
  const std::vector<Recipient> recipients{ssh_recipient()};
  Encryptor encryptor = Encryptor::create(recipients).value();
  std::string_view plain = "x";
  EXPECT_DEATH(encryptor.next(plain), "begin");
  EXPECT_DEATH(encryptor.finish(), "begin");
  encryptor.begin();
  EXPECT_DEATH(encryptor.begin(), "begin");
  encryptor.finish();
  EXPECT_DEATH(encryptor.next(plain), "finish");
  EXPECT_DEATH(encryptor.finish(), "finish");
}

}  // namespace
}  // namespace sisu::age::test
