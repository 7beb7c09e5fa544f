#include "relay/tier1/pipe.hpp"

#include "common/net/growing_buffer.hpp"
#include "common/ssh/wait_point.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
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
    case PipeEnd::half_closed:
      return "idle after one side had finished";
    case PipeEnd::stalled:
      return "stalled";
    case PipeEnd::cut:
      return "cut";
  }
  return "cut";
}

struct Pipe::State final : WatchedPipe {
  struct OneWay {
    Direction direction;
    net::ByteStream& from;
    net::ByteStream& to;
    PipeEnd from_lost;
    PipeEnd to_lost;
    net::GrowingBuffer buffer;
    std::uint64_t bytes = 0;
    bool finished = false;
    std::optional<asio::steady_timer> pause{};  // made when the rate first bites
  };

  State(net::ByteStream& sender, net::ByteStream& client, PipeEnvironment& around)
      : environment(around),
        to_client{Direction::to_client,
                  sender,
                  client,
                  PipeEnd::sender_lost,
                  PipeEnd::client_lost,
                  net::GrowingBuffer(around.limits.pipe_buffer)},
        to_sender{Direction::to_sender,
                  client,
                  sender,
                  PipeEnd::client_lost,
                  PipeEnd::sender_lost,
                  net::GrowingBuffer(around.limits.pipe_buffer)},
        place(around.watch.add(*this)),
        other_direction(sender.executor()) {}
  ~State() override { environment.watch.remove(place); }

  const PipeProgress& progress() const override { return noted; }

  void too_late(Late late) override {
    switch (late) {
      case Late::idle:
        return end_with(PipeEnd::idle);
      case Late::half_closed:
        return end_with(PipeEnd::half_closed);
      case Late::stalled:
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
    environment.throttled();
    if (!way.pause) way.pause.emplace(way.from.executor());
    way.pause->expires_after(wait);
    co_await way.pause->async_wait(asio::use_awaitable);
  }

  /// With the end of the direction, if it is known already: a reply and the FIN behind it are one segment then.
  asio::awaitable<void> write(OneWay& way, std::string_view bytes) {
    noted.write_begins(way.direction);
    way.finished = way.from.at_end();
    if (way.finished) {
      co_await way.to.write_last(bytes);
    } else {
      co_await way.to.write(bytes);
    }
    noted.write_ends(way.direction);
  }

  asio::awaitable<void> copy(OneWay& way, std::string preface) {
    PipeEnd at_fault = way.to_lost;
    try {
      if (!preface.empty()) co_await write(way, preface);
      while (!way.finished) {
        at_fault = way.from_lost;
        const std::size_t count = co_await way.from.read_some(way.buffer.space());
        if (count == 0) break;
        noted.moved();
        at_fault = way.to_lost;
        const std::string_view bytes = way.buffer.filled(count);
        const auto wait = environment.rate.take(way.direction, count);
        if (wait > wait.zero()) co_await pause_for(way, wait);
        co_await write(way, bytes);
        way.bytes += count;
      }
      at_fault = way.to_lost;
      if (!way.finished) co_await way.to.finish();
      noted.half_closed();
    } catch (const std::system_error&) {
      end_with(at_fault);
    }
  }

  void other_direction_ended() {
    other_has_ended = true;
    other_direction.notify();
  }

  PipeEnvironment& environment;
  PipeProgress noted;
  OneWay to_client;
  OneWay to_sender;
  std::optional<PipeEnd> end;
  PipeWatch::Place place;
  ssh::WaitPoint other_direction;
  bool other_has_ended = false;
};

Pipe::Pipe(net::ByteStream& sender, net::ByteStream& client, PipeEnvironment& environment)
    : state_(std::make_unique<State>(sender, client, environment)) {}

Pipe::~Pipe() = default;

asio::awaitable<PipeReport> Pipe::run(std::string preface) {
  // Both directions refer to this object: it must not be left before both have ended, so only closing the streams ends
  // them.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  State& state = *state_;
  asio::co_spawn(state.to_sender.from.executor(), state.copy(state.to_sender, {}),
                 [&state](std::exception_ptr) { state.other_direction_ended(); });
  co_await state.copy(state.to_client, std::move(preface));
  while (!state.other_has_ended) co_await state.other_direction.wait();
  co_return PipeReport{state.end.value_or(PipeEnd::finished), state.to_client.bytes, state.to_sender.bytes};
}

void Pipe::cut() { state_->end_with(PipeEnd::cut); }

}  // namespace sisu::relay::tier1
