#include "common/smtp/reply.hpp"

#include <algorithm>

namespace sisu::smtp {
namespace {

constexpr std::size_t max_reply_line = 512;  // with CRLF, RFC 5321 4.5.3.1.5

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return clean;
}

/// `text` cut to `room` octets, not inside a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t room) {
  if (text.size() <= room) return text;
  while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xC0) == 0x80) --room;
  return text.substr(0, room);
}

}  // namespace

std::string Reply::to_smtp() const {
  std::string all;
  std::string_view rest = text;
  bool last = false;
  while (!last) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    last = end == rest.size();
    std::string line = std::to_string(code) + (last ? ' ' : '-');
    if (!enhanced.empty()) line += enhanced + ' ';
    line += printable(rest.substr(0, end));
    all += cut(line, max_reply_line - 2);
    all += "\r\n";
    rest.remove_prefix(last ? end : end + 1);
  }
  return all;
}

}  // namespace sisu::smtp
