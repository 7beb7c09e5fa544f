// HeaderParser: no crash, chunking is irrelevant, and what it accepts is written octet for octet as it was read: no
// header has two readings.
#include "common/age/header_parser.hpp"
#include "common/age/limits.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

struct Read {
  std::optional<age::Error> error;
  bool complete = false;
  std::size_t taken = 0;
  age::Header header;
};

static Read read(std::string_view text, std::size_t chunk) {
  age::HeaderParser parser;
  Read read;
  fuzz::in_pieces(text, chunk, [&](std::string_view piece) {
    if (read.error || read.complete) return;
    const auto size = piece.size();
    const auto complete = parser.next(piece);
    read.taken += size - piece.size();
    if (complete)
      read.complete = *complete;
    else
      read.error = complete.error();
  });
  if (read.complete) read.header = parser.header();
  return read;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const Read whole = read(text, SIZE_MAX);
  for (const std::size_t chunk : {1U, 7U}) {
    const Read again = read(text, chunk);
    fuzz::require(again.error == whole.error && again.complete == whole.complete);
    fuzz::require(again.header.stanzas == whole.header.stanzas && again.header.mac == whole.header.mac);
  }
  if (!whole.complete) return 0;
  fuzz::require(whole.taken <= age::Limits::header_bytes && whole.header.stanzas.size() <= age::Limits::stanzas);
  const std::string written = age::format_header(whole.header.stanzas, age::FileKey{});
  fuzz::require(written.starts_with(whole.header.authenticated) && written.size() == whole.taken);
  fuzz::require(text.starts_with(whole.header.authenticated));
  return 0;
}
