// sisumail-tier2 key init|status|roll.
#pragma once

#include "relay/tier2/options.hpp"
#include "relay/tier2/published_set.hpp"

#include <chrono>
#include <functional>
#include <iosfwd>

namespace sisu::relay::tier2 {

/// Where a command writes, and how it waits; a value, so that tests read it.
struct Console {
  std::ostream& out;
  std::ostream& err;
  std::function<void(std::chrono::milliseconds)> sleep;
};

/// Blocks, a roll for as long as it takes. Answers with the exit status. A roll that is killed goes on at the next
/// call.
int run_key_command(const KeyOptions& options, PublishedSet& published, const Console& console);

}  // namespace sisu::relay::tier2
