// Files that strangers altered: nothing but verified chunks is released, and no alteration passes.
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sisu::age::test {
namespace {

TEST(AgeDecryptor, the_same_plaintext_comes_out_however_the_file_is_cut) {
  for (const std::size_t size : {0U, 1U, 65536U, 65537U, 200000U}) {
    const std::string plain = sample(size);
    const std::string file = encrypted(plain, {ssh_recipient()});
    for (const std::size_t piece : {1U, 7U, 1000U, 65535U, 65536U, 65552U, 65553U, 131072U}) {
      const Opened result = opened(file, ssh_identity(), piece);
      EXPECT_FALSE(result.error) << size << " in " << piece;
      EXPECT_TRUE(result.plain == plain) << size << " in " << piece;
    }
  }
}

TEST(AgeDecryptor, pieces_of_random_lengths_make_no_difference) {
  const std::string plain = sample(400'000);
  const std::string file = encrypted(plain, {ssh_recipient()});
  std::mt19937 random(1);
  const auto identities = ssh_identity();
  for (int round = 0; round < 20; ++round) {
    Decryptor decryptor(identities);
    std::string out;
    for (std::string_view rest = file; !rest.empty();) {
      std::string_view part = rest.substr(0, 1 + random() % 90'000);
      rest.remove_prefix(part.size());
      while (!part.empty()) out += decryptor.next(part).value();
    }
    out += decryptor.finish().value();
    EXPECT_TRUE(out == plain);
  }
}

TEST(AgeDecryptor, every_alteration_of_every_octet_is_refused) {
  const std::string plain = "a letter of no length";
  const std::string file = encrypted(plain, {ssh_recipient()});
  const auto identities = ssh_identity();
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const int change : {0x01, 0x02, 0x20, 0x80, 0xff}) {
      std::string altered = file;
      altered[at] = static_cast<char>(altered[at] ^ change);
      const Opened result = opened(altered, identities);
      EXPECT_TRUE(result.error) << at << ' ' << change;
      EXPECT_EQ(result.plain, "") << at << ' ' << change;
    }
  }
}

TEST(AgeDecryptor, every_missing_and_every_added_octet_is_refused) {
  const std::string file = encrypted("a letter of no length", {ssh_recipient()});
  const auto identities = ssh_identity();
  for (std::size_t at = 0; at < file.size(); ++at) {
    EXPECT_TRUE(opened(std::string(file).erase(at, 1), identities).error) << at;
    EXPECT_TRUE(opened(std::string(file).insert(at, 1, 'A'), identities).error) << at;
    EXPECT_TRUE(opened(std::string(file).insert(at, 1, '\n'), identities).error) << at;
  }
  EXPECT_TRUE(opened(file + 'A', identities).error);
}

TEST(AgeDecryptor, a_file_cut_at_any_length_is_refused) {
  const std::string small = encrypted("a letter of no length", {ssh_recipient()});
  const auto identities = ssh_identity();
  for (std::size_t length = 0; length < small.size(); ++length) {
    const Opened result = opened(small.substr(0, length), identities);
    EXPECT_TRUE(result.error) << length;
    EXPECT_EQ(result.plain, "") << length;
  }
  const std::string plain = sample(150'000);
  const std::string file = encrypted(plain, {ssh_recipient()});
  const auto head = file.size() - 150'000 - 3 * tag_bytes;
  for (std::size_t length = 0; length < file.size(); length += length < head + 100 ? 1 : 911) {
    const Opened result = opened(file.substr(0, length), identities);
    EXPECT_TRUE(result.error) << length;
    const auto chunks = length < head ? 0 : (length - head) / sealed_chunk_bytes;
    EXPECT_TRUE(result.plain == plain.substr(0, chunks * chunk_bytes)) << length;
  }
}

/// A file of three full chunks, and where each is.
struct Chunks : testing::Test {
  const std::string plain = sample(3 * chunk_bytes);
  const std::string file = encrypted(plain, {ssh_recipient()});
  const std::string head = file.substr(0, file.size() - 3 * sealed_chunk_bytes);
  const std::vector<Identity> identities = ssh_identity();

  std::string chunk(std::size_t number) const {
    return file.substr(head.size() + number * sealed_chunk_bytes, sealed_chunk_bytes);
  }
  void expect_refused(const std::string& altered, Error error, std::size_t released) const {
    for (const std::size_t piece : {whole, std::size_t{1000}}) {
      const Opened result = opened(altered, identities, piece);
      ASSERT_TRUE(result.error);
      EXPECT_EQ(describe(*result.error), describe(error));
      EXPECT_TRUE(result.plain == plain.substr(0, released * chunk_bytes)) << result.plain.size();
    }
  }
};

TEST_F(Chunks, in_another_order_are_refused) {
  expect_refused(head + chunk(1) + chunk(0) + chunk(2), Error::damaged_chunk, 0);
  expect_refused(head + chunk(0) + chunk(2) + chunk(1), Error::damaged_chunk, 1);
  expect_refused(head + chunk(2), Error::damaged_chunk, 0);
}

TEST_F(Chunks, repeated_or_left_out_are_refused) {
  expect_refused(head + chunk(0) + chunk(0) + chunk(1) + chunk(2), Error::damaged_chunk, 1);
  expect_refused(head + chunk(0) + chunk(2), Error::damaged_chunk, 1);
  expect_refused(head + chunk(0) + chunk(1), Error::payload_cut_off, 2);
  expect_refused(head, Error::payload_cut_off, 0);
}

TEST_F(Chunks, followed_by_more_are_refused) {
  expect_refused(file + "x", Error::trailing_data, 3);
  expect_refused(file + chunk(2), Error::trailing_data, 3);
  expect_refused(file + file, Error::trailing_data, 3);
}

TEST_F(Chunks, of_another_file_of_the_same_recipient_are_refused) {
  const std::string other = encrypted(plain, {ssh_recipient()});
  expect_refused(head + other.substr(head.size()), Error::damaged_chunk, 0);
}

TEST_F(Chunks, altered_in_one_bit_release_what_stood_before) {
  std::string altered = file;
  altered[head.size() + 2 * sealed_chunk_bytes + 12345] ^= 4;
  expect_refused(altered, Error::damaged_chunk, 2);
}

TEST(AgeDecryptor, an_error_stays) {
  const auto identities = ssh_identity();
  Decryptor decryptor(identities);
  std::string_view text = "nonsense";
  EXPECT_EQ(decryptor.next(text).error(), Error::not_an_age_file);
  const std::string file = encrypted("x", {ssh_recipient()});
  text = file;
  EXPECT_EQ(decryptor.next(text).error(), Error::not_an_age_file);
  EXPECT_EQ(decryptor.finish().error(), Error::not_an_age_file);
}

TEST(AgeDecryptor, another_key_and_no_key_at_all_open_nothing) {
  const std::string file = encrypted("a letter", {ssh_recipient()});
  EXPECT_EQ(opened(file, ssh_identity(other_ssh_seed, other_ssh_key)).error, Error::no_matching_identity);
  EXPECT_EQ(opened(file, age_identity()).error, Error::no_matching_identity);
  EXPECT_EQ(opened(file, {}).error, Error::no_matching_identity);
}

TEST(AgeDecryptor, stanzas_of_other_kinds_are_skipped_but_not_slipped_in) {
  FileKey key;
  counting_random()(key.bytes());
  const Stanza unknown{"example.com/enigma", {"x"}, std::vector<std::uint8_t>(100)};
  const std::vector<Stanza> stanzas{unknown, wrap(ssh_recipient(), key, fill_random), unknown};
  const std::string head = format_header(stanzas, key);
  const std::string nonce(payload_nonce_bytes, 'n');
  ChunkCipher cipher(hkdf(key.bytes(), {reinterpret_cast<const std::uint8_t*>(nonce.data()), nonce.size()}, "payload"));
  const std::string plain = "a letter";
  std::vector<std::uint8_t> sealed(plain.size() + tag_bytes);
  cipher.seal(ChunkPlace::last, {reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size()}, sealed);
  const std::string payload = nonce + std::string(sealed.begin(), sealed.end());
  EXPECT_EQ(opened(head + payload, ssh_identity()).plain, plain);
  std::string with_one_more = head;
  with_one_more.insert(with_one_more.find("---"), "-> more\n\n");
  EXPECT_EQ(opened(with_one_more + payload, ssh_identity()).error, Error::wrong_mac);
}

}  // namespace
}  // namespace sisu::age::test
