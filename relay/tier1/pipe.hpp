// The pipe of one delivery: bytes from the sender to the client and back, each direction with back-pressure and a
// bounded buffer, half-close kept. It looks at no byte.
#pragma once

#include "common/net/byte_stream.hpp"
#include "relay/limits/limits.hpp"
#include "relay/limits/usage.hpp"
#include "relay/tier1/pipe_watch.hpp"

#include <asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sisu::relay::tier1 {

enum class PipeEnd {
  finished,     ///< both sides sent their end of stream
  sender_lost,  ///< reset, or gone
  client_lost,  ///< the channel was closed, or the session ended
  idle,         ///< limit idle
  half_closed,  ///< limit half-closed-idle
  stalled,      ///< limit progress
  cut,          ///< by cut()
};
std::string_view to_text(PipeEnd end);

struct PipeReport {
  PipeEnd end = PipeEnd::cut;
  std::uint64_t to_client = 0;  ///< bytes taken by the client's channel
  std::uint64_t to_sender = 0;
};

/// What all pipes of one session share; it outlives them.
struct PipeEnvironment {
  const Limits& limits;
  UserRate& rate;
  PipeWatch& watch;
  std::function<void()> throttled;  ///< called whenever the user's rate makes a direction wait
};

/// Used on the executor of its streams only.
class Pipe {
 public:
  /// All references outlive the pipe.
  Pipe(net::ByteStream& sender, net::ByteStream& client, PipeEnvironment& environment);
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Writes `preface` to the client, then runs until both directions have ended. Unless the end is `finished`, both
  /// streams are closed by then. Does not throw, and is not cancelled: cut() ends it.
  asio::awaitable<PipeReport> run(std::string preface);

  /// Closes both streams; run() returns soon with PipeEnd::cut.
  void cut();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sisu::relay::tier1
