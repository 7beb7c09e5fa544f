#include "tests/support/run_coroutine.hpp"

#include <asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <stdexcept>

namespace sisu::test {

void run(asio::io_context& loop, std::vector<asio::awaitable<void>> coroutines, std::chrono::seconds limit) {
  struct Progress {
    std::size_t running = 0;
    std::exception_ptr failure;
  };
  const auto progress = std::make_shared<Progress>();
  progress->running = coroutines.size();
  for (auto& coroutine : coroutines) {
    asio::co_spawn(loop, std::move(coroutine), [progress, &loop](std::exception_ptr failure) {
      if (failure && !progress->failure) progress->failure = failure;
      if (--progress->running == 0 || progress->failure) loop.stop();
    });
  }
  loop.restart();
  loop.run_for(limit);
  if (progress->failure) std::rethrow_exception(progress->failure);
  if (progress->running > 0) throw std::runtime_error("test timed out");
}

}  // namespace sisu::test
