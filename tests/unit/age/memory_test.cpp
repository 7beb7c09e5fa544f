// What common/age leaves on the heap, which is nothing, and how much of it it takes. Every block that this program
// frees, libcrypto's too, is looked through for the secrets of the file at hand; a program of its own, therefore.
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <malloc.h>
#include <new>
#include <pthread.h>

namespace {

// Static, so that the needles themselves are never freed.
struct Needle {
  const char* name;
  std::array<std::uint8_t, 32> bytes;
  std::size_t size;
};
std::array<Needle, 16> needles;
std::size_t needle_count = 0;
const char* found = nullptr;  // the name of a needle in a block that was freed
std::size_t live = 0;
std::size_t peak = 0;

void* allocate(std::size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) return nullptr;
  live += ::malloc_usable_size(block);
  peak = std::max(peak, live);
  return block;
}

void look_through(const void* block, std::size_t size) {
  for (std::size_t i = 0; i < needle_count; ++i)
    if (::memmem(block, size, needles[i].bytes.data(), needles[i].size) != nullptr) found = needles[i].name;
}

void release(void* block) {
  if (block == nullptr) return;
  const std::size_t size = ::malloc_usable_size(block);
  look_through(block, size);
  live -= size;
  std::free(block);
}

void* crypto_malloc(std::size_t size, const char*, int) { return allocate(size); }
void crypto_free(void* block, const char*, int) { release(block); }
void* crypto_realloc(void* block, std::size_t size, const char*, int) {
  void* larger = allocate(size);
  if (larger == nullptr || block == nullptr) return larger;
  std::memcpy(larger, block, std::min(size, ::malloc_usable_size(block)));
  release(block);
  return larger;
}

/// Before libcrypto's first allocation, or it would refuse.
const bool hooked = CRYPTO_set_mem_functions(&crypto_malloc, &crypto_realloc, &crypto_free) == 1;

}  // namespace

