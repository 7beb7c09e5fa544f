// Reads the header of an age file, sans-IO. Accepts exactly what the format's grammar has, because the MAC is over the
// octets as they came and two readings of one header must not exist; and no more of anything than Limits say.
#pragma once

#include "common/age/error.hpp"
#include "common/age/header.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sisu::age {

class HeaderParser {
 public:
  /// Takes the header off the front of `input`. True: it is complete, and `input` begins with the payload. False:
  /// `input` is used up and more is needed. After an error or true it is not called again.
  Result<bool, Error> next(std::string_view& input);

  /// Complete only after next() has said so.
  const Header& header() const { return header_; }

 private:
  enum class State : std::uint8_t { version, stanza_or_end, body, complete };

  Result<void, Error> collect(std::string_view piece);
  Result<void, Error> take_line();
  Result<void, Error> take_version();
  Result<void, Error> take_stanza_or_end();
  Result<void, Error> take_arguments(std::string_view text);
  Result<void, Error> take_body_line();
  Result<void, Error> take_end();
  Result<void, Error> close_stanza();

  State state_ = State::version;
  std::string line_;  // without its line end
  std::string body_;  // base64 of the last stanza
  Header header_;
};

}  // namespace sisu::age
