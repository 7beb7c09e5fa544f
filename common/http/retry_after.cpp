#include "common/http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace sisu::http_client {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> day_names = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_day_names = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                            "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Date {
  unsigned day = 0, month = 0, hour = 0, minute = 0, second = 0;
  int year = 0;
};

/// Reads from the front; after the first thing that is not there, everything fails.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  void literal(std::string_view text) {
    if (!rest_.starts_with(text)) return spoil();
    rest_.remove_prefix(text.size());
  }

  /// Exactly `digits` of them.
  unsigned number(std::size_t digits) {
    unsigned value = 0;
    const auto end = rest_.data() + std::min(digits, rest_.size());
    const auto [stop, error] = std::from_chars(rest_.data(), end, value);
    if (rest_.size() < digits || error != std::errc() || stop != end) {
      spoil();
      return 0;
    }
    rest_.remove_prefix(digits);
    return value;
  }

  /// The index of the name that stands here.
  unsigned one_of(std::span<const std::string_view> names) {
    for (unsigned index = 0; index < names.size(); ++index) {
      if (!rest_.starts_with(names[index])) continue;
      rest_.remove_prefix(names[index].size());
      return index;
    }
    spoil();
    return 0;
  }

  void time(Date& date) {
    date.hour = number(2);
    literal(":");
    date.minute = number(2);
    literal(":");
    date.second = number(2);
  }

  bool next_is(char c) const { return rest_.starts_with(c); }
  bool is_at_end() const { return good_ && rest_.empty(); }

 private:
  void spoil() {
    good_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool good_ = true;
};

/// IMF-fixdate
std::optional<Date> parse_fixdate(std::string_view value) {
  Cursor cursor(value);
  Date date;
  cursor.one_of(day_names);
  cursor.literal(", ");
  date.day = cursor.number(2);
  cursor.literal(" ");
  date.month = cursor.one_of(month_names) + 1;
  cursor.literal(" ");
  date.year = static_cast<int>(cursor.number(4));
  cursor.literal(" ");
  cursor.time(date);
  cursor.literal(" GMT");
  if (!cursor.is_at_end()) return std::nullopt;
  return date;
}

/// rfc850-date; `year` has two digits.
std::optional<Date> parse_rfc850(std::string_view value) {
  Cursor cursor(value);
  Date date;
  cursor.one_of(long_day_names);
  cursor.literal(", ");
  date.day = cursor.number(2);
  cursor.literal("-");
  date.month = cursor.one_of(month_names) + 1;
  cursor.literal("-");
  date.year = static_cast<int>(cursor.number(2));
  cursor.literal(" ");
  cursor.time(date);
  cursor.literal(" GMT");
  if (!cursor.is_at_end()) return std::nullopt;
  return date;
}

std::optional<Date> parse_asctime(std::string_view value) {
  Cursor cursor(value);
  Date date;
  cursor.one_of(day_names);
  cursor.literal(" ");
  date.month = cursor.one_of(month_names) + 1;
  cursor.literal(" ");
  if (cursor.next_is(' ')) {
    cursor.literal(" ");
    date.day = cursor.number(1);
  } else {
    date.day = cursor.number(2);
  }
  cursor.literal(" ");
  cursor.time(date);
  cursor.literal(" ");
  date.year = static_cast<int>(cursor.number(4));
  if (!cursor.is_at_end()) return std::nullopt;
  return date;
}

/// RFC 9110 5.6.7: over 50 years in the future means the most recent year in the past that ends so.
int full_year(int two_digits, std::chrono::system_clock::time_point now) {
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int this_year = static_cast<int>(today.year());
  const int year = this_year / 100 * 100 + two_digits;
  return year > this_year + 50 ? year - 100 : year;
}

std::optional<sys_seconds> to_time(const Date& date) {
  const std::chrono::year_month_day day(std::chrono::year(date.year), std::chrono::month(date.month),
                                        std::chrono::day(date.day));
  // 60: a leap second (RFC 9110 5.6.7 allows it)
  if (!day.ok() || date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(date.hour) + std::chrono::minutes(date.minute) +
         seconds(date.second);
}

bool is_number(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

seconds parse_delay(std::string_view digits) {
  seconds::rep count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc()) return longest_retry_after;  // more than fits
  return std::min(seconds(count), longest_retry_after);
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view value, std::chrono::system_clock::time_point now) {
  if (const auto date = parse_fixdate(value)) return to_time(*date);
  if (auto date = parse_rfc850(value)) {
    date->year = full_year(date->year, now);
    return to_time(*date);
  }
  if (const auto date = parse_asctime(value)) return to_time(*date);
  return std::nullopt;
}

std::optional<seconds> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now) {
  if (is_number(value)) return parse_delay(value);
  const auto date = parse_http_date(value, now);
  if (!date) return std::nullopt;
  const auto wait = *date - std::chrono::floor<seconds>(now);
  return std::clamp<seconds>(wait, seconds(0), longest_retry_after);
}

}  // namespace sisu::http_client
