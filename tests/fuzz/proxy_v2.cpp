// parse_proxy_v2(): no crash, chunking is irrelevant, and what it accepts and we could have written comes back.
#include "proto/proxy_v2.hpp"

#include <cstdint>
#include <cstdlib>

using namespace sisu;

static void require(bool condition) {
  if (!condition) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = proto::parse_proxy_v2(bytes);
  if (!parsed || !*parsed) return 0;
  const auto& [header, length] = **parsed;
  require(length <= size && length <= proto::proxy_v2_length_limit);
  for (std::size_t n = 0; n < length; ++n) {
    const auto cut = proto::parse_proxy_v2(bytes.substr(0, n));
    require(cut && !*cut && proto::proxy_v2_missing(bytes.substr(0, n)) <= length - n);
  }
  if (!header.addresses || !header.connection_id || !header.accepted) return 0;
  if (header.addresses->source.address.family() != header.addresses->destination.address.family()) return 0;
  const auto again = proto::parse_proxy_v2(proto::format_preface(
      {header.addresses->source, header.addresses->destination, *header.connection_id, *header.accepted}));
  require(again && *again && (*again)->header == header);
  return 0;
}