void* operator new(std::size_t size) {
  void* block = allocate(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void* operator new[](std::size_t size) { return ::operator new(size); }
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }

namespace sisu::age::test {
namespace {

constexpr std::string_view secret_line = "a line that nobody but its reader may see\r\n";
constexpr std::size_t plain_size = 150'000;
std::array<char, plain_size> plain;  // static, too

std::string_view plaintext() { return {plain.data(), plain.size()}; }

void look_for(const char* name, std::span<const std::uint8_t> bytes) {
  Needle& needle = needles.at(needle_count);
  needle.name = name;
  needle.size = std::min(bytes.size(), needle.bytes.size());
  std::copy_n(bytes.begin(), needle.size, needle.bytes.begin());
  ++needle_count;
}

/// One file with known randomness, all of whose secrets are looked for.
struct AgeMemory : testing::Test {
  static constexpr std::uint8_t first_random = 0x91;
  const std::vector<Recipient> recipients{ssh_recipient()};
  const Secret<32> seed = secret_of(ssh_seed);
  std::string file;

  AgeMemory() {
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = secret_line[i % secret_line.size()];
    file = encrypted(plaintext(), recipients, whole, counting_random(first_random));
    name_the_secrets();
    found = nullptr;
  }
  ~AgeMemory() override { needle_count = 0; }

  void name_the_secrets() {
    look_for("plaintext", {reinterpret_cast<const std::uint8_t*>(secret_line.data()), 32});
    // In the order in which Encryptor::create() draws them.
    const Random random = counting_random(first_random);
    FileKey file_key;
    Scalar ephemeral;
    std::array<std::uint8_t, payload_nonce_bytes> nonce{};
    random(file_key.bytes());
    random(ephemeral.bytes());
    random(nonce);
    Secret<SHA512_DIGEST_LENGTH> digest;
    SHA512(seed.bytes().data(), seed.bytes().size(), digest.bytes().data());
    const Point point = to_montgomery(point_of(ssh_key)).value();
    const auto untweaked = x25519(ephemeral, point).value();
    Point as_point{};
    std::copy(untweaked.bytes().begin(), untweaked.bytes().end(), as_point.begin());
    const auto shared = x25519(ssh_ed25519_tweak(point_of(ssh_key)), as_point).value();
    look_for("file key", file_key.bytes());
    look_for("ephemeral scalar", ephemeral.bytes());
    look_for("seed", seed.bytes());
    look_for("scalar of the seed", digest.bytes());
    look_for("untweaked secret", untweaked.bytes());
    look_for("shared secret", shared.bytes());
    look_for("wrap key", stanza_key(shared, x25519_base(ephemeral), point, ssh_ed25519_label).bytes());
    look_for("payload key", hkdf(file_key.bytes(), nonce, "payload").bytes());
    look_for("key of the header's MAC", hkdf(file_key.bytes(), {}, "header").bytes());
  }
  static void expect_nothing_was_found() { EXPECT_STREQ(found ? found : "nothing", "nothing"); }
};

std::size_t fed(Encryptor& encryptor, std::string_view text) {
  std::size_t octets = 0;
  while (!text.empty()) octets += encryptor.next(text).size();
  return octets;
}

TEST_F(AgeMemory, the_search_finds_what_is_freed) {
  ASSERT_TRUE(hooked);
  for (std::size_t i = 0; i < needle_count; ++i) {
    void* volatile of_new = ::operator new(64);  // volatile, or there would be no block at all
    std::memcpy(of_new, needles[i].bytes.data(), needles[i].size);
    ::operator delete(of_new);
    EXPECT_STREQ(found, needles[i].name);
    found = nullptr;
    void* block = OPENSSL_malloc(64);
    std::memcpy(block, needles[i].bytes.data(), needles[i].size);
    OPENSSL_free(block);
    EXPECT_STREQ(found, needles[i].name);
    found = nullptr;
  }
  expect_nothing_was_found();
}

TEST_F(AgeMemory, a_file_that_was_made_leaves_no_secret_behind) {
  std::size_t octets = 0;
  {
    Encryptor encryptor = Encryptor::create(recipients, counting_random(first_random)).value();
    octets = encryptor.begin().size() + fed(encryptor, plaintext());
    octets += encryptor.finish().size();
  }
  EXPECT_EQ(octets, file.size());
  expect_nothing_was_found();
}

TEST_F(AgeMemory, a_file_that_was_given_up_leaves_no_secret_behind) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{50}, chunk_bytes, chunk_bytes + 100}) {
    Encryptor encryptor = Encryptor::create(recipients, counting_random(first_random)).value();
    encryptor.begin();
    fed(encryptor, plaintext().substr(0, size));
    const Encryptor moved = std::move(encryptor);
  }
  expect_nothing_was_found();
}

TEST_F(AgeMemory, a_file_that_was_opened_or_given_up_leaves_no_secret_behind) {
  std::vector<Identity> identities;
  for (const std::size_t size : {file.size(), file.size() - 1, std::size_t{400}, chunk_bytes + 1000}) {
    identities.clear();
    identities.emplace_back(SshEd25519Identity::from_seed(seed, point_of(ssh_key)).value());
    Decryptor decryptor(identities);
    for (std::string_view rest = std::string_view(file).substr(0, size); !rest.empty();)
      ASSERT_TRUE(decryptor.next(rest));
    const bool whole_file = decryptor.finish().has_value();
    EXPECT_EQ(whole_file, size == file.size()) << size;
  }
  identities.clear();
  expect_nothing_was_found();
}

