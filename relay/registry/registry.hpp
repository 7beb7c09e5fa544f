// The registry of a running relay: RegistryDatabase on a thread of its own, an AccountDirectory that every event loop
// reads, and a watch on what operator commands change from another process.
#pragma once

#include "common/log/logger.hpp"
#include "common/net/worker_pool.hpp"
#include "relay/registry/account_directory.hpp"
#include "relay/registry/log_in.hpp"
#include "relay/registry/state_directory.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace sisu::relay {

struct RegistryOptions {
  ClaimRules rules;
  std::optional<UserPrefix> prefix;                  ///< --ipv6-prefix; nullopt: as it was at the last start
  std::chrono::milliseconds busy_timeout{5000};      ///< how long another process's lock is waited for
  std::chrono::milliseconds watch_interval{250};     ///< between looks for another process's commits
  std::chrono::milliseconds seen_interval{60'000};   ///< between writes of last_seen
  std::chrono::milliseconds sweep_interval{60'000};  ///< between looks for challenges that nobody cleaned up
  std::chrono::seconds challenge_life{3600};         ///< then it is removed
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;

  /// Called on the registry's thread after each change of an account, by this process or another, once the directory
  /// shows it; must return soon. Post to the loop that owns the sessions and end them there.
  std::function<void(const AccountChange&)> on_change;
  log::Logger logger;
};

/// Safe from any thread. Awaitables resume on their caller's executor. Those that return no refusal for it throw
/// sqlite::Error when the database cannot do its part.
class Registry {
 public:
  /// Opens, or makes, the registry of a state directory as its daemon. Blocking, at start. Throws sqlite::Error and
  /// std::system_error, whose what() is the line to end with.
  static std::unique_ptr<Registry> open(const std::filesystem::path& state_directory, RegistryOptions options);

  /// Waits for work that has begun and writes what is known of last_seen. Not on an event loop that others wait for.
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// In memory, current up to `watch_interval`.
  const AccountDirectory& accounts() const { return directory_; }
  LogIn judge_log_in(std::string_view name, const Fingerprint& key) const {
    return relay::judge_log_in(directory_, name, key);
  }

  /// A database that cannot is ClaimRefusal::registry_unavailable, and a line in the log.
  asio::awaitable<Result<Claimed, ClaimRefusal>> claim(ClaimRequest request);
  asio::awaitable<Result<AccountPtr, ChangeRefusal>> set_tier2(AccountName name, Tier2 tier2);
  asio::awaitable<Result<AccountPtr, ChangeRefusal>> set_state(AccountName name, AccountState state);
  // What a user publishes in DNS, as RegistryDatabase has it.
  asio::awaitable<Result<AccountPtr, ChangeRefusal>> set_tlsa(AccountId user, std::set<SpkiDigest> digests);
  asio::awaitable<Result<AccountPtr, ChangeRefusal>> set_acme_account(AccountId user,
                                                                      std::optional<AcmeAccountUri> uri);
  asio::awaitable<Result<AccountPtr, ChangeRefusal>> add_challenge(AccountId user, ChallengeValue value);
  asio::awaitable<Result<AccountPtr, ChangeRefusal>> drop_challenge(AccountId user, ChallengeValue value);

  asio::awaitable<std::vector<Invite>> invites_of(AccountId inviter);
  asio::awaitable<Result<void, ChangeRefusal>> revoke_invite(InviteId invite, AccountId owner);

  /// Notes that the account was here now; cheap, written in batches.
  void seen(AccountId account);

 private:
  Registry(OpenedRegistry opened, RegistryOptions options);

  Time now() const;
  void adopt_prefix();
  void publish(const AccountChange& change) const;
  Result<Claimed, ClaimRefusal> claim_now(const ClaimRequest& request);
  Result<AccountPtr, ChangeRefusal> published(Result<AccountPtr, ChangeRefusal> changed);
  void look_for_changes();
  void write_seen();
  void sweep_challenges();
  asio::awaitable<void> repeat(std::chrono::milliseconds interval, void (Registry::*step)());

  RegistryOptions options_;
  OpenedRegistry opened_;
  AccountDirectory directory_;
  std::int64_t data_version_ = 0;

  std::mutex seen_mutex_;
  std::unordered_map<std::int64_t, Time> seen_;

  net::WorkerPool worker_;  // last: what runs on it uses the rest
};

}  // namespace sisu::relay
