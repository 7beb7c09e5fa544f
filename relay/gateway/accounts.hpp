// Accounts: who may log in, and which addresses are whose. The seam between the gateway and what it is asked to
// believe: with --dev-user one name and the first key that comes; a registry of users otherwise.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/ssh/key.hpp"

#include <string>
#include <vector>

namespace sisu::relay::gateway {

struct Account {
  std::string name;
  std::vector<Endpoint> addresses;  ///< where senders reach this user
};

/// Safe from any thread.
class Accounts {
 public:
  virtual ~Accounts() = default;

  /// `key` has proved itself. The account, or the reason for the user in one line. Called on an event loop: no answer
  /// may take longer than a look-up in memory.
  virtual Result<Account, std::string> log_in(const std::string& user, const ssh::PublicKey& key) = 0;
};

}  // namespace sisu::relay::gateway
