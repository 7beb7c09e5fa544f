#include "common/smtp/data_decoder.hpp"

namespace sisu::smtp {

/// False when more input is needed, or the end was found.
bool DataDecoder::resolve_dot(std::string_view& input) {
  if (dot_ == Dot::seen && input.starts_with('\r')) {
    dot_ = Dot::seen_cr;
    input.remove_prefix(1);
    return !input.empty() && resolve_dot(input);
  }
  if (dot_ == Dot::seen) dot_ = Dot::stuffing;
  if (dot_ != Dot::seen_cr) return true;
  if (input.starts_with('\n')) {
    input.remove_prefix(1);
    ended_ = true;
    return false;
  }
  bare_after_dot_ = true;  // ".CR" and then no LF
  dot_ = Dot::stuffing;
  return true;
}

bool DataDecoder::at_dot(std::string_view rest) const {
  return dot_ == Dot::none && lines_.at_line_start() && rest.starts_with('.');
}

std::string_view DataDecoder::next(std::string_view& input) {
  if (ended_ || input.empty() || !resolve_dot(input)) return {};
  std::size_t taken = 0;
  while (taken < input.size() && !at_dot(input.substr(taken))) {
    taken += lines_.advance(input.substr(taken));
    dot_ = Dot::none;
  }
  const auto piece = input.substr(0, taken);
  input.remove_prefix(taken);
  if (!input.empty()) {
    dot_ = Dot::seen;
    input.remove_prefix(1);
  }
  return piece;
}

}  // namespace sisu::smtp
