// What a load run does, and its command line.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/mail/envelope.hpp"
#include "tests/support/smtp_load/message_source.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sisu::load {

struct Options {
  Endpoint server;
  std::uint64_t messages = 1000;       ///< no more after these ...
  std::chrono::seconds duration{0};    ///< ... nor after this time; 0: no end
  unsigned connections = 10;           ///< at once
  unsigned messages_a_connection = 1;  ///< then QUIT and a new one
  double messages_a_second = 0;        ///< in all; 0: as fast as it goes
  SizeMix sizes;
  bool starttls = false;
  bool chunking = false;
  std::string hello = "load.example";
  mail::Envelope envelope;
  std::uint64_t seed = 1;
  std::string journal;                 ///< empty: none
  std::chrono::seconds retry_for{30};  ///< a message is tried for so long, as an MTA would
  std::chrono::seconds timeout{60};    ///< for every answer
  std::vector<pid_t> watched;          ///< processes whose CPU time is reported
  bool json = false;
};

/// Ends the process with a message and status 2 where the command line is wrong.
Options parse_command_line(int argc, char** argv);

}  // namespace sisu::load
