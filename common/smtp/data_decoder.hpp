// The text after DATA: removes dot-stuffing (RFC 5321 4.5.2) and finds the end, which is CRLF "." CRLF and nothing
// else. Gives the message as views of its input, in pieces as large as the input allows.
#pragma once

#include "common/smtp/line_tracker.hpp"

#include <string_view>

namespace sisu::smtp {

class DataDecoder {
 public:
  /// The next piece of the message; takes it, and any dots, from the front of `input`. May be empty. Call until ended()
  /// or `input` is used up.
  std::string_view next(std::string_view& input);

  bool ended() const { return ended_; }
  /// The message has a bare CR or LF. Decoding goes on to the true end.
  bool has_bare_cr_or_lf() const { return bare_after_dot_ || lines_.has_bare_cr_or_lf(); }

 private:
  // What is known of a dot that begins a line: nothing yet, "." seen, ".CR" seen, or that it was stuffing.
  enum class Dot { none, seen, seen_cr, stuffing };

  bool resolve_dot(std::string_view& input);
  bool at_dot(std::string_view rest) const;

  LineTracker lines_;
  Dot dot_ = Dot::none;
  bool bare_after_dot_ = false;
  bool ended_ = false;
};

}  // namespace sisu::smtp
