// PresenceTable: which session of a user holds the listening sockets. Newest wins: a session that asks while another
// holds them gets the very same open sockets, and the other is told. Every holder has a ticket number, so that what a
// replaced session still says (suspend, leave) no longer counts.
#pragma once

#include "proto/forward_kind.hpp"
#include "relay/gateway/accounts.hpp"
#include "relay/tier1/listening_sockets.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sisu::relay::gateway {

/// Safe from any thread.
class PresenceTable {
 public:
  using Sockets = std::shared_ptr<tier1::ListeningSockets>;
  /// Opens the sockets of an account; tests count the calls.
  using Open = std::function<Result<Sockets, std::string>(const Account&)>;

  explicit PresenceTable(Open open) : open_(std::move(open)) {}

  struct Claim {
    std::uint64_t ticket = 0;
    Sockets sockets;
    bool took_over = false;  ///< from a session that has now been told
  };
  /// Makes the caller the holder. `replaced` is called once, on the newcomer's thread and with no lock held, when a
  /// newer session takes over. The error is one line: the sockets could not be opened; a holder before stays.
  Result<Claim, std::string> claim(const Account& account, proto::ForwardKind kind, std::function<void()> replaced);

  /// The client does not answer: the table lets go of the sockets. The holder lets go of its own share.
  void suspend(const std::string& user, std::uint64_t ticket);
  /// The sockets again, opened anew; null if this is no longer the holder. The error is one line.
  Result<Sockets, std::string> resume(const Account& account, std::uint64_t ticket);
  /// Ends the presence, if this is still the holder.
  void leave(const std::string& user, std::uint64_t ticket);

  struct Status {
    bool suspended = false;
    proto::ForwardKind kind;
    std::chrono::system_clock::time_point since;
  };
  /// nullopt: absent.
  std::optional<Status> status(const std::string& user) const;

  struct Counts {
    std::size_t present = 0;  ///< without those who are suspended
    std::size_t suspended = 0;
  };
  Counts counts() const;

 private:
  struct Holder {
    std::uint64_t ticket;
    proto::ForwardKind kind;
    Sockets sockets;  // null while suspended
    std::function<void()> replaced;
    std::chrono::system_clock::time_point since;
  };

  Open open_;
  mutable std::mutex mutex_;
  std::map<std::string, Holder> holders_;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace sisu::relay::gateway
