// One SMTP reply: code, enhanced status code, text (RFC 5321 4.2, RFC 2034, RFC 3463).
#pragma once

#include <string>
#include <string_view>

namespace sisu::smtp {

struct Reply {
  int code = 250;
  std::string enhanced;  ///< "2.0.0"; empty where RFC 2034 has none (greeting, EHLO, 354)
  std::string text;      ///< lines separated by '\n'; printable US-ASCII, or UTF-8 after SMTPUTF8

  bool is_positive() const { return code < 400; }
  bool is_transient() const { return code >= 400 && code < 500; }
  bool is_permanent() const { return code >= 500; }

  /// With CRLF and "250-" continuation lines; control characters in the text are replaced by '?', so that no text from
  /// elsewhere can make a second reply. Lines over 512 octets (RFC 5321 4.5.3.1.5) are cut.
  std::string to_smtp() const;
};

}  // namespace sisu::smtp
