#include "proto/command_words.hpp"

#include <algorithm>
#include <optional>

namespace sisu::proto {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_operator(char c) { return std::string_view("|&;<>()\n").find(c) != std::string_view::npos; }
/// Shell Command Language 2.2.3: what a backslash escapes inside double quotes (a newline vanishes).
bool is_escapable_in_double_quotes(char c) { return std::string_view("$`\"\\").find(c) != std::string_view::npos; }

/// Reads one word, quoted parts joined with bare ones. Used once per word.
class WordReader {
 public:
  explicit WordReader(std::string_view rest) : rest_(rest) {}

  Result<std::string, WordsError> read() {
    while (!rest_.empty() && !is_blank(rest_.front())) {
      if (const auto error = take_part()) return fail(*error);
    }
    return std::move(word_);
  }
  std::string_view rest() const { return rest_; }
  /// False when everything read was removed (a line continuation on its own): then there is no word, not an empty one.
  bool found() const { return found_; }

 private:
  std::optional<WordsError> take_part() {
    const char first = rest_.front();
    if (first == '\'') return take_single_quoted();
    if (first == '"') return take_double_quoted();
    if (first == '\\') return take_escaped();
    if (is_operator(first)) return WordsError::unquoted_operator;
    append(first);
    rest_.remove_prefix(1);
    return std::nullopt;
  }

  // 2.2.1: a backslash keeps the next character; with a newline it is a line continuation, and both vanish.
  std::optional<WordsError> take_escaped() {
    if (rest_.size() < 2) return WordsError::trailing_backslash;
    if (rest_[1] != '\n') append(rest_[1]);
    rest_.remove_prefix(2);
    return std::nullopt;
  }

  // 2.2.2: everything up to the next single quote is literal.
  std::optional<WordsError> take_single_quoted() {
    const std::size_t end = rest_.find('\'', 1);
    if (end == std::string_view::npos) return WordsError::unterminated_single_quote;
    found_ = true;
    word_ += rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return std::nullopt;
  }

  // 2.2.3
  std::optional<WordsError> take_double_quoted() {
    found_ = true;
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      const bool escape = rest_[i] == '\\' && i + 1 < rest_.size();
      if (escape && rest_[i + 1] == '\n') {
        ++i;
        continue;
      }
      if (escape && is_escapable_in_double_quotes(rest_[i + 1])) ++i;
      word_ += rest_[i];
    }
    if (i >= rest_.size()) return WordsError::unterminated_double_quote;
    rest_.remove_prefix(i + 1);
    return std::nullopt;
  }

  void append(char c) {
    found_ = true;
    word_ += c;
  }

  std::string_view rest_;
  std::string word_;
  bool found_ = false;
};

bool needs_quotes(char c) {
  const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     std::string_view("_-+=./:@%,").find(c) != std::string_view::npos;
  return !plain;
}

}  // namespace

std::string_view describe(WordsError error) {
  switch (error) {
    case WordsError::line_too_long:
      return "the command line is longer than 4096 bytes";
    case WordsError::too_many_words:
      return "the command line has more than 64 words";
    case WordsError::unterminated_single_quote:
      return "a single quote is not closed";
    case WordsError::unterminated_double_quote:
      return "a double quote is not closed";
    case WordsError::trailing_backslash:
      return "the command line ends in a backslash";
    case WordsError::unquoted_operator:
      return "one of | & ; < > ( ) or a newline stands outside quotes: one command at a time, quote what is text";
    case WordsError::nul_byte:
      return "the command line has a NUL byte";
  }
  return "the command line cannot be read";
}

Result<std::vector<std::string>, WordsError> split_command_words(std::string_view line) {
  if (line.size() > command_line_limit) return fail(WordsError::line_too_long);
  if (line.find('\0') != line.npos) return fail(WordsError::nul_byte);
  std::vector<std::string> words;
  while (!line.empty()) {
    if (is_blank(line.front())) {
      line.remove_prefix(1);
      continue;
    }
    WordReader reader(line);
    auto word = reader.read();
    if (!word) return fail(word.error());
    line = reader.rest();
    if (!reader.found()) continue;
    if (words.size() == command_words_limit) return fail(WordsError::too_many_words);
    words.push_back(std::move(*word));
  }
  return words;
}

std::string quote_command_word(std::string_view word) {
  if (!word.empty() && std::ranges::none_of(word, needs_quotes)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + '\'';
}

}  // namespace sisu::proto
