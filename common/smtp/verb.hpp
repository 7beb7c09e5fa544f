// The first word of a command line (RFC 5321 4.1.1).
#pragma once

#include <string_view>

namespace sisu::smtp {

enum class Verb { ehlo, helo, starttls, mail, rcpt, data, bdat, rset, noop, quit, vrfy, help, unimplemented, unknown };

struct CommandLine {
  Verb verb = Verb::unknown;
  std::string_view arguments;  ///< without the blanks around; points into the line
};

/// `line` is without its CRLF. Verbs compare without case; "unimplemented" are those that RFC 5321 and its extensions
/// know and this server does not offer (EXPN, AUTH, ETRN, TURN, SEND, SOML, SAML, ATRN, BURL).
CommandLine parse_command_line(std::string_view line);

/// "MAIL"; empty for unimplemented and unknown.
std::string_view name_of(Verb verb);

}  // namespace sisu::smtp
