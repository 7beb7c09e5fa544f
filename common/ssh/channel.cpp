#include "common/ssh/channel.hpp"

#include "common/ssh/channel_core.hpp"

#include <array>

namespace sisu::ssh {
namespace {

// However a write ends, the next writer in the queue must get its turn.
struct WriterTurn {
  explicit WriterTurn(ChannelCore& channel) : core(channel) {}
  ~WriterTurn() { core.leave_writers(); }
  WriterTurn(const WriterTurn&) = delete;
  WriterTurn& operator=(const WriterTurn&) = delete;
  ChannelCore& core;
};

asio::awaitable<void> write_all(std::shared_ptr<ChannelCore> core, std::string_view bytes, ChannelCore::Lane lane) {
  const WriterTurn turn(*core);
  while (true) {
    bytes.remove_prefix(core->try_write(bytes, lane));
    if (bytes.empty()) co_return;
    co_await core->wait_writable();
  }
}

}  // namespace

Channel::Channel(std::shared_ptr<ChannelCore> core) : core_(std::move(core)) { core_->owned = true; }

Channel::~Channel() { core_->close(); }

asio::any_io_executor Channel::executor() { return core_->executor(); }

asio::awaitable<std::size_t> Channel::read_some(std::span<char> out) {
  const auto core = core_;
  while (true) {
    if (const std::size_t count = core->take(out); count > 0) co_return count;
    if (core->at_end()) co_return 0;
    co_await core->readable().wait();
  }
}

bool Channel::at_end() const { return core_->at_end(); }

asio::awaitable<void> Channel::until_closed() {
  const auto core = core_;
  std::array<char, 512> dropped{};
  while (true) {
    if (core->take(dropped) > 0) continue;
    if (core->closed_by_peer()) co_return;
    co_await core->readable().wait();
  }
}

asio::awaitable<void> Channel::write(std::string_view bytes) {
  return write_all(core_, bytes, ChannelCore::Lane::data);
}

asio::awaitable<void> Channel::write_stderr(std::string_view bytes) {
  return write_all(core_, bytes, ChannelCore::Lane::error);
}

asio::awaitable<void> Channel::finish() {
  core_->finish();
  co_return;
}

asio::awaitable<void> Channel::exit(int status) {
  core_->send_exit(status);
  co_return;
}

void Channel::close() noexcept { core_->close(); }

int Channel::exit_status() const { return core_->exit_status(); }

const std::string& Channel::error_text() const { return core_->error_text(); }

}  // namespace sisu::ssh
