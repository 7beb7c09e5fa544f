// Command lines out of a byte stream, at most `limit` octets each. A line that lies whole in the input is not copied.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::smtp {

class LineReader {
 public:
  /// `limit` counts the CRLF.
  explicit LineReader(std::size_t limit) : limit_(limit) {}

  enum class Fault {
    none,
    too_long,  ///< over the limit; the line has been dropped up to its end
    not_crlf,  ///< ends in LF without CR
  };
  struct Line {
    std::string_view text;  ///< without its end; empty when too long; valid until the next call
    Fault fault = Fault::none;
  };

  /// Takes the next line from the front of `input`; all of `input` and nothing returned if it is not complete.
  std::optional<Line> next(std::string_view& input);

  /// A line has begun and not ended.
  bool has_partial() const { return !partial_.empty() || dropped_ > 0; }
  /// Octets dropped so far of the over-long line that is running.
  std::size_t dropped() const { return dropped_; }

 private:
  std::size_t limit_;
  std::string partial_;  // the begun line, at most limit_
  std::string whole_;    // what the last answer points into
  std::size_t dropped_ = 0;
};

}  // namespace sisu::smtp
