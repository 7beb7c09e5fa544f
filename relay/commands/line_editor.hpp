// LineEditor: from the keys of a terminal in raw mode to command lines (or from plain lines, without a terminal), with
// what to echo. Backspace, Ctrl-U, Ctrl-C, Ctrl-D; other control characters and escape sequences are dropped. No I/O.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::relay::commands {

enum class Terminal { none, pty };

struct Input {
  enum class Kind {
    line,
    interrupt,  ///< Ctrl-C
    end,        ///< Ctrl-D on an empty line
  };
  Kind kind = Kind::line;
  std::string text;  ///< of a line, without its end
};

class LineEditor {
 public:
  /// A line longer than this is kept up to one byte more, so that whoever reads it sees that it is too long.
  static constexpr std::size_t line_limit = 4096;

  explicit LineEditor(Terminal terminal) : terminal_(terminal) {}

  void feed(std::string_view bytes);
  /// What was completed, in order; nullopt: nothing more yet.
  std::optional<Input> next();
  /// What to send back for the keys so far; always empty without a terminal.
  std::string take_echo();
  /// The input ended: an unfinished line counts as one.
  void finish();

 private:
  void key(char c);
  void end_line();
  void erase_last();
  void append(char c);
  void echo(std::string_view text);
  bool swallowed_by_escape(char c);

  enum class Escape { none, begun, in_sequence };

  Terminal terminal_;
  std::string line_;
  std::string echo_;
  std::deque<Input> inputs_;
  Escape escape_ = Escape::none;
  bool after_carriage_return_ = false;
};

}  // namespace sisu::relay::commands
