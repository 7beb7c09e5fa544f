// The sending side of DATA: doubles the dot that begins a line and ends the text (RFC 5321 4.5.2). The inverse of
// DataDecoder.
#pragma once

#include <string>
#include <string_view>

namespace sisu::smtp {

class DotStuffer {
 public:
  /// Appends the next piece of the message to `out`, stuffed. Lines must end in CRLF: a bare CR or LF would be refused,
  /// so the caller sends such a message with BDAT and BINARYMIME, or not at all.
  void encode(std::string_view piece, std::string& out);
  /// Appends the end: CRLF if the last line lacks it, then "." CRLF.
  void finish(std::string& out);

 private:
  bool at_line_start_ = true;
};

}  // namespace sisu::smtp
