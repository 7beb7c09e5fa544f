// Arguments of SMTP commands (RFC 5321 4.1.2 and the extensions offered), parsed without regard to the session's state.
// An error is the reply that the sender gets.
#pragma once

#include "common/base/result.hpp"
#include "common/mail/envelope.hpp"
#include "common/smtp/reply.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sisu::smtp {

/// EHLO and HELO say which parameters MAIL may have: none after HELO (RFC 5321 4.1.1.1).
enum class Dialect { smtp, esmtp };

/// The name a client gives itself: 1 to 255 printable characters without a blank. Wider than Domain / address-literal,
/// because RFC 5321 4.1.4 forbids to refuse mail for a name that does not fit.
Result<std::string, Reply> parse_hello(std::string_view arguments);

/// "FROM:" Reverse-path [SP Mail-parameters]: an envelope without recipients. Knows SIZE, BODY and SMTPUTF8.
Result<mail::Envelope, Reply> parse_mail(std::string_view arguments, Dialect dialect);

/// "TO:" Forward-path; no parameter is offered. A source route is read and dropped (RFC 5321 appendix C).
Result<mail::Recipient, Reply> parse_rcpt(std::string_view arguments, mail::Utf8 utf8);

struct Chunk {
  std::uint64_t octets = 0;
  bool last = false;
};

/// chunk-size [SP "LAST"], RFC 3030 2.
Result<Chunk, Reply> parse_bdat(std::string_view arguments);

}  // namespace sisu::smtp
