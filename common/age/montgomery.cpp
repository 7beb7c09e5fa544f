#include "common/age/montgomery.hpp"

#include <openssl/bn.h>

#include <memory>
#include <new>

namespace sisu::age {
namespace {

struct Release {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Release>;

void require(bool done) {
  if (!done) throw std::bad_alloc();
}

/// Arithmetic modulo 2^255 - 19. Operands and results are below it.
class Field {
 public:
  Field() : context_(BN_CTX_new()), prime_(number()) {
    require(context_ && BN_set_bit(prime_.get(), 255) == 1 && BN_sub_word(prime_.get(), 19) == 1);
  }
  static Number number(BN_ULONG value = 0) {
    Number result(BN_new());
    require(result && BN_set_word(result.get(), value) == 1);
    return result;
  }
  bool has(const Number& a) const { return BN_cmp(a.get(), prime_.get()) < 0; }
  Number sum(const Number& a, const Number& b) const { return apply(&BN_mod_add, a, b); }
  Number difference(const Number& a, const Number& b) const { return apply(&BN_mod_sub, a, b); }
  Number product(const Number& a, const Number& b) const { return apply(&BN_mod_mul, a, b); }
  Number inverse(const Number& a) const {  ///< of another than zero
    Number result = number();
    require(BN_mod_inverse(result.get(), a.get(), prime_.get(), context_.get()) != nullptr);
    return result;
  }
  bool is_square(const Number& a) const { return BN_kronecker(a.get(), prime_.get(), context_.get()) >= 0; }

 private:
  template <class Operation>
  Number apply(Operation operation, const Number& a, const Number& b) const {
    Number result = number();
    require(operation(result.get(), a.get(), b.get(), prime_.get(), context_.get()) == 1);
    return result;
  }
  std::unique_ptr<BN_CTX, Release> context_;
  Number prime_;
};

/// RFC 7748 4.1: v^2 = u^3 + 486662 u^2 + u. Other values of u belong to the curve's twist.
bool is_on_curve(const Field& field, const Number& u) {
  const Number inner = field.sum(field.product(field.sum(u, Field::number(486662)), u), Field::number(1));
  return field.is_square(field.product(inner, u));
}

}  // namespace

std::optional<Point> to_montgomery(const Ed25519PublicKey& key) {
  const Field field;
  const Number one = Field::number(1);
  Ed25519PublicKey coordinate = key;
  coordinate.back() &= 0x7f;
  const Number y(BN_lebin2bn(coordinate.data(), static_cast<int>(coordinate.size()), nullptr));
  require(y != nullptr);
  if (!field.has(y) || BN_is_one(y.get())) return std::nullopt;
  const Number u = field.product(field.sum(one, y), field.inverse(field.difference(one, y)));
  if (!is_on_curve(field, u)) return std::nullopt;
  Point point{};
  require(BN_bn2lebinpad(u.get(), point.data(), static_cast<int>(point.size())) == static_cast<int>(point.size()));
  return point;
}

}  // namespace sisu::age
