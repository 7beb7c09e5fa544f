// Retry-After: no crash, no wait without end, and dates are times that a clock can show.
#include "common/http/retry_after.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace sisu;
using namespace http_client;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const std::chrono::sys_seconds now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);
  const auto date = parse_http_date(text, now);
  const auto wait = parse_retry_after(text, now);
  if (date) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(*date));
    fuzz::require(wait && day.ok() && static_cast<int>(day.year()) <= 10'000);
  }
  if (wait) fuzz::require(wait->count() >= 0 && *wait <= longest_retry_after);
  return 0;
}
