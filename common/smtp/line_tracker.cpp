#include "common/smtp/line_tracker.hpp"

namespace sisu::smtp {

// Two memchr(3) a line, one for LF and one for CR: several GB/s on lines of mail.
std::size_t LineTracker::advance(std::string_view text) {
  if (text.empty()) return 0;
  if (at_ == At::after_cr && text.front() == '\n') {
    at_ = At::line_start;
    return 1;
  }
  if (at_ == At::after_cr) bare_ = true;

  const std::size_t lf = text.find('\n');
  std::string_view line = text.substr(0, lf);
  const bool ends_in_cr = line.ends_with('\r');
  if (ends_in_cr) line.remove_suffix(1);
  if (line.find('\r') != line.npos) bare_ = true;
  if (lf == text.npos) {
    at_ = ends_in_cr ? At::after_cr : At::in_line;
    return text.size();
  }
  if (!ends_in_cr) bare_ = true;
  at_ = ends_in_cr ? At::line_start : At::in_line;
  return lf + 1;
}

void LineTracker::advance_over(std::string_view text) {
  while (!text.empty()) text.remove_prefix(advance(text));
}

}  // namespace sisu::smtp
