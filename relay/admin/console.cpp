#include "relay/admin/console.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>
#include <unistd.h>

namespace sisu::relay::admin {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<std::string> ask_on_terminal(const std::string& question) {
  std::fputs(question.c_str(), stderr);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

}  // namespace

Console real_console() {
  Console console;
  console.color = ::isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  // The question is seen on standard error; an answer out of a file is nobody's.
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1) console.ask = ask_on_terminal;
  console.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return console;
}

bool write_out(const Console& console) {
  const bool written = std::fputs(console.out.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) std::fprintf(stderr, "sisumail-relay: standard output: %s\n", std::strerror(errno));
  std::fputs(console.errors.c_str(), stderr);
  return written;
}

}  // namespace sisu::relay::admin
