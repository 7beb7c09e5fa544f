#include "common/tls/openssl_error.hpp"

#include <openssl/err.h>

namespace sisu::tls {
namespace {

class OpensslCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "openssl"; }
  std::string message(int code) const override {
    const char* reason = ::ERR_reason_error_string(static_cast<unsigned long>(static_cast<unsigned>(code)));
    return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
  }
};

unsigned long take_code() {
  const unsigned long code = ::ERR_peek_last_error();
  ::ERR_clear_error();
  return code;
}

}  // namespace

const std::error_category& openssl_category() {
  static const OpensslCategory category;
  return category;
}

std::system_error take_error(const std::string& doing) {
  const unsigned long code = take_code();
  if (code == 0) return {std::make_error_code(std::errc::protocol_error), doing};
  if (ERR_SYSTEM_ERROR(code)) return {ERR_GET_REASON(code), std::system_category(), doing};
  return {static_cast<int>(code), openssl_category(), doing};
}

std::string take_reason(const std::string& otherwise) {
  const unsigned long code = take_code();
  if (code == 0) return otherwise;
  if (ERR_SYSTEM_ERROR(code)) return std::system_category().message(ERR_GET_REASON(code));
  return openssl_category().message(static_cast<int>(code));
}

}  // namespace sisu::tls
