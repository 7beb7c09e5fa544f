#include "client/link/line_buffer.hpp"

namespace sisu::client {

bool LineBuffer::add(std::string_view bytes) {
  const auto last_end = bytes_.rfind('\n');
  std::size_t begun = last_end == std::string::npos ? bytes_.size() : bytes_.size() - last_end - 1;
  for (const char c : bytes) {
    begun = c == '\n' ? 0 : begun + 1;
    if (begun > limit_) return false;
  }
  bytes_.append(bytes);
  return true;
}

std::optional<std::string> LineBuffer::next() {
  const auto end = bytes_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace sisu::client
