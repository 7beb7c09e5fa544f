// DataDecoder: chunking is irrelevant, it agrees with a slow and plain reading of RFC 5321 4.5.2, and DotStuffer undoes
// it.
#include "common/smtp/data_decoder.hpp"
#include "common/smtp/dot_stuffer.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

/// The message up to CRLF.CRLF and the octets behind it, or all of the input as a message that has not ended.
static std::string decoded(std::string_view text, std::size_t chunk, bool& ended) {
  smtp::DataDecoder decoder;
  std::string message;
  fuzz::in_pieces(text, chunk, [&](std::string_view piece) {
    while (!piece.empty() && !decoder.ended()) message += decoder.next(piece);
  });
  ended = decoder.ended();
  return message;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  bool ended = false;
  bool ended_in_pieces = false;
  const auto message = decoded(text, SIZE_MAX, ended);
  fuzz::require(decoded(text, 1, ended_in_pieces) == message && ended == ended_in_pieces);
  fuzz::require(ended == (("\r\n" + std::string(text)).find("\r\n.\r\n") != std::string::npos));
  smtp::DotStuffer stuffer;
  std::string stuffed;
  fuzz::in_pieces(text, 5, [&](std::string_view piece) { stuffer.encode(piece, stuffed); });
  stuffer.finish(stuffed);
  smtp::LineTracker lines;
  lines.advance_over(text);
  if (lines.has_bare_cr_or_lf()) return 0;
  const std::string end = lines.at_line_start() ? "" : "\r\n";
  fuzz::require(decoded(stuffed, 3, ended) == std::string(text) + end && ended);
  return 0;
}
