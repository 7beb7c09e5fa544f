// The figures of a load run.
#pragma once

#include "tests/support/smtp_load/sender.hpp"

#include <string>
#include <utility>

namespace sisu::load {

/// User and system time of a process, in seconds; 0 if it is gone. The clock has ticks of 10 ms.
double cpu_seconds(pid_t process);

/// CPU time of the watched processes and of this one, from its making on.
class CpuMeter {
 public:
  explicit CpuMeter(const std::vector<pid_t>& watched);
  /// (process, seconds); process 0 is this one.
  std::vector<std::pair<pid_t, double>> used() const;

 private:
  std::vector<std::pair<pid_t, double>> at_start_;
};

/// Lines of text, or one JSON object.
std::string report(const Run& run, const CpuMeter& cpu);

}  // namespace sisu::load
