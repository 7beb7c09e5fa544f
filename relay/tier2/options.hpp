// The command line of sisumail-tier2 as a value.
#pragma once

#include "common/base/result.hpp"
#include "common/mail/address.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace sisu::relay::tier2 {

struct KeyOptions {
  enum class Command { init, status, roll };
  Command command = Command::status;
  mail::DomainName zone;
  std::filesystem::path state;
  std::filesystem::path dns_socket;
  std::chrono::seconds ttl{300};  ///< of the TLSA set
  bool json = false;
};

/// What was asked for instead of a command, or what is wrong with the command line.
struct NoRun {
  int exit_status = 0;
  std::string text;  ///< with line ends; for standard output if the status is 0
};

Result<KeyOptions, NoRun> parse_command_line(int argc, const char* const* argv);

}  // namespace sisu::relay::tier2
