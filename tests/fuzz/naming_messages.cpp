// The lines of proto/naming.md: no crash, and what is accepted comes back from the line that it is written as.
#include "proto/naming_messages.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace sisu;
using namespace sisu::proto::naming;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line = fuzz::text_of(data, size);
  if (const auto request = parse_request(line)) fuzz::require(parse_request(to_line(*request)) == request);
  if (const auto answer = parse_answer(line)) {
    // Longer texts than the writer's are read, and cut when they are written again: then the second time is the same.
    const auto again = parse_answer(to_line(*answer));
    fuzz::require(again.has_value() && parse_answer(to_line(*again)) == again);
  }
  return 0;
}
