// What is to be done about which owner, and when: in memory only, made anew from the database at each start.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sisu::relay::naming {

class Agenda {
 public:
  using Time = std::chrono::steady_clock::time_point;

  enum class Stage {
    write,  ///< the provider is to be made to match
    look,   ///< it matches; the authoritative servers are to be asked
    rest,   ///< all is well until the next round
  };

  struct Entry {
    std::int64_t change = 0;  ///< the larger, the newer
    Stage stage = Stage::write;
    Time due;
    unsigned failures = 0;  ///< of the provider, in a row
    unsigned looks = 0;     ///< that did not show everything, since the last change
    bool was_refused = false;
    std::string problem;
  };

  /// A set that is new, or that is to be gone through again.
  void write(const std::string& owner, std::int64_t change, Time now);
  /// Everybody who rests, or all.
  void write_resting(Time now);
  void write_all(Time now);
  /// Those whom the provider refused, as it takes changes again.
  void write_refused(Time now);
  void forget(const std::string& owner) { entries_.erase(owner); }

  /// At most `limit` owners of this stage whose time has come, newest changes first.
  std::vector<std::string> due(Stage stage, Time now, std::size_t limit) const;
  std::size_t count_due(Stage stage, Time now) const;
  /// When the next of this stage is due.
  std::optional<Time> next(Stage stage) const;

  Entry* find(const std::string& owner);
  const std::map<std::string, Entry>& entries() const { return entries_; }
  std::map<std::string, Entry>& entries() { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace sisu::relay::naming
