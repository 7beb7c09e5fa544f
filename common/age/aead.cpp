#include "common/age/aead.hpp"

#include "common/base/expects.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <new>

namespace sisu::age {
namespace {

constexpr int tag_length = static_cast<int>(tag_bytes);

void require(bool done) {
  if (!done) throw std::bad_alloc();
}

}  // namespace

void Aead::Release::operator()(evp_cipher_ctx_st* context) const noexcept { EVP_CIPHER_CTX_free(context); }

Aead::Aead(const Secret<32>& key) : context_(EVP_CIPHER_CTX_new()) {
  require(context_ &&
          EVP_CipherInit_ex(context_.get(), EVP_chacha20_poly1305(), nullptr, key.bytes().data(), nullptr, 1) == 1);
}

void Aead::seal(const Nonce& nonce, std::span<const std::uint8_t> plain, std::span<std::uint8_t> sealed) {
  expects(plain.size() <= chunk_bytes && sealed.size() == plain.size() + tag_bytes, "room for a chunk and its tag");
  int length = 0;
  require(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce.data(), 1) == 1 &&
          EVP_CipherUpdate(context_.get(), sealed.data(), &length, plain.data(), static_cast<int>(plain.size())) == 1 &&
          EVP_CipherFinal_ex(context_.get(), sealed.data() + plain.size(), &length) == 1 &&
          EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_length, sealed.data() + plain.size()) == 1);
}

bool Aead::open(const Nonce& nonce, std::span<const std::uint8_t> sealed, std::span<std::uint8_t> plain) {
  expects(plain.size() <= chunk_bytes && sealed.size() == plain.size() + tag_bytes, "room for a chunk");
  std::array<std::uint8_t, tag_bytes> tag{};
  const auto last = sealed.last<tag_bytes>();
  std::copy(last.begin(), last.end(), tag.begin());
  int length = 0;
  require(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce.data(), 0) == 1 &&
          EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_length, tag.data()) == 1 &&
          EVP_CipherUpdate(context_.get(), plain.data(), &length, sealed.data(), static_cast<int>(plain.size())) == 1);
  // A wrong tag is no error for others to find: a TLS connection on this thread would take it for its own.
  ERR_set_mark();
  const bool genuine = EVP_CipherFinal_ex(context_.get(), plain.data() + plain.size(), &length) == 1;
  ERR_pop_to_mark();
  if (!genuine) wipe(plain.data(), plain.size());
  return genuine;
}

}  // namespace sisu::age
