// The directives of smtp_server transcripts that set up a server or its faults (tests/transcripts/README.md).
#pragma once

#include "common/smtp/reply.hpp"
#include "common/smtp/server_engine.hpp"
#include "common/smtp/server_limits.hpp"

#include <string>
#include <string_view>

namespace sisu::smtp {

struct SubjectOptions {
  StartTls starttls = StartTls::offered;
  ServerLimits limits;
};

/// True for `starttls` and `limit`.
bool is_option(std::string_view directive);
/// Empty, or what is wrong with it.
std::string apply_option(std::string_view directive, SubjectOptions& options);

/// `refuse STEP REPLY` and `fail STEP REPLY`.
struct Fault {
  std::string step;
  Reply reply;
};
Fault parse_fault(std::string_view directive);

/// The words of `directive` behind the first.
std::string_view rest_of(std::string_view directive);

}  // namespace sisu::smtp
