// split_command_words(): no crash, bounded, and words that are quoted again come back.
#include "proto/command_words.hpp"

#include <cstdint>
#include <cstdlib>

using namespace sisu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = proto::split_command_words({reinterpret_cast<const char*>(data), size});
  if (!words) return 0;
  if (words->size() > proto::command_words_limit) std::abort();
  std::string line;
  for (const auto& word : *words) line += proto::quote_command_word(word) + ' ';
  if (line.size() > proto::command_line_limit) return 0;
  const auto again = proto::split_command_words(line);
  if (!again || *again != *words) std::abort();
  return 0;
}
