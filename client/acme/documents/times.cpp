#include "client/acme/documents/times.hpp"

#include "client/acme/documents/limits.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sisu::acme {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

/// Takes a fixed form apart, from the left; once something does not fit, everything else fails, too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void expect(std::string_view word) {
    good_ = good_ && rest_.starts_with(word);
    if (good_) rest_.remove_prefix(word.size());
  }

  int number(std::size_t digits) {
    good_ = good_ && rest_.size() >= digits;
    int value = 0;
    for (std::size_t i = 0; good_ && i < digits; ++i) {
      good_ = rest_[i] >= '0' && rest_[i] <= '9';
      value = value * 10 + (rest_[i] - '0');
    }
    if (good_) rest_.remove_prefix(digits);
    return good_ ? value : 0;
  }

  /// The index of the one of `words` that comes next.
  template <std::size_t size>
  unsigned one_of(const std::array<std::string_view, size>& words) {
    for (unsigned i = 0; good_ && i < size; ++i) {
      if (!rest_.starts_with(words[i])) continue;
      rest_.remove_prefix(words[i].size());
      return i;
    }
    good_ = false;
    return 0;
  }

  bool has(char next) const { return good_ && rest_.starts_with(next); }
  void skip_digits() { rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789"), rest_.size())); }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

constexpr std::array<std::string_view, 7> days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<system_clock::time_point> instant(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<system_clock::time_point> parse_imf_date(std::string_view text) {
  Scanner scan(text);
  scan.one_of(days);
  scan.expect(", ");
  const int day = scan.number(2);
  scan.expect(" ");
  const int month = static_cast<int>(scan.one_of(months)) + 1;
  scan.expect(" ");
  const int year = scan.number(4);
  scan.expect(" ");
  const int hour = scan.number(2);
  scan.expect(":");
  const int minute = scan.number(2);
  scan.expect(":");
  const int second = scan.number(2);
  scan.expect(" GMT");
  if (!scan.at_end()) return std::nullopt;
  return instant(year, month, day, hour, minute, second);
}

std::optional<seconds> parse_seconds(std::string_view text) {
  constexpr std::size_t most_digits = 12;  // far past what is believed, and no overflow
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (text.size() > most_digits) return limits::retry_after;
  std::int64_t value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return seconds(value);
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view text, system_clock::time_point now) {
  auto wait = parse_seconds(text);
  if (!wait) {
    const auto date = parse_imf_date(text);
    if (!date) return std::nullopt;
    wait = std::chrono::ceil<seconds>(*date - now);
  }
  return std::clamp(*wait, seconds(0), limits::retry_after);
}

std::optional<system_clock::time_point> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const int year = scan.number(4);
  scan.expect("-");
  const int month = scan.number(2);
  scan.expect("-");
  const int day = scan.number(2);
  scan.expect(scan.has('t') ? "t" : "T");
  const int hour = scan.number(2);
  scan.expect(":");
  const int minute = scan.number(2);
  scan.expect(":");
  const int second = scan.number(2);
  if (scan.has('.')) {
    scan.expect(".");
    scan.number(1);
    scan.skip_digits();
  }
  seconds east{0};
  if (scan.has('+') || scan.has('-')) {
    const int sign = scan.has('+') ? 1 : -1;
    scan.expect(sign > 0 ? "+" : "-");
    const int hours = scan.number(2);
    scan.expect(":");
    const int minutes = scan.number(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    east = sign * (std::chrono::hours(hours) + std::chrono::minutes(minutes));
  } else {
    scan.expect(scan.has('z') ? "z" : "Z");
  }
  if (!scan.at_end()) return std::nullopt;
  const auto local = instant(year, month, day, hour, minute, second);
  if (!local) return std::nullopt;
  return *local - east;
}

}  // namespace sisu::acme
