// The words of an SSH exec command line, split as a POSIX shell would (Shell Command Language 2.2 Quoting) but with
// nothing expanded: `$`, a backquote, `*` and `~` are ordinary characters. Unquoted operators (| & ; < > ( ) and a
// newline) are refused rather than passed on, because a shell would not have taken them for text.
#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::proto {

inline constexpr std::size_t command_line_limit = 4096;  ///< bytes
inline constexpr std::size_t command_words_limit = 64;

enum class WordsError {
  line_too_long,
  too_many_words,
  unterminated_single_quote,
  unterminated_double_quote,
  trailing_backslash,
  unquoted_operator,
  nul_byte,
};
std::string_view describe(WordsError error);

/// No words for an empty or blank line.
Result<std::vector<std::string>, WordsError> split_command_words(std::string_view line);

/// `word` in the shortest form that split_command_words() reads as exactly this one word. `word` holds no NUL.
std::string quote_command_word(std::string_view word);

}  // namespace sisu::proto
