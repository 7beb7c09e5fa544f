// A TSIG key (RFC 8945), hmac-sha256 only, in the one-line form that kdig -k and knsupdate -k read from a file:
// "hmac-sha256:NAME:BASE64".
#pragma once

#include "common/base/result.hpp"

#include <string>
#include <string_view>

namespace sisu::relay::naming {

enum class TsigKeyError {
  form,       ///< not three parts between colons
  algorithm,  ///< another than hmac-sha256
  name,       ///< no domain name
  secret,     ///< no base64 (RFC 4648 4)
  weak,       ///< fewer than TsigKey::shortest_secret octets
};
std::string_view describe(TsigKeyError error);

class TsigKey {
 public:
  static constexpr std::size_t shortest_secret = 16;  ///< octets
  static constexpr std::size_t longest_text = 1024;   ///< characters of all

  /// A line feed at the end is allowed. The final dot of the name may be left out.
  static Result<TsigKey, TsigKeyError> parse(std::string_view text);

  const std::string& name() const { return name_; }  ///< "ddns.", lower case: may be shown
  const std::string& base64_secret() const { return secret_; }

 private:
  TsigKey(std::string name, std::string secret) : name_(std::move(name)), secret_(std::move(secret)) {}
  std::string name_;
  std::string secret_;
};

}  // namespace sisu::relay::naming
