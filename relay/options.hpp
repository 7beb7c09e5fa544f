// The command line of sisumail-relay.
#pragma once

#include "common/base/result.hpp"
#include "common/log/logger.hpp"
#include "relay/limits/limits.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace sisu::relay {

struct Options {
  std::vector<std::string> ssh_listen;
  std::vector<std::string> tier1_listen;
  std::string dev_user;
  std::filesystem::path state;  ///< empty: the default place
  std::size_t threads = 1;
  log::Options log;
  Limits limits;
};

/// Text for standard output instead of serving: --help, --version, --show-limits.
struct Answer {
  std::string text;
};

/// The error is one line without the program's name.
Result<std::variant<Options, Answer>, std::string> parse_options(int argc, const char* const* argv);

}  // namespace sisu::relay
