// Output: what a command says, as text for people or as one JSON object per line for programs.
#pragma once

#include "relay/account/account.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::admin {

enum class Form { text, json };
enum class Style { plain, heading, good, warning, bad };

/// Text of a table or list, with the style it has on a terminal.
struct Cell {
  std::string text;
  Style style = Style::plain;
};

class Output {
 public:
  /// Appends to `out`, which outlives it.
  Output(std::string& out, Form form, bool color) : out_(out), form_(form), color_(color) {}

  bool is_json() const { return form_ == Form::json; }

  /// One line of text, without its line feed.
  void line(std::string_view text) { out_.append(text) += '\n'; }
  /// "name         value"
  void entry(std::string_view name, const Cell& value);
  /// A heading and rows of as many cells, in columns.
  void table(const std::vector<std::string>& heading, const std::vector<std::vector<Cell>>& rows);
  /// One line of JSON.
  void object(const nlohmann::ordered_json& json);

 private:
  std::string styled(const Cell& cell) const;

  std::string& out_;
  Form form_;
  bool color_;
};

/// "2026-11-20T12:00:00Z"
std::string time_text(Time time);

/// "1 account", "2 accounts"
std::string count_text(std::size_t count, std::string_view what);

}  // namespace sisu::relay::admin
