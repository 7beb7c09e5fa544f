#include "relay/admin/output.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace sisu::relay::admin {
namespace {

/// SGR parameters (ECMA-48 8.3.117).
std::string_view parameters(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::heading:
      return "1";
    case Style::good:
      return "32";
    case Style::warning:
      return "33";
    case Style::bad:
      return "31";
  }
  return "";
}

void pad(std::string& line, std::size_t used, std::size_t width) { line.append(width > used ? width - used : 0, ' '); }

}  // namespace

std::string Output::styled(const Cell& cell) const {
  const std::string_view sgr = parameters(cell.style);
  if (!color_ || sgr.empty()) return cell.text;
  return "\x1b[" + std::string(sgr) + "m" + cell.text + "\x1b[0m";
}

void Output::entry(std::string_view name, const Cell& value) {
  constexpr std::size_t value_column = 13;
  std::string text(name);
  pad(text, name.size(), value_column);
  line(text + styled(value));
}

void Output::table(const std::vector<std::string>& heading, const std::vector<std::vector<Cell>>& rows) {
  constexpr std::size_t gap = 2;
  std::vector<std::size_t> widths;
  for (const std::string& word : heading) widths.push_back(word.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].text.size());
  }
  const auto put = [&](const std::vector<Cell>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += styled(row[i]);
      if (i + 1 < row.size()) pad(text, row[i].text.size(), widths[i] + gap);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    line(text);
  };
  std::vector<Cell> first;
  for (const std::string& word : heading) first.push_back({word, Style::heading});
  put(first);
  for (const auto& row : rows) put(row);
}

void Output::object(const nlohmann::ordered_json& json) { line(json.dump()); }

std::string time_text(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string count_text(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace sisu::relay::admin
