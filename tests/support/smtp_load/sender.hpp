// One of the parallel senders of a load run: takes the next message, sends it, and tries again like an MTA until it has
// an answer for good.
#pragma once

#include "tests/support/smtp_load/connection.hpp"
#include "tests/support/smtp_load/journal.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace sisu::load {

/// What all senders of a run share. One thread.
struct Run {
  using Clock = std::chrono::steady_clock;

  Options options;
  tls::Context tls;
  Journal& journal;
  Clock::time_point begun = Clock::now();
  std::uint64_t next_number = 0;
  std::uint64_t connections_opened = 0;
  std::vector<double> latencies = {};  ///< milliseconds from MAIL to the 250

  /// Nothing when the run has begun all that it should.
  std::optional<std::uint64_t> take_number();
  /// When message `number` is due at the rate that was asked for.
  Clock::time_point due(std::uint64_t number) const;
};

asio::awaitable<void> run_sender(Run& run);

}  // namespace sisu::load
