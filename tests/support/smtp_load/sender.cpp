#include "tests/support/smtp_load/sender.hpp"

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace sisu::load {
namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 50ms;
constexpr auto longest_pause = 1s;

struct Attempt {
  Event event = Event::unsent;
  std::string text;
  bool permanent = false;
  bool connection_usable = false;
};

Attempt judge(const smtp::SendOutcome& outcome) {
  const smtp::Reply& reply = outcome.message;
  return {.event = reply.is_positive() ? Event::accepted : Event::refused,
          .text = std::to_string(reply.code) + " " + reply.enhanced + " " + reply.text,
          .permanent = reply.is_permanent(),
          .connection_usable = reply.code != 421};
}

class Sender {
 public:
  explicit Sender(Run& run) : run_(run) {}

  asio::awaitable<void> send_all() {
    while (const auto number = run_.take_number()) {
      co_await wait_until(run_.due(*number));
      const Message message =
          make_message(*number, run_.options.seed, run_.options.sizes.size_of(*number, run_.options.seed));
      co_await send_until_answered(message);
    }
    if (connection_) co_await connection_->quit();
  }

 private:
  asio::awaitable<void> wait_until(Run::Clock::time_point time) {
    if (time <= Run::Clock::now()) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
  }

  asio::awaitable<void> send_until_answered(const Message& message) {
    const auto give_up_at = Run::Clock::now() + run_.options.retry_for;
    Run::Clock::duration pause = first_pause;
    for (int number = 1;; ++number) {
      const Attempt attempt = co_await try_once(message);
      run_.journal.record(attempt.event, message, number, attempt.text);
      if (attempt.event == Event::accepted) co_return;
      if (attempt.permanent || Run::Clock::now() + pause > give_up_at) {
        run_.journal.record(Event::given_up, message, number, attempt.text);
        co_return;
      }
      co_await wait_until(Run::Clock::now() + pause);
      pause = std::min<Run::Clock::duration>(pause * 2, longest_pause);
    }
  }

  asio::awaitable<Attempt> try_once(const Message& message) {
    Attempt attempt;
    try {
      if (!connection_) {
        connection_ = co_await Connection::open(run_.options, run_.tls);
        ++run_.connections_opened;
      }
      attempt.event = Event::unknown;
      const auto begun = Run::Clock::now();
      attempt = judge(co_await connection_->send(run_.options.envelope, message.bytes));
      if (attempt.event == Event::accepted) {
        const std::chrono::duration<double, std::milli> taken = Run::Clock::now() - begun;
        run_.latencies.push_back(taken.count());
      }
    } catch (const std::system_error& error) {
      attempt.text = error.what();
      connection_.reset();
    }
    co_await put_away(attempt.connection_usable);
    co_return attempt;
  }

  asio::awaitable<void> put_away(bool usable) {
    if (!connection_) co_return;
    if (usable && connection_->messages_sent() < run_.options.messages_a_connection) co_return;
    if (usable) co_await connection_->quit();
    connection_.reset();
  }

  Run& run_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

std::optional<std::uint64_t> Run::take_number() {
  const bool time_is_up = options.duration > 0s && Clock::now() - begun > options.duration;
  if (next_number >= options.messages || time_is_up) return std::nullopt;
  return next_number++;
}

Run::Clock::time_point Run::due(std::uint64_t number) const {
  if (options.messages_a_second <= 0) return begun;
  const std::chrono::duration<double> after(static_cast<double>(number) / options.messages_a_second);
  return begun + std::chrono::duration_cast<Clock::duration>(after);
}

asio::awaitable<void> run_sender(Run& run) {
  Sender sender(run);
  co_await sender.send_all();
}

}  // namespace sisu::load
