#include "common/net/byte_stream.hpp"

namespace sisu::net {

asio::awaitable<void> ByteStream::write_last(std::string_view bytes) {
  co_await write(bytes);
  co_await finish();
}

}  // namespace sisu::net
