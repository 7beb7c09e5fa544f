#include "relay/commands/change_signal.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace sisu::relay::commands {

void ChangeSignal::raise() {
  raised_ = true;
  timer_.cancel();
}

asio::awaitable<void> ChangeSignal::wait(std::chrono::steady_clock::duration at_most) {
  if (!raised_) {
    timer_.expires_after(at_most);
    asio::error_code ended;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  raised_ = false;
}

}  // namespace sisu::relay::commands
