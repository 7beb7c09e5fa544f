// Decryptor on files of strangers: no crash, bounded memory, and chunking is irrelevant to what it releases and why it
// ends.
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/age/age_fixture.hpp"

using namespace sisu;

static std::vector<age::Identity> both_kinds() {
  auto identities = age::test::age_identity();
  identities.push_back(std::move(age::test::ssh_identity().front()));
  return identities;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto identities = both_kinds();
  const auto file = fuzz::text_of(data, size);
  const auto whole = age::test::opened(file, identities);
  fuzz::require(whole.plain.size() <= size);
  for (const std::size_t piece : {1U, 1000U}) {
    const auto again = age::test::opened(file, identities, piece);
    fuzz::require(again.error == whole.error && again.plain == whole.plain);
  }
  return 0;
}
