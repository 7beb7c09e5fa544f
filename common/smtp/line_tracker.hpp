// Follows the line ends of a text that comes in pieces and notices a CR or LF that is not part of a CRLF. RFC
// 5321 2.3.8 forbids them; servers that took them for line ends made SMTP smuggling possible.
#pragma once

#include <cstddef>
#include <string_view>

namespace sisu::smtp {

class LineTracker {
 public:
  /// Takes the octets of `text` up to and with the next LF, or all of them; returns how many. Only CRLF ends a line.
  std::size_t advance(std::string_view text);

  /// Takes all of `text`.
  void advance_over(std::string_view text);

  /// Nothing has come yet, or the last two octets were CRLF.
  bool at_line_start() const { return at_ == At::line_start; }
  /// A CR without its LF came, or an LF without its CR. A CR at the very end is still open: see ends_in_cr().
  bool has_bare_cr_or_lf() const { return bare_; }
  bool ends_in_cr() const { return at_ == At::after_cr; }

 private:
  enum class At { line_start, in_line, after_cr };
  At at_ = At::line_start;
  bool bare_ = false;
};

}  // namespace sisu::smtp
