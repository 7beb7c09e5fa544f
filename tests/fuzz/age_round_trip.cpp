// decrypt(encrypt(x)) == x, however x is cut; and a file with one octet altered, or cut off, is refused and releases no
// more than whole chunks of x. The input: where to alter (2 octets), how (1), the length of pieces (2), then x, which
// is repeated so that it fills more than one chunk.
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/age/age_fixture.hpp"

using namespace sisu;
using namespace sisu::age;

static std::string repeated(std::string_view text) {
  std::string all;
  while (!text.empty() && all.size() < chunk_bytes + 100) all += text;
  return all;
}

static void require_refused(std::string_view file, std::string_view plain, std::span<const Identity> identities) {
  const auto result = test::opened(file, identities);
  fuzz::require(result.error.has_value() && plain.starts_with(result.plain));
  fuzz::require(result.plain.size() % chunk_bytes == 0 || result.plain.size() == plain.size());
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto identities = test::ssh_identity();
  static const std::vector<Recipient> recipients{test::ssh_recipient()};
  if (size < 5) return 0;
  const std::size_t where = static_cast<std::size_t>(data[0]) << 8 | data[1];
  const std::size_t piece = 1 + (static_cast<std::size_t>(data[3]) << 8 | data[4]);
  const std::string_view text = fuzz::text_of(data + 5, size - 5);
  // Odd lengths of pieces: short as it is. Even: over the end of a chunk.
  const std::string plain = piece % 2 == 1 ? std::string(text) : repeated(text);
  std::string file = test::encrypted(plain, recipients, piece);
  const auto result = test::opened(file, identities, piece);
  fuzz::require(!result.error && result.plain == plain);
  require_refused(std::string_view(file).substr(0, where % file.size()), plain, identities);
  if (data[2] == 0) return 0;
  char& altered = file[where % file.size()];
  altered = static_cast<char>(altered ^ data[2]);
  require_refused(file, plain, identities);
  return 0;
}