TEST_F(AgeMemory, an_altered_file_leaves_no_secret_behind) {
  std::vector<Identity> identities;
  identities.emplace_back(SshEd25519Identity::from_seed(seed, point_of(ssh_key)).value());
  for (const std::size_t at :
       {std::size_t{60}, std::size_t{150}, std::size_t{200}, std::size_t{240}, file.size() - 1}) {
    std::string altered = file;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    Decryptor decryptor(identities);
    bool failed = false;
    for (std::string_view rest = altered; !rest.empty() && !failed;) failed = !decryptor.next(rest);
    EXPECT_TRUE(failed || !decryptor.finish()) << at;
  }
  expect_nothing_was_found();
}

/// Runs `body` on a stack that is looked through afterwards.
void on_a_searched_stack(const std::function<void()>& body) {
  alignas(4096) static std::array<std::uint8_t, 512 * 1024> stack;
  stack.fill(0);
  pthread_attr_t attributes;
  ASSERT_EQ(::pthread_attr_init(&attributes), 0);
  ASSERT_EQ(::pthread_attr_setstack(&attributes, stack.data(), stack.size()), 0);
  const auto run = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  pthread_t thread{};
  ASSERT_EQ(::pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&body)), 0);
  ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  look_through(stack.data(), stack.size());
}

TEST_F(AgeMemory, the_search_finds_what_is_left_on_the_stack) {
  on_a_searched_stack([] {
    // Long, since the end of the thread writes over the top of its stack.
    std::array<volatile std::uint8_t, 8192> local{};
    for (std::size_t i = 0; i < local.size(); ++i) local[i] = needles[1].bytes[i % needles[1].size];
  });
  EXPECT_STREQ(found, needles[1].name);
}

TEST_F(AgeMemory, neither_way_leaves_a_secret_on_the_stack) {
  on_a_searched_stack([&] {
    Encryptor encryptor = Encryptor::create(recipients, counting_random(first_random)).value();
    encryptor.begin();
    fed(encryptor, plaintext());
    encryptor.finish();
  });
  expect_nothing_was_found();
  const auto identities = ssh_identity();
  found = nullptr;
  on_a_searched_stack([&] {
    Decryptor decryptor(identities);
    for (std::string_view rest = file; !rest.empty();) EXPECT_TRUE(decryptor.next(rest));
    EXPECT_TRUE(decryptor.finish());
  });
  expect_nothing_was_found();
}

/// The heap that `body` takes at most, beyond what was there before it.
template <class Body>
std::size_t heap_of(Body body) {
  peak = live;
  const std::size_t before = live;
  body();
  return peak - before;
}

TEST_F(AgeMemory, making_a_file_of_any_length_takes_about_a_chunk) {
  const std::size_t taken = heap_of([&] {
    Encryptor encryptor = Encryptor::create(recipients).value();
    encryptor.begin();
    for (int i = 0; i < 200; ++i) fed(encryptor, plaintext());
    encryptor.finish();
  });
  EXPECT_LT(taken, sealed_chunk_bytes + 16 * 1024);
}

TEST_F(AgeMemory, opening_a_file_takes_about_two_chunks) {
  const auto identities = ssh_identity();
  const std::size_t taken = heap_of([&] {
    Decryptor decryptor(identities);
    for (std::string_view rest = file; !rest.empty();) ASSERT_TRUE(decryptor.next(rest));
    ASSERT_TRUE(decryptor.finish());
  });
  EXPECT_LT(taken, 2 * sealed_chunk_bytes + 16 * 1024);
}

TEST_F(AgeMemory, the_largest_header_takes_little_more_than_its_length) {
  std::string header = "age-encryption.org/v1\n";
  while (header.size() + 400 < Limits::header_bytes) header += "-> a" + std::string(380, 'b') + " c d e f g\n\n";
  const auto identities = ssh_identity();
  const std::size_t taken = heap_of([&] {
    Decryptor decryptor(identities);
    std::string_view rest = header;
    while (!rest.empty()) ASSERT_TRUE(decryptor.next(rest));
  });
  EXPECT_LT(taken, 8 * Limits::header_bytes);
}

}  // namespace
}  // namespace sisu::age::test
