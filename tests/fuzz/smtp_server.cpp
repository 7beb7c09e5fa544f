// ServerEngine: no crash, what it says and holds is bounded, and chunking is irrelevant to its replies and messages.
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/smtp/engine_subject.hpp"

using namespace sisu;

struct Heard {
  std::string replies;
  std::deque<std::string> messages;
  bool operator==(const Heard&) const = default;
};

static Heard hear(std::string_view text, std::size_t chunk, smtp::StartTls starttls) {
  // What is dropped is counted by the piece, so that limit is out of reach here.
  const smtp::ServerLimits limits{.message_octets = 500, .command_line_octets = 100, .discarded_line_octets = SIZE_MAX};
  smtp::EngineSubject server(starttls, limits);
  Heard heard;
  fuzz::in_pieces(text, chunk, [&](std::string_view piece) { heard.replies += server.say(piece); });
  heard.messages = server.stored();
  fuzz::require(heard.replies.size() <= 400 * 600);
  for (const auto& message : heard.messages) fuzz::require(message.size() <= limits.message_octets);
  return heard;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // STARTTLS is left out: there, and only there, what comes in one piece must matter.
  const auto whole = hear(fuzz::text_of(data, size), SIZE_MAX, smtp::StartTls::absent);
  fuzz::require(hear(fuzz::text_of(data, size), 1, smtp::StartTls::absent) == whole);
  hear(fuzz::text_of(data, size), 7, smtp::StartTls::required);
  return 0;
}
