#include "relay/limits/limit_value.hpp"

#include <charconv>
#include <span>

namespace sisu::relay {
namespace {

struct Suffix {
  std::string_view text;
  std::uint64_t factor;
};

// From large to small: the first that divides a value is how it is written.
constexpr Suffix size_suffixes[] = {
    {"GiB", 1ULL << 30},
    {"GB", 1'000'000'000},
    {"MiB", 1ULL << 20},
    {"MB", 1'000'000},
    {"KiB", 1ULL << 10},
    {"kB", 1000},
    {"B", 1},
    {"", 1},
};
constexpr Suffix duration_suffixes[] = {{"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Suffix count_suffixes[] = {{"", 1}};
constexpr Suffix per_minute_suffixes[] = {{"/min", 1}, {"", 1}};
constexpr Suffix per_hour_suffixes[] = {{"/h", 1}, {"", 1}};
constexpr Suffix percent_suffixes[] = {{"%", 1}, {"", 1}};

std::span<const Suffix> suffixes(LimitUnit unit) {
  switch (unit) {
    case LimitUnit::count:
      return count_suffixes;
    case LimitUnit::per_minute:
      return per_minute_suffixes;
    case LimitUnit::per_hour:
      return per_hour_suffixes;
    case LimitUnit::percent:
      return percent_suffixes;
    case LimitUnit::bytes:
    case LimitUnit::bytes_per_second:
      return size_suffixes;
    case LimitUnit::duration:
      return duration_suffixes;
  }
  return count_suffixes;
}

std::string_view expected(LimitUnit unit) {
  switch (unit) {
    case LimitUnit::count:
      return "a number without a unit, such as 400";
    case LimitUnit::per_minute:
      return "a number per minute, such as 600/min";
    case LimitUnit::per_hour:
      return "a number per hour, such as 60/h";
    case LimitUnit::percent:
      return "a percentage such as 50%";
    case LimitUnit::bytes:
      return "a size such as 65536, 64KiB or 1MB";
    case LimitUnit::bytes_per_second:
      return "a rate such as 125MB/s";
    case LimitUnit::duration:
      return "a duration with its unit (ms, s, min, h), such as 20s";
  }
  return "";
}

}  // namespace

Result<std::uint64_t, std::string> parse_limit_value(LimitUnit unit, std::string_view text) {
  const auto refusal = [&] { return "\"" + std::string(text) + "\" is not " + std::string(expected(unit)); };
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return fail(refusal());
  std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == LimitUnit::bytes_per_second && suffix.ends_with("/s")) suffix.remove_suffix(2);
  for (const auto& [name, factor] : suffixes(unit)) {
    if (name != suffix) continue;
    if (number > UINT64_MAX / factor) return fail(refusal());
    return number * factor;
  }
  return fail(refusal());
}

std::string format_limit_value(LimitUnit unit, std::uint64_t value) {
  const std::string_view per = unit == LimitUnit::bytes_per_second ? "/s" : "";
  for (const auto& [name, factor] : suffixes(unit)) {
    const bool fits = value % factor == 0 && (value != 0 || factor == 1);
    if (fits) return std::to_string(value / factor) + std::string(name) + std::string(per);
  }
  return std::to_string(value) + std::string(per);
}

}  // namespace sisu::relay
