// Removes every `Sisumail-*` field that came with a message, so that none of the labels in a stored message is the
// sender's (wire contract, Labels). All else passes byte for byte. Streaming: fed in any pieces, it holds back at most
// one field name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sisu::mail {

/// A field is removed where its line begins with "Sisumail-" in any case, goes on to a colon or to the end of the line,
/// with blanks only before those; the lines folded into it go with it. This is wider than RFC 5322 2.2: readers differ
/// in what they still take for a field. For the same reason a bare CR or LF counts as the end of a line here, and only
/// an empty line after CRLF or LF ends the header section.
class HeaderFilter {
 public:
  /// What is kept so far: a view of `bytes` itself once the header section is over, of this object before. Valid until
  /// the next call.
  std::string_view feed(std::string_view bytes);

  /// What was still held back when the message ended.
  std::string_view finish();

  /// The header section is over: what comes passes untouched.
  bool in_body() const { return at_ == At::body; }
  /// Fields removed so far.
  std::size_t removed() const { return removed_; }
  /// Octets held back: at most max_held.
  std::size_t held() const { return held_.size(); }

  /// A name longer than a line may be (RFC 5322 2.1.1) is removed without looking further.
  static constexpr std::size_t max_held = 998;

 private:
  enum class At {
    line_start,
    prefix,  // the line so far is a part of "Sisumail-"
    name,    // behind it, in the name
    blanks,  // blanks behind the name: a colon or the end of the line must follow
    kept,    // in a line that stays
    dropped,
    dropped_cr,  // behind the CR of a line that went: an LF goes with it
    body,
  };
  // What stands before this line start in what was kept: a removed line must not make an empty line out of two others,
  // or one out of none. empty_line_cr: LF, then CR.
  enum class Before { lf, cr, empty_line_cr };

  void take(char c);
  void begin_line(char c);
  bool take_line_end(char c);
  void end_line(char c);
  void end_dropped_line(char c);
  void match_prefix(char c);
  void match_name(char c);
  void hold(char c, At at);
  void release();
  void drop();
  void keep(char c) { kept_ += c; }

  At at_ = At::line_start;
  Before before_ = Before::lf;
  bool dropping_ = false;  // the field of the line before was removed: lines folded into it go, too
  std::string held_;
  std::string kept_;
  std::size_t removed_ = 0;
};

}  // namespace sisu::mail
