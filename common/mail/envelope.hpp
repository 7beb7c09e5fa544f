// What SMTP says about a message outside of the message (RFC 5321 2.3.1).
#pragma once

#include "common/mail/address.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sisu::mail {

/// BODY= of MAIL (RFC 6152, RFC 3030).
enum class BodyType { seven_bit, eight_bit_mime, binary_mime };

struct Envelope {
  ReversePath sender;
  std::vector<Recipient> recipients;
  BodyType body = BodyType::seven_bit;
  bool smtputf8 = false;                       ///< RFC 6531
  std::optional<std::uint64_t> declared_size;  ///< SIZE= in octets (RFC 1870)
};

}  // namespace sisu::mail
