// How fast a name server may be asked over UDP, learned from it: as many questions on their way as it takes without
// losing any (slow start, then up by one a window and down by half, as TCP: RFC 5681 3.1), and how long to wait for an
// answer before the question counts as lost (RFC 6298, with a shorter least wait: a lost question costs one datagram).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sisu::relay::naming {

class Pace {
 public:
  using Duration = std::chrono::steady_clock::duration;

  static constexpr std::size_t first_window = 32;
  static constexpr std::size_t least_window = 4;
  static constexpr std::chrono::milliseconds first_timeout{250};
  static constexpr std::chrono::milliseconds least_timeout{50};

  /// `longest_timeout`: of the last try, and the most that any other gets.
  Pace(std::size_t most_in_flight, unsigned tries, Duration longest_timeout);

  std::size_t window() const { return static_cast<std::size_t>(window_); }
  /// For an answer to try number `number`, from 1 on: doubled with each, the whole for the last.
  Duration timeout(unsigned number) const;

  /// `round_trip`: from the question to its answer, of one that was asked once (Karn's rule: of others it is not
  /// known).
  void answered_first_try(Duration round_trip);
  void answered_later_try() { grow(); }
  /// Datagrams are counted from 1 on. Those that were under way when the pace was last slowed down do not slow it
  /// again.
  void lost(std::uint64_t datagram, std::uint64_t sent_so_far);

 private:
  void grow();

  std::size_t most_;
  unsigned tries_;
  Duration longest_timeout_;
  double window_;
  bool slow_start_ = true;
  std::uint64_t slowed_at_ = 0;
  bool measured_ = false;
  Duration smoothed_{};
  Duration variation_{};
  Duration timeout_;
};

}  // namespace sisu::relay::naming
