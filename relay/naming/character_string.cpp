#include "relay/naming/character_string.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printable(char c) { return c >= 0x20 && c <= 0x7E; }
bool is_special(char c) { return c == '(' || c == ')' || c == ';'; }

/// Reads words off the front of a text.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : rest_(text) {}

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool at_end() const { return rest_.empty(); }
  bool at_generic_form() const { return rest_.starts_with("\\#"); }

  std::optional<std::string> read() {
    auto word = rest_.front() == '"' ? read_quoted() : read_bare();
    if (!rest_.empty() && !is_blank(rest_.front())) return std::nullopt;
    return word;
  }

 private:
  std::optional<std::string> read_quoted() {
    rest_.remove_prefix(1);
    std::string word;
    while (!rest_.empty() && rest_.front() != '"') {
      if (!take_character(word)) return std::nullopt;
    }
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);
    return word;
  }

  std::optional<std::string> read_bare() {
    std::string word;
    while (!rest_.empty() && !is_blank(rest_.front())) {
      if (rest_.front() == '"' || is_special(rest_.front()) || !take_character(word)) return std::nullopt;
    }
    return word;
  }

  bool take_character(std::string& word) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\\') return take_escaped(word);
    if (c == '\t' || is_printable(c) || static_cast<unsigned char>(c) > 0x7F) {
      word += c;
      return true;
    }
    return false;
  }

  bool take_escaped(std::string& word) {
    if (rest_.empty() || !is_printable(rest_.front())) return false;
    if (!is_digit(rest_.front())) {
      word += rest_.front();
      rest_.remove_prefix(1);
      return true;
    }
    if (rest_.size() < 3 || !std::all_of(rest_.begin(), rest_.begin() + 3, is_digit)) return false;
    const int octet = (rest_[0] - '0') * 100 + (rest_[1] - '0') * 10 + (rest_[2] - '0');
    if (octet > 0xFF) return false;
    word += static_cast<char>(octet);
    rest_.remove_prefix(3);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  WordReader reader(text);
  reader.skip_blanks();
  if (reader.at_generic_form()) return std::nullopt;
  std::vector<std::string> words;
  while (!reader.at_end()) {
    auto word = reader.read();
    if (!word) return std::nullopt;
    words.push_back(std::move(*word));
    reader.skip_blanks();
  }
  return words;
}

std::string quoted(std::string_view octets) {
  std::string text = "\"";
  for (const char c : octets) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (is_printable(c)) {
      text += c;
    } else {
      const int octet = static_cast<unsigned char>(c);
      text += '\\';
      text += static_cast<char>('0' + octet / 100);
      text += static_cast<char>('0' + octet / 10 % 10);
      text += static_cast<char>('0' + octet % 10);
    }
  }
  text += '"';
  return text;
}

}  // namespace sisu::relay::naming
