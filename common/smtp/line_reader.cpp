#include "common/smtp/line_reader.hpp"

#include <utility>

namespace sisu::smtp {
namespace {

/// `line` ends in LF.
LineReader::Line without_end(std::string_view line) {
  line.remove_suffix(1);
  if (!line.ends_with('\r')) return {line, LineReader::Fault::not_crlf};
  line.remove_suffix(1);
  return {line, LineReader::Fault::none};
}

}  // namespace

std::optional<LineReader::Line> LineReader::next(std::string_view& input) {
  const std::size_t lf = input.find('\n');
  const bool complete = lf != input.npos;
  const auto piece = input.substr(0, complete ? lf + 1 : input.npos);
  input.remove_prefix(piece.size());

  if (dropped_ > 0 || partial_.size() + piece.size() > limit_) {
    dropped_ = complete ? 0 : dropped_ + partial_.size() + piece.size();
    partial_.clear();
    if (!complete) return std::nullopt;
    return Line{{}, Fault::too_long};
  }
  if (complete && partial_.empty()) return without_end(piece);
  partial_ += piece;
  if (!complete) return std::nullopt;
  whole_ = std::exchange(partial_, {});
  return without_end(whole_);
}

}  // namespace sisu::smtp
