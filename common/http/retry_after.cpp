#include "common/http/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <curl/curl.h>
#include <string>

namespace sisu::http_client {
namespace {

using std::chrono::seconds;

constexpr std::size_t longest_date = 64;  // the longest form that RFC 9110 5.6.7 has is of 33 characters

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

std::optional<seconds> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now) {
  if (is_number(value)) return parse_delay(value);
  if (value.size() > longest_date) return std::nullopt;
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;  // -1: no date
  const std::chrono::sys_seconds then{seconds(date)};
  return std::clamp(then - std::chrono::floor<seconds>(now), seconds(0), longest_retry_after);
}

}  // namespace sisu::http_client
