// Replies of a server (RFC 5321 4.2, RFC 2034) out of a byte stream, with limits on what it may say.
#pragma once

#include "common/base/result.hpp"
#include "common/smtp/line_reader.hpp"
#include "common/smtp/reply.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace sisu::smtp {

struct ReplyLimits {
  std::size_t line_octets = 2048;  ///< with CRLF; RFC 5321 4.5.3.1.5 has 512, servers exceed it
  unsigned lines = 128;            ///< of one reply
};

enum class ReplyError {
  line_too_long,
  too_many_lines,
  malformed,  ///< no three digits of 2xx to 5xx, nor ' ' or '-' behind them; codes that differ; a line without CR
};
std::string_view describe(ReplyError error);

class ReplyParser {
 public:
  explicit ReplyParser(ReplyLimits limits = {}) : limits_(limits), lines_(limits.line_octets) {}

  /// Takes what belongs to the next reply from the front of `input`. Nothing: more input is needed, all was taken.
  /// After an error the dialogue cannot go on.
  Result<std::optional<Reply>, ReplyError> next(std::string_view& input);

 private:
  Result<bool, ReplyError> take_line(std::string_view line);

  ReplyLimits limits_;
  LineReader lines_;
  unsigned count_ = 0;  // lines of reply_ so far
  Reply reply_;
};

}  // namespace sisu::smtp
