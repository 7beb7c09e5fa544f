// Waiting for a socket under a deadline; what an errno says to a person.
#pragma once

#include "relay/naming/transport/descriptor.hpp"

#include <chrono>
#include <string>

namespace sisu::relay::naming {

/// Ends waits from another thread, those to come as well.
class Interrupt {
 public:
  Interrupt();

  void raise() const noexcept;
  int descriptor() const { return event_.get(); }

 private:
  Descriptor event_;
};

/// poll(2) for `events`; 0 when the deadline has passed, `interrupt` was raised, or the kernel cannot wait.
short wait_for(int descriptor, short events, std::chrono::steady_clock::time_point deadline,
               const Interrupt* interrupt = nullptr);

/// Whole milliseconds until then, rounded up, at least 0: for poll(2) and its kin.
int milliseconds_until(std::chrono::steady_clock::time_point deadline);

/// "connection refused"
std::string describe_errno(int number);

}  // namespace sisu::relay::naming
