// Accounts: who may log in, and which addresses are whose. The seam between the gateway and what it is asked to
// believe: with --dev-user one name and the first key that comes; the registry of a zone otherwise.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/ssh/key.hpp"
#include "relay/account/account.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace sisu::relay {
class Registry;
}
namespace sisu::relay::naming {
class ZoneNames;
}

namespace sisu::relay::gateway {

struct Account {
  std::string name;
  std::vector<Endpoint> addresses;  ///< where senders reach this user
  std::string mail_domain = {};     ///< "niklas.example.org"; empty with --dev-user
  std::string host = {};            ///< "niklas.v6.example.org", where senders connect; likewise
  AccountPtr registered = {};       ///< as the registry holds it; null with --dev-user
};

/// A key that nobody knows, under a name that is free: it may claim the name, and nothing else.
struct Newcomer {
  std::string name;
};

using Admission = std::variant<Newcomer, Account>;

/// Safe from any thread.
class Accounts {
 public:
  virtual ~Accounts() = default;

  /// `key` has proved itself. What it may do, or the reason for the user in one line. Called on an event loop: no
  /// answer may take longer than a look-up in memory.
  virtual Result<Admission, std::string> log_in(const std::string& user, const ssh::PublicKey& key) = 0;

  /// Ends with its destruction, after which `Changed` is not called any more.
  class Following {
   public:
    virtual ~Following() = default;
  };
  /// The account as it is now, or why its sessions end, in one line. Called on any thread; must only post.
  using Changed = std::function<void(Result<Account, std::string>)>;
  /// Tells of each change to `account` from the moment of its log-in: one that came between log_in() and this call is
  /// told at once.
  virtual std::unique_ptr<Following> follow(const Account& account, Changed changed) = 0;

  /// Where names are claimed; null with --dev-user.
  virtual Registry* registry() = 0;
  /// The users' names in DNS; null with --dev-user.
  virtual naming::ZoneNames* names() = 0;
};

}  // namespace sisu::relay::gateway
