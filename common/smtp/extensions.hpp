// What a server offers in its answer to EHLO (RFC 5321 4.1.1.1).
#pragma once

#include "common/smtp/reply.hpp"

#include <cstdint>
#include <optional>

namespace sisu::smtp {

struct Extensions {
  bool starttls = false;
  bool pipelining = false;
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool chunking = false;
  bool binary_mime = false;
  bool size = false;
  std::optional<std::uint64_t> max_size;  ///< octets; none where SIZE names no limit
};

/// Lines that are not known are skipped.
Extensions parse_extensions(const Reply& ehlo);

}  // namespace sisu::smtp
