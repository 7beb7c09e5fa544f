// Lines out of a stream of bytes, of bounded length.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::client {

class LineBuffer {
 public:
  /// `limit`: bytes of a line, without its LF.
  explicit LineBuffer(std::size_t limit) : limit_(limit) {}

  /// False when a line got longer than the limit: the stream makes no sense any more.
  bool add(std::string_view bytes);
  /// The next whole line, without LF or CRLF.
  std::optional<std::string> next();

 private:
  std::size_t limit_;
  std::string bytes_;
};

}  // namespace sisu::client
