// The command line of sisumail-dns.
#pragma once

#include "common/base/result.hpp"
#include "common/log/logger.hpp"

#include <filesystem>
#include <string>
#include <variant>

namespace sisu::relay::naming {

struct Options {
  std::filesystem::path config = "/etc/sisumail/dns.toml";
  bool only_check = false;  ///< read the configuration and the credential, say what is wrong, and end
  log::Options log;
};

/// Text for standard output instead of serving: --help, --version.
struct Answer {
  std::string text;
};

/// The error is one line without the program's name.
Result<std::variant<Options, Answer>, std::string> parse_options(int argc, const char* const* argv);

}  // namespace sisu::relay::naming
