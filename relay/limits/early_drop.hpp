// Random early drop, as in sshd's MaxStartups (sshd_config(5)): from `start` percent of a cap on, a growing share of
// newcomers is turned away, so that one who fills the places does not keep everybody else out.
#pragma once

#include <cstdint>
#include <random>

namespace sisu::relay {

class EarlyDrop {
 public:
  /// Both in percent: of the cap, from which on it drops; and of the newcomers, how many it then drops. The share
  /// grows to all of them at the cap. With `start` 100 nothing is dropped early.
  EarlyDrop(std::uint64_t start, std::uint64_t rate) : start_(start), rate_(rate) {}

  /// The share that is dropped when `present` of `cap` places are taken: 0 to 1.
  double share(std::uint64_t present, std::uint64_t cap) const;

  /// Rolls the dice. From one thread at a time.
  bool drops(std::uint64_t present, std::uint64_t cap);

 private:
  std::uint64_t start_;
  std::uint64_t rate_;
  std::minstd_rand dice_{std::random_device{}()};
};

}  // namespace sisu::relay
