#include "common/smtp/dot_stuffer.hpp"

#include <algorithm>

namespace sisu::smtp {

void DotStuffer::encode(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (at_line_start_ && piece.front() == '.') out += '.';
    const std::size_t end = std::min(piece.find('\n'), piece.size() - 1) + 1;
    at_line_start_ = piece[end - 1] == '\n';
    out += piece.substr(0, end);
    piece.remove_prefix(end);
  }
}

void DotStuffer::finish(std::string& out) {
  if (!at_line_start_) out += "\r\n";
  out += ".\r\n";
  at_line_start_ = true;
}

}  // namespace sisu::smtp
