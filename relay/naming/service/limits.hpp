// How much of everything a peer of sisumail-dns may have. Peers are users of the same host whom the configuration
// names; the limits are for their mistakes, and for one that was taken over.
#pragma once

#include <chrono>
#include <cstddef>

namespace sisu::relay::naming {

struct ServiceLimits {
  std::size_t connections = 16;                  ///< of peers that may speak; others are cut at once
  std::chrono::milliseconds hello_time{10'000};  ///< until the first line
  std::chrono::milliseconds write_time{60'000};  ///< for a peer to read what is written to it
  std::size_t sets_in_batch = 256;               ///< stored in one transaction
  std::size_t states_in_batch = 256;             ///< read in one go
  std::size_t owners = 1'000'000;                ///< that one connection may declare or watch
  std::size_t unsent_answers = 256;              ///< lines; beyond, nothing more is read from the peer
  std::size_t questions = 4;                     ///< of all peers that wait for their answer
};

}  // namespace sisu::relay::naming
