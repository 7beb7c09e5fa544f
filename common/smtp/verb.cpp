#include "common/smtp/verb.hpp"

#include "common/mail/characters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sisu::smtp {
namespace {

constexpr auto verbs = std::to_array<std::pair<std::string_view, Verb>>({
    {"EHLO", Verb::ehlo},
    {"HELO", Verb::helo},
    {"STARTTLS", Verb::starttls},
    {"MAIL", Verb::mail},
    {"RCPT", Verb::rcpt},
    {"DATA", Verb::data},
    {"BDAT", Verb::bdat},
    {"RSET", Verb::rset},
    {"NOOP", Verb::noop},
    {"QUIT", Verb::quit},
    {"VRFY", Verb::vrfy},
    {"HELP", Verb::help},
});

constexpr auto unimplemented =
    std::to_array<std::string_view>({"EXPN", "AUTH", "ETRN", "ATRN", "TURN", "SEND", "SOML", "SAML", "BURL"});

Verb find_verb(std::string_view word) {
  for (const auto& [name, verb] : verbs) {
    if (mail::equals_ignoring_case(word, name)) return verb;
  }
  for (const auto name : unimplemented) {
    if (mail::equals_ignoring_case(word, name)) return Verb::unimplemented;
  }
  return Verb::unknown;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && mail::is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && mail::is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

CommandLine parse_command_line(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  return {find_verb(line.substr(0, end)), without_blanks(line.substr(end))};
}

std::string_view name_of(Verb verb) {
  for (const auto& [name, candidate] : verbs) {
    if (candidate == verb) return name;
  }
  return {};
}

}  // namespace sisu::smtp
