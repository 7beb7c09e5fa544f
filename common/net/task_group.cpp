#include "common/net/task_group.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <list>
#include <system_error>

namespace sisu::net {
namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct TaskGroup::State : std::enable_shared_from_this<TaskGroup::State> {
  explicit State(asio::any_io_executor where) : executor(where), emptied(where) {
    emptied.expires_at(asio::steady_timer::time_point::max());
  }

  using Children = std::list<asio::cancellation_signal>;

  void ended(Children::iterator child, const std::exception_ptr& failure) {
    children.erase(child);
    if (failure && error_handler && !is_cancellation(failure)) error_handler(failure);
    if (children.empty()) emptied.cancel();
  }

  asio::any_io_executor executor;
  asio::steady_timer emptied;  // never expires; cancelled whenever the group becomes empty
  Children children;
  std::function<void(std::exception_ptr)> error_handler;
  bool stopped = false;
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() { state_->error_handler = nullptr; }

TaskGroup::Child TaskGroup::spawn(asio::awaitable<void> child) {
  if (state_->stopped) return {};
  const auto place = state_->children.emplace(state_->children.end());
  const Child handle(*place);  // a child may end, and its place be gone, before co_spawn() returns
  asio::co_spawn(state_->executor, std::move(child),
                 asio::bind_cancellation_slot(place->slot(), [state = state_, place](std::exception_ptr failure) {
                   state->ended(place, failure);
                 }));
  return handle;
}

void TaskGroup::on_error(std::function<void(std::exception_ptr)> handler) {
  state_->error_handler = std::move(handler);
}

void TaskGroup::stop() {
  if (std::exchange(state_->stopped, true)) return;
  // Posted, because emit() may complete a child at once and so change the list under the loop of a caller.
  asio::post(state_->executor, [state = state_] {
    for (auto child = state->children.begin(); child != state->children.end();) {
      auto& signal = *child++;
      signal.emit(asio::cancellation_type::terminal);
    }
  });
}

asio::awaitable<void> TaskGroup::join() {
  const auto state = state_;
  while (!state->children.empty()) {
    co_await state->emptied.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  }
}

std::size_t TaskGroup::size() const { return state_->children.size(); }

}  // namespace sisu::net
