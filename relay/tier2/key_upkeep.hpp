// Carries out what common/keys/key_roll decides for the keys of spool.Z: publishes the set, and a roll if one is
// wished. Everything that it needs of the outside is given to it.
#pragma once

#include "common/keys/key_ring.hpp"
#include "relay/tier2/published_set.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace sisu::relay::tier2 {

class KeyUpkeep {
 public:
  struct Seams {
    /// Digest of the key that the running service shows; none: nothing serves.
    std::function<Result<std::optional<keys::Digest>, std::string>()> served;
    std::function<void(std::chrono::milliseconds)> sleep;
    std::function<void(const std::string&)> say;  ///< one line for a person
  };

  static constexpr std::chrono::milliseconds look_every{1'000};
  static constexpr std::chrono::seconds longest_wait{60};

  /// References must outlive it.
  KeyUpkeep(keys::KeyRing& ring, PublishedSet& published, Seams seams)
      : ring_(ring), published_(published), seams_(std::move(seams)) {}

  /// Publishes what the ring has, once. The error is one line.
  Result<void, std::string> publish();

  /// Until nothing is left to do: what cannot be done for now is said, and tried again.
  void finish();

 private:
  bool take_step();
  Result<keys::RollStep, std::string> decide();
  Result<void, std::string> carry_out(const keys::RollStep& step);
  void wait_for(const keys::RollStep& step);
  void say_once(const std::string& text);

  keys::KeyRing& ring_;
  PublishedSet& published_;
  Seams seams_;
  std::optional<keys::DigestSet> declared_;
  std::string said_;
};

}  // namespace sisu::relay::tier2
