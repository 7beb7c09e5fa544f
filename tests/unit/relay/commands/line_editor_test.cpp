#include "relay/commands/line_editor.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::commands {
namespace {

using Kind = Input::Kind;

std::string show(LineEditor& editor) {
  std::string text;
  while (const auto input = editor.next()) {
    switch (input->kind) {
      case Kind::line:
        text += "<" + input->text + ">";
        break;
      case Kind::interrupt:
        text += "!";
        break;
      case Kind::end:
        text += "$";
        break;
    }
  }
  return text;
}

struct Case {
  std::string keys;
  const char* inputs;
  const char* echo;
};

const Case with_terminal[] = {
    {"whoami\r", "<whoami>", "whoami\r\n"},
    {"a\r\nb\n", "<a><b>", "a\r\nb\r\n"},
    {"a\r\r", "<a><>", "a\r\n\r\n"},
    {"ab\x7F" + std::string("c\r"), "<ac>", "ab\b \bc\r\n"},
    {"\x08x\r", "<x>", "x\r\n"},
    {"gr\u00FC\x7F" + std::string("u\r"), "<gru>", "gr\u00FC\b \bu\r\n"},
    {"abc\x15x\r", "<x>", "abc\b \b\b \b\b \bx\r\n"},
    {"abc\x03" + std::string("d\r"), "!<d>", "abc^C\r\nd\r\n"},
    {"\x04", "$", ""},
    {"a\x04" + std::string("b\r"), "<ab>", "ab\r\n"},
    {"a\x1B[Ab\x1B[1;5Cc\x1BOHd\r", "<abcd>", "abcd\r\n"},
    {"a\x1B" + std::string("bc\r"), "<ac>", "ac\r\n"},
    {"\x01\x07\tx\r", "<x>", "x\r\n"},
};

TEST(LineEditor, keys_of_a_terminal) {
  for (const Case& c : with_terminal) {
    LineEditor whole(Terminal::pty);
    whole.feed(c.keys);
    EXPECT_EQ(whole.take_echo(), c.echo) << c.keys;
    EXPECT_EQ(show(whole), c.inputs) << c.keys;
  }
}

TEST(LineEditor, keys_of_a_terminal_one_at_a_time) {
  for (const Case& c : with_terminal) {
    LineEditor editor(Terminal::pty);
    std::string echo;
    for (const char key : c.keys) {
      editor.feed({&key, 1});
      echo += editor.take_echo();
    }
    EXPECT_EQ(echo, c.echo) << c.keys;
    EXPECT_EQ(show(editor), c.inputs) << c.keys;
  }
}

TEST(LineEditor, without_a_terminal_lines_are_taken_as_they_are_and_nothing_is_echoed) {
  LineEditor editor(Terminal::none);
  editor.feed("a\x03\x1B\tb\r\nc\n");
  EXPECT_EQ(show(editor), "<a\x03\x1B\tb><c>");
  EXPECT_EQ(editor.take_echo(), "");
}

TEST(LineEditor, an_unfinished_line_counts_at_the_end_of_input) {
  LineEditor editor(Terminal::none);
  editor.feed("status");
  EXPECT_EQ(show(editor), "");
  editor.finish();
  editor.finish();
  EXPECT_EQ(show(editor), "<status>");
}

TEST(LineEditor, a_line_keeps_one_byte_more_than_its_limit) {
  for (const Terminal terminal : {Terminal::none, Terminal::pty}) {
    LineEditor editor(terminal);
    for (int i = 0; i < 100; ++i) editor.feed(std::string(1000, 'x'));
    editor.feed("\n");
    EXPECT_EQ(editor.next().value().text.size(), LineEditor::line_limit + 1);
  }
}

}  // namespace
}  // namespace sisu::relay::commands
