#include "tests/support/played_stream.hpp"

#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sisu::test {

PlayedStream::PlayedStream(asio::any_io_executor executor) : changed_(std::move(executor)) {
  changed_.expires_at(asio::steady_timer::time_point::max());
}

asio::awaitable<void> PlayedStream::wait_for_change() {
  co_await changed_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

void PlayedStream::check_open() const {
  if (closed_) throw std::system_error(asio::error::operation_aborted);
}

asio::awaitable<std::size_t> PlayedStream::read_some(std::span<char> out) {
  check_open();
  while (to_read_.empty() && !peer_finished_ && !peer_reset_) {
    co_await wait_for_change();
    check_open();
  }
  if (peer_reset_) throw std::system_error(asio::error::connection_reset);
  const std::size_t count = std::min({out.size(), to_read_.size(), max_read});
  to_read_.copy(out.data(), count);
  to_read_.erase(0, count);
  co_return count;
}

asio::awaitable<void> PlayedStream::write(std::string_view bytes) {
  check_open();
  ++writes;
  while (!bytes.empty()) {
    if (peer_reset_ || (write_budget == 0 && fail_after_budget)) throw std::system_error(asio::error::broken_pipe);
    const std::size_t count = std::min(bytes.size(), write_budget);
    if (write_budget != unlimited) write_budget -= count;
    written_ += bytes.substr(0, count);
    bytes.remove_prefix(count);
    if (bytes.empty() || fail_after_budget) continue;
    co_await wait_for_change();
    check_open();
  }
}

asio::awaitable<void> PlayedStream::finish() {
  finished_ = true;
  co_return;
}

asio::awaitable<void> PlayedStream::write_last(std::string_view bytes) {
  ++last_writes;
  co_await write(bytes);
  co_await finish();
}

void PlayedStream::close() noexcept {
  closed_ = true;
  changed_.cancel();
}

void PlayedStream::push(std::string_view bytes) {
  to_read_ += bytes;
  changed_.cancel();
}

void PlayedStream::push_end() {
  peer_finished_ = true;
  changed_.cancel();
}

void PlayedStream::reset() {
  peer_reset_ = true;
  changed_.cancel();
}

std::string PlayedStream::take() { return std::exchange(written_, {}); }

}  // namespace sisu::test
