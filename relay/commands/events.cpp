// events: stays open and writes a line for each event of this session (proto/commands.md).
#include "relay/commands/command.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace sisu::relay::commands {
namespace {

asio::awaitable<void> write_events(Call call, std::shared_ptr<EventQueue> queue) {
  for (;;) {
    const auto event = co_await queue->next();
    if (!event) co_return;
    const std::string line = call.form == OutputForm::json ? to_json_line(*event) : to_text_line(*event);
    co_await call.io.out(line + "\n");
  }
}

}  // namespace

asio::awaitable<ExitStatus> run_events(Call call) {
  using asio::experimental::deferred;
  const auto queue = call.caller.subscribe();
  const auto executor = co_await asio::this_coro::executor;
  auto either = asio::experimental::make_parallel_group(asio::co_spawn(executor, write_events(call, queue), deferred),
                                                        asio::co_spawn(executor, call.io.until_abandoned(), deferred));
  const auto [order, failure, abandoned] =
      co_await either.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool writer_ended_first = order[0] == 0;
  if (writer_ended_first && failure) std::rethrow_exception(failure);
  if (!queue->overflowed()) co_return ExitStatus::done;
  co_await call.io.err("events came faster than they were read\n");
  co_return ExitStatus::refused;
}

}  // namespace sisu::relay::commands
