// Two ByteStreams wired to each other in memory: what one writes, the other reads, in pieces as small as a test wants.
#pragma once

#include "common/net/byte_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sisu::test {

struct MemoryStreams {
  std::unique_ptr<net::ByteStream> left;
  std::unique_ptr<net::ByteStream> right;
};

struct MemoryStreamOptions {
  std::size_t chunk = SIZE_MAX;      ///< the most that one read_some() gives
  std::size_t capacity = 64 * 1024;  ///< bytes under way in one direction before write() waits
  std::size_t cut_after = SIZE_MAX;  ///< bytes in one direction after which the connection ends, for both
};

MemoryStreams make_memory_streams(asio::any_io_executor executor, MemoryStreamOptions options = {});

}  // namespace sisu::test
