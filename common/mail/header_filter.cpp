#include "common/mail/header_filter.hpp"

#include "common/mail/characters.hpp"

#include <algorithm>

namespace sisu::mail {
namespace {

constexpr std::string_view prefix = "sisumail-";

constexpr bool ends_line(char c) { return c == '\r' || c == '\n'; }

}  // namespace

std::string_view HeaderFilter::feed(std::string_view bytes) {
  if (at_ == At::body) return bytes;
  kept_.clear();
  while (!bytes.empty()) {
    if (at_ == At::body) {
      kept_ += bytes;
      break;
    }
    const bool inside = at_ == At::kept || at_ == At::dropped;
    const std::size_t run = inside ? std::min(bytes.find_first_of("\r\n"), bytes.size()) : 0;
    if (at_ == At::kept) kept_ += bytes.substr(0, run);
    bytes.remove_prefix(run);
    if (bytes.empty()) break;
    take(bytes.front());
    bytes.remove_prefix(1);
  }
  return kept_;
}

std::string_view HeaderFilter::finish() {
  kept_.clear();
  if (at_ == At::name || at_ == At::blanks) drop();
  release();
  return kept_;
}

void HeaderFilter::take(char c) {
  switch (at_) {
    case At::line_start:
      return begin_line(c);
    case At::prefix:
      return match_prefix(c);
    case At::name:
    case At::blanks:
      return match_name(c);
    case At::kept:
    case At::body:
      keep(c);
      return end_line(c);
    case At::dropped:
      return end_dropped_line(c);
    case At::dropped_cr:
      at_ = At::line_start;
      if (c != '\n') begin_line(c);
      return;
  }
}

void HeaderFilter::begin_line(char c) {
  if (take_line_end(c)) return;
  if (is_blank(c)) {
    at_ = dropping_ ? At::dropped : At::kept;
    if (!dropping_) keep(c);
    return;
  }
  dropping_ = false;
  match_prefix(c);
}

/// A line end where a line would begin: the LF of a CRLF, or an empty line.
bool HeaderFilter::take_line_end(char c) {
  if (!ends_line(c)) return false;
  keep(c);
  if (c == '\n') {
    if (before_ != Before::cr) at_ = At::body;
    before_ = Before::lf;
  } else {
    before_ = before_ == Before::lf ? Before::empty_line_cr : Before::cr;
  }
  return true;
}

void HeaderFilter::end_line(char c) {
  if (!ends_line(c)) return;
  at_ = At::line_start;
  before_ = c == '\n' ? Before::lf : Before::cr;
}

void HeaderFilter::end_dropped_line(char c) {
  if (c == '\n') at_ = At::line_start;
  if (c == '\r') at_ = At::dropped_cr;
}

void HeaderFilter::match_prefix(char c) {
  if (to_lower(c) == prefix[held_.size()]) return hold(c, held_.size() + 1 == prefix.size() ? At::name : At::prefix);
  release();
  at_ = At::kept;
  keep(c);
  end_line(c);
}

void HeaderFilter::match_name(char c) {
  if (c == ':' || ends_line(c)) {
    drop();
    return end_dropped_line(c);
  }
  if (is_blank(c)) return hold(c, At::blanks);
  if (at_ == At::name) return hold(c, At::name);
  release();  // a word, blanks, another word: no field name for any reader
  at_ = At::kept;
  keep(c);
}

void HeaderFilter::hold(char c, At at) {
  held_ += c;
  at_ = at;
  if (held_.size() >= max_held) drop();
}

void HeaderFilter::release() {
  kept_ += held_;
  held_.clear();
}

void HeaderFilter::drop() {
  held_.clear();
  at_ = At::dropped;
  dropping_ = true;
  ++removed_;
}

}  // namespace sisu::mail
