#include "tests/support/memory_stream.hpp"

#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <system_error>

namespace sisu::test {
namespace {

struct Pipe {
  explicit Pipe(asio::any_io_executor executor) : changed(std::move(executor)) {
    changed.expires_at(asio::steady_timer::time_point::max());
  }

  asio::awaitable<void> wait_for_change() {
    co_await changed.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  }

  std::string bytes;
  bool finished = false;
  bool closed = false;
  asio::steady_timer changed;  // cancelled at every change
};

class MemoryStream final : public net::ByteStream {
 public:
  MemoryStream(asio::any_io_executor executor, MemoryStreamOptions options, std::shared_ptr<Pipe> in,
               std::shared_ptr<Pipe> out)
      : executor_(std::move(executor)), options_(options), in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryStream() override { close(); }

  asio::any_io_executor executor() override { return executor_; }

  asio::awaitable<std::size_t> read_some(std::span<char> out) override {
    const auto pipe = in_;
    while (pipe->bytes.empty() && !pipe->finished && !pipe->closed) co_await pipe->wait_for_change();
    if (pipe->closed) throw std::system_error(asio::error::connection_reset);
    const std::size_t count = std::min({out.size(), options_.chunk, pipe->bytes.size()});
    std::copy_n(pipe->bytes.begin(), count, out.begin());
    pipe->bytes.erase(0, count);
    pipe->changed.cancel();
    co_return count;
  }

  bool at_end() const override { return in_->finished && in_->bytes.empty(); }

  asio::awaitable<void> write(std::string_view bytes) override {
    const auto pipe = out_;
    if (written_ + bytes.size() > options_.cut_after) {
      pipe->bytes.append(bytes.substr(0, options_.cut_after - written_));
      pipe->finished = true;
      pipe->changed.cancel();
      in_->finished = true;
      in_->changed.cancel();
      throw std::system_error(asio::error::broken_pipe);
    }
    written_ += bytes.size();
    while (!bytes.empty()) {
      while (pipe->bytes.size() >= options_.capacity && !pipe->closed) co_await pipe->wait_for_change();
      if (pipe->closed || pipe->finished) throw std::system_error(asio::error::broken_pipe);
      const std::size_t count = std::min(bytes.size(), options_.capacity - pipe->bytes.size());
      pipe->bytes.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      pipe->changed.cancel();
    }
  }

  asio::awaitable<void> finish() override {
    out_->finished = true;
    out_->changed.cancel();
    co_return;
  }

  void close() noexcept override {
    for (const auto& pipe : {in_, out_}) {
      pipe->closed = true;
      pipe->changed.cancel();
    }
  }

 private:
  asio::any_io_executor executor_;
  MemoryStreamOptions options_;
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  std::size_t written_ = 0;
};

}  // namespace

MemoryStreams make_memory_streams(asio::any_io_executor executor, MemoryStreamOptions options) {
  const auto to_right = std::make_shared<Pipe>(executor);
  const auto to_left = std::make_shared<Pipe>(executor);
  return {std::make_unique<MemoryStream>(executor, options, to_left, to_right),
          std::make_unique<MemoryStream>(executor, options, to_right, to_left)};
}

}  // namespace sisu::test
