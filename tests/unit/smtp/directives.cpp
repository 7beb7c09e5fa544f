#include "tests/unit/smtp/directives.hpp"

#include <functional>
#include <map>
#include <sstream>

namespace sisu::smtp {
namespace {

std::string set_limit(const std::string& name, unsigned long value, ServerLimits& limits) {
  const auto count = static_cast<unsigned>(value);
  const std::map<std::string, std::function<void()>> setters = {
      {"message_octets", [&] { limits.message_octets = value; }},
      {"discarded_octets", [&] { limits.discarded_octets = value; }},
      {"command_line_octets", [&] { limits.command_line_octets = value; }},
      {"discarded_line_octets", [&] { limits.discarded_line_octets = value; }},
      {"recipients", [&] { limits.recipients = count; }},
      {"messages", [&] { limits.messages = count; }},
      {"errors", [&] { limits.errors = count; }},
      {"refusals", [&] { limits.refusals = count; }},
      {"idle_commands", [&] { limits.idle_commands = count; }},
  };
  const auto found = setters.find(name);
  if (found == setters.end()) return "no such limit";
  found->second();
  return "";
}

}  // namespace

bool is_option(std::string_view directive) {
  return directive.starts_with("starttls ") || directive.starts_with("limit ");
}

std::string apply_option(std::string_view directive, SubjectOptions& options) {
  std::istringstream words{std::string(directive)};
  std::string verb;
  std::string what;
  unsigned long value = 0;
  words >> verb >> what >> value;
  if (verb == "limit") return set_limit(what, value, options.limits);
  options.starttls = what == "required" ? StartTls::required : what == "offered" ? StartTls::offered : StartTls::absent;
  return "";
}

Fault parse_fault(std::string_view directive) {
  std::istringstream words{std::string(directive)};
  std::string verb;
  Fault fault;
  words >> verb >> fault.step >> fault.reply.code >> fault.reply.enhanced >> std::ws;
  std::getline(words, fault.reply.text);
  return fault;
}

std::string_view rest_of(std::string_view directive) {
  const std::size_t space = directive.find(' ');
  return space == directive.npos ? std::string_view() : directive.substr(space + 1);
}

}  // namespace sisu::smtp
