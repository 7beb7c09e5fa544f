#include "relay/tier1/pipe.hpp"

#include "common/net/growing_buffer.hpp"
#include "relay/tier1/pipe_clock.hpp"

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <optional>
#include <system_error>

namespace sisu::relay::tier1 {
std::string_view to_text(PipeEnd end) {
  switch (end) {
    case PipeEnd::finished:
      return "finished";
    case PipeEnd::sender_lost:
      return "sender lost";
    case PipeEnd::client_lost:
      return "client lost";
    case PipeEnd::idle:
      return "idle";
    case PipeEnd::stalled:
      return "stalled";
    case PipeEnd::cut:
      return "cut";
  }
  return "cut";
}

struct Pipe::State {
  using Direction = PipeClock::Direction;

  struct OneWay {
    Direction direction;
    net::ByteStream& from;
    net::ByteStream& to;
    PipeEnd from_lost;
    PipeEnd to_lost;
    net::GrowingBuffer buffer;
    std::uint64_t bytes = 0;
    std::optional<asio::steady_timer> pause{};  // made when the rate first bites
  };

  State(net::ByteStream& sender, net::ByteStream& client, const Limits& limits, UserRate& user_rate,
        std::function<void()> on_throttled)
      : to_client{Direction::to_client,
                  sender,
                  client,
                  PipeEnd::sender_lost,
                  PipeEnd::client_lost,
                  net::GrowingBuffer(limits.pipe_buffer)},
        to_sender{Direction::to_sender,
                  client,
                  sender,
                  PipeEnd::client_lost,
                  PipeEnd::sender_lost,
                  net::GrowingBuffer(limits.pipe_buffer)},
        rate(user_rate),
        throttled(std::move(on_throttled)),
        clock(sender.executor(), limits, [this](PipeClock::Late late) { too_late(late); }) {}

  void too_late(PipeClock::Late late) {
    switch (late) {
      case PipeClock::Late::idle:
        return end_with(PipeEnd::idle);
      case PipeClock::Late::stalled:
        return end_with(PipeEnd::stalled);
    }
  }

  /// The first reason counts; what closing makes fail afterwards is its consequence.
  void end_with(PipeEnd reason) {
    if (end) return;
    end = reason;
    for (OneWay* way : {&to_client, &to_sender}) {
      way->from.close();
      if (way->pause) way->pause->cancel();
    }
  }

  asio::awaitable<void> pause_for(OneWay& way, TokenBucket::Clock::duration wait) {
    throttled();
    if (!way.pause) way.pause.emplace(way.from.executor());
    way.pause->expires_after(wait);
    co_await way.pause->async_wait(asio::use_awaitable);
  }

  asio::awaitable<void> write(OneWay& way, std::string_view bytes) {
    clock.write_begins(way.direction);
    co_await way.to.write(bytes);
    clock.write_ends(way.direction);
  }

  asio::awaitable<void> pass_on(OneWay& way, std::string_view bytes) {
    const auto wait = rate.take(bytes.size());
    if (wait > wait.zero()) co_await pause_for(way, wait);
    co_await write(way, bytes);
    way.bytes += bytes.size();
  }

  asio::awaitable<void> copy(OneWay& way, std::string preface) {
    PipeEnd at_fault = way.to_lost;
    try {
      if (!preface.empty()) co_await write(way, preface);
      for (;;) {
        at_fault = way.from_lost;
        const std::size_t count = co_await way.from.read_some(way.buffer.space());
        if (count == 0) break;
        clock.moved();
        at_fault = way.to_lost;
        co_await pass_on(way, way.buffer.filled(count));
      }
      at_fault = way.to_lost;
      co_await way.to.finish();
      clock.half_closed();
    } catch (const std::system_error& error) {
      end_with(error.code() == asio::error::operation_aborted ? PipeEnd::cut : at_fault);
    }
  }

  OneWay to_client;
  OneWay to_sender;
  UserRate& rate;
  std::function<void()> throttled;
  std::optional<PipeEnd> end;
  PipeClock clock;
};

Pipe::Pipe(net::ByteStream& sender, net::ByteStream& client, const Limits& limits, UserRate& rate,
           std::function<void()> throttled)
    : state_(std::make_unique<State>(sender, client, limits, rate, std::move(throttled))) {}

Pipe::~Pipe() = default;

asio::awaitable<PipeReport> Pipe::run(std::string preface) {
  using asio::experimental::deferred;
  State& state = *state_;
  const auto executor = state.to_client.from.executor();
  state.clock.start();
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, state.copy(state.to_client, std::move(preface)), deferred),
      asio::co_spawn(executor, state.copy(state.to_sender, {}), deferred));
  co_await both.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  state.clock.stop();
  co_return PipeReport{state.end.value_or(PipeEnd::finished), state.to_client.bytes, state.to_sender.bytes};
}

void Pipe::cut() { state_->end_with(PipeEnd::cut); }

}  // namespace sisu::relay::tier1
