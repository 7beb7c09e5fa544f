#include "relay/commands/line_editor.hpp"

#include <utility>

namespace sisu::relay::commands {
namespace {

constexpr char ctrl_c = 0x03;
constexpr char ctrl_d = 0x04;
constexpr char backspace = 0x08;
constexpr char ctrl_u = 0x15;
constexpr char escape_key = 0x1B;
constexpr char delete_key = 0x7F;

bool is_utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

void LineEditor::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool second_half = c == '\n' && std::exchange(after_carriage_return_, false);
    if (!second_half) key(c);
    after_carriage_return_ = c == '\r';
  }
}

std::optional<Input> LineEditor::next() {
  if (inputs_.empty()) return std::nullopt;
  Input input = std::move(inputs_.front());
  inputs_.pop_front();
  return input;
}

std::string LineEditor::take_echo() { return std::exchange(echo_, {}); }

void LineEditor::finish() {
  if (!line_.empty()) end_line();
}

void LineEditor::key(char c) {
  if (c == '\r' || c == '\n') return end_line();
  if (terminal_ == Terminal::none) return append(c);
  if (swallowed_by_escape(c)) return;
  if (c == backspace || c == delete_key) return erase_last();
  if (c == ctrl_u) {
    while (!line_.empty()) erase_last();
  } else if (c == ctrl_c) {
    line_.clear();
    echo("^C\r\n");
    inputs_.push_back({Input::Kind::interrupt, {}});
  } else if (c == ctrl_d) {
    if (line_.empty()) inputs_.push_back({Input::Kind::end, {}});
  } else if (static_cast<unsigned char>(c) >= 0x20) {
    append(c);
  }
}

/// ECMA-48 5.4: ESC [ parameters, ended by a byte from 0x40 to 0x7E; or ESC and one byte.
bool LineEditor::swallowed_by_escape(char c) {
  switch (escape_) {
    case Escape::none:
      if (c != escape_key) return false;
      escape_ = Escape::begun;
      return true;
    case Escape::begun:
      escape_ = c == '[' || c == 'O' ? Escape::in_sequence : Escape::none;
      return true;
    case Escape::in_sequence:
      if (c >= 0x40 && c <= 0x7E) escape_ = Escape::none;
      return true;
  }
  return false;
}

void LineEditor::end_line() {
  echo("\r\n");
  inputs_.push_back({Input::Kind::line, std::exchange(line_, {})});
}

void LineEditor::erase_last() {
  if (line_.empty()) return;
  while (line_.size() > 1 && is_utf8_continuation(line_.back())) line_.pop_back();
  line_.pop_back();
  echo("\b \b");
}

void LineEditor::append(char c) {
  if (line_.size() > line_limit) return;
  line_ += c;
  echo({&c, 1});
}

void LineEditor::echo(std::string_view text) {
  if (terminal_ == Terminal::pty) echo_ += text;
}

}  // namespace sisu::relay::commands
