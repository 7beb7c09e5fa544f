#include "relay/monitoring/process_usage.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace sisu::relay {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUsage::ProcessUsage(metrics::Registry& registry)
    : resident_bytes_(registry.gauge("process_resident_memory_bytes", "Resident memory.")),
      cpu_seconds_(registry.counter("process_cpu_seconds_total", "CPU time, user and system.")),
      open_descriptors_(registry.gauge("process_open_fds", "Open file descriptors.")),
      most_descriptors_(registry.gauge("process_max_fds", "File descriptors that may be open.")),
      start_time_(registry.gauge("process_start_time_seconds", "When the process started, in Unix seconds.")) {
  start_time_.set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
}

void ProcessUsage::set_gauges() const {
  std::ifstream statm("/proc/self/statm");  // proc(5): size, resident, ... in pages
  double size = 0;
  double resident = 0;
  if (statm >> size >> resident) resident_bytes_.set(resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));

  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    cpu_seconds_.add(seconds(usage.ru_utime) + seconds(usage.ru_stime) - cpu_seconds_.value());
  }

  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (!error) open_descriptors_.set(static_cast<double>(std::distance(begin(open), end(open))));

  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) most_descriptors_.set(static_cast<double>(limit.rlim_cur));
}

}  // namespace sisu::relay
