#include "common/age/x25519.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <new>

namespace sisu::age {
namespace {

struct Release {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Release>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Release>;

void require(bool done) {
  if (!done) throw std::bad_alloc();
}

/// libcrypto keeps the scalar in memory that it wipes when it frees it.
Key private_key(const Scalar& scalar) {
  const auto bytes = scalar.bytes();
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes.data(), bytes.size()));
  require(key != nullptr);
  return key;
}

}  // namespace

Point x25519_base(const Scalar& scalar) {
  Point point{};
  std::size_t length = point.size();
  require(EVP_PKEY_get_raw_public_key(private_key(scalar).get(), point.data(), &length) == 1);
  return point;
}

std::optional<Secret<32>> x25519(const Scalar& scalar, const Point& point) {
  const Key ours = private_key(scalar);
  const Key theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, point.data(), point.size()));
  require(theirs != nullptr);
  const Context context(EVP_PKEY_CTX_new(ours.get(), nullptr));
  require(context && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_derive_set_peer(context.get(), theirs.get()) == 1);
  Secret<32> product;
  std::size_t length = product.bytes().size();
  // A refusal is no error for others to find: a TLS connection on this thread would take it for its own.
  ERR_set_mark();
  const bool derived = EVP_PKEY_derive(context.get(), product.bytes().data(), &length) == 1;
  ERR_pop_to_mark();
  // libcrypto itself refuses an all-zero product; looking again costs nothing and depends on no version of it.
  constexpr std::array<std::uint8_t, 32> zero{};
  if (!derived || CRYPTO_memcmp(product.bytes().data(), zero.data(), zero.size()) == 0) return std::nullopt;
  return product;
}

bool has_low_order(const Point& point) {
  // Any scalar tells: clamped, it is a multiple of the cofactors, and none of the large prime orders (RFC 7748 5).
  const Scalar zero;
  return !x25519(zero, point);
}

}  // namespace sisu::age
