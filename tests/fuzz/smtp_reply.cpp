// ReplyParser: chunking is irrelevant, and what Reply writes comes back.
#include "common/smtp/reply_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

static std::string all_replies(std::string_view text, std::size_t chunk) {
  smtp::ReplyParser parser({.line_octets = 200, .lines = 5});
  std::string all;
  bool failed = false;
  fuzz::in_pieces(text, chunk, [&](std::string_view piece) {
    while (!piece.empty() && !failed) {
      const auto reply = parser.next(piece);
      failed = !reply;
      if (reply && *reply) all += (*reply)->to_smtp() + '|' + (*reply)->enhanced + '|';
    }
  });
  return all + (failed ? "failed" : "");
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto whole = all_replies(text, SIZE_MAX);
  fuzz::require(all_replies(text, 1) == whole && all_replies(text, 7) == whole);
  const smtp::Reply reply{550, "5.7.1", std::string(text.substr(0, 100))};
  fuzz::require(all_replies(reply.to_smtp(), 3).ends_with("|5.7.1|") || reply.text.find('\n') != std::string::npos);
  return 0;
}
