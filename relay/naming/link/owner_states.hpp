// What sisumail-dns has said of each owner's records, kept over its outages, and those who wait for news of one. Safe
// from any thread.
#pragma once

#include "proto/naming_messages.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sisu::relay::naming {

/// What the other side says, fit to stand in one line of ours: printable ASCII, at most 300 characters.
std::string one_line(std::string text);

/// As it is now, as far as is known.
struct OwnerState {
  std::string digest;  ///< of the set that it is about; empty: nothing was said yet
  bool live = false;
  std::chrono::seconds live_for{0};  ///< known for certain: time without a connection does not count
  std::map<std::string, std::chrono::seconds> live_tlsa;  ///< by SHA-256
  std::string problem;                                    ///< one line; empty: none
};

class OwnerStates {
 public:
  using Clock = std::chrono::steady_clock;
  struct Counts {
    std::size_t live = 0;
    std::size_t pending = 0;
  };

  explicit OwnerStates(Clock::time_point (*now)() = &Clock::now) : now_(now) {}

  /// Memory grows with the owners that are declared, and with nothing that the other side says.
  void declare(const std::string& owner, const std::string& digest);
  void forget(const std::string& owner);
  void reported(const proto::naming::State& state);
  /// No news comes any more: how long something is live is not known beyond this moment, until it is said again.
  void connection_lost();

  OwnerState of(const std::string& owner) const;
  Counts counts() const;

  /// Ends with its destruction, after which `changed` is not called any more.
  class Following {
   public:
    virtual ~Following() = default;
  };
  /// `changed` is called on any thread after each change, with a lock held: it must only post.
  std::unique_ptr<Following> follow(const std::string& owner, std::function<void()> changed);
  /// To all who follow anyone.
  void tell_all() const;

 private:
  struct Entry {
    std::string declared;
    proto::naming::State said;
    Clock::time_point since = {};  ///< `said` is from then
    bool is_current = false;       ///< said on a connection that stands: it would be told otherwise
  };
  class Follower;
  /// Shared, so that a follower may outlive this.
  struct Followers {
    std::mutex mutex;
    std::multimap<std::string, Follower*, std::less<>> of;
  };

  void tell(const std::string& owner) const;

  Clock::time_point (*now_)();
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::shared_ptr<Followers> followers_ = std::make_shared<Followers>();
};

}  // namespace sisu::relay::naming
