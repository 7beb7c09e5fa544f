#include "client/acme/documents/times.hpp"

#include <algorithm>
#include <cstddef>

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

  bool has(char next) const { return good_ && rest_.starts_with(next); }
  void skip_digits() { rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789"), rest_.size())); }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<system_clock::time_point> instant(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  constexpr int earliest = 1970, latest = 2200;  // system_clock ends in 2262
  if (!date.ok() || year < earliest || year > latest || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

}  // namespace

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
