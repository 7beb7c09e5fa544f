// Waiting for a socket under a deadline; what an errno says to a person.
#pragma once

#include <chrono>
#include <string>

namespace sisu::relay::naming {

/// poll(2) for `events`; 0 when the deadline has passed, or the kernel cannot wait.
short wait_for(int descriptor, short events, std::chrono::steady_clock::time_point deadline);

/// Whole milliseconds until then, rounded up, at least 0: for poll(2) and its kin.
int milliseconds_until(std::chrono::steady_clock::time_point deadline);

/// "connection refused"
std::string describe_errno(int number);

}  // namespace sisu::relay::naming
