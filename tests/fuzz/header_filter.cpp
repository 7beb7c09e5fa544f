// HeaderFilter: chunking is irrelevant, what is held is bounded, nothing is added, and nothing is left to remove.
#include "common/mail/header_filter.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

static std::string filtered(std::string_view text, std::size_t chunk) {
  mail::HeaderFilter filter;
  std::string kept;
  fuzz::in_pieces(text, chunk, [&](std::string_view piece) {
    kept += filter.feed(piece);
    fuzz::require(filter.held() <= mail::HeaderFilter::max_held);
  });
  return kept += filter.finish();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto kept = filtered(text, SIZE_MAX);
  fuzz::require(filtered(text, 1) == kept && filtered(text, 7) == kept);
  fuzz::require(kept.size() <= text.size() && filtered(kept, SIZE_MAX) == kept);
  return 0;
}
