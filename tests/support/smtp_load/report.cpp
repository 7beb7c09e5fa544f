#include "tests/support/smtp_load/report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace sisu::load {
namespace {

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

nlohmann::ordered_json figures(const Run& run, const CpuMeter& cpu) {
  const double seconds = std::chrono::duration<double>(Run::Clock::now() - run.begun).count();
  const auto accepted = static_cast<double>(run.journal.count(Event::accepted));
  std::vector<double> latencies = run.latencies;
  nlohmann::ordered_json json;
  for (const Event event : {Event::accepted, Event::refused, Event::unknown, Event::unsent, Event::given_up})
    json[std::string(name_of(event))] = run.journal.count(event);
  json["connections"] = run.connections_opened;
  json["seconds"] = seconds;
  json["messages_per_second"] = accepted / seconds;
  json["megabytes_per_second"] = static_cast<double>(run.journal.accepted_octets()) / seconds / 1e6;
  json["latency_median_ms"] = percentile(latencies, 0.5);
  json["latency_p99_ms"] = percentile(latencies, 0.99);
  for (const auto& [process, used] : cpu.used()) {
    const std::string name = process == 0 ? "self" : std::to_string(process);
    json["cpu_us_per_message"][name] = accepted > 0 ? used / accepted * 1e6 : 0;
  }
  return json;
}

}  // namespace

double cpu_seconds(pid_t process) {
  std::ifstream file("/proc/" + (process == 0 ? "self" : std::to_string(process)) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name, in parentheses, may hold anything; utime and stime are fields 14 and 15 (proc(5)).
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

CpuMeter::CpuMeter(const std::vector<pid_t>& watched) {
  at_start_.emplace_back(0, cpu_seconds(0));
  for (const pid_t process : watched) at_start_.emplace_back(process, cpu_seconds(process));
}

std::vector<std::pair<pid_t, double>> CpuMeter::used() const {
  auto used = at_start_;
  for (auto& [process, seconds] : used) seconds = cpu_seconds(process) - seconds;
  return used;
}

std::string report(const Run& run, const CpuMeter& cpu) {
  const auto json = figures(run, cpu);
  if (run.options.json) return json.dump() + "\n";
  std::string text;
  for (const auto& [name, value] : json.items()) text += name + " " + value.dump() + "\n";
  return text;
}

}  // namespace sisu::load
