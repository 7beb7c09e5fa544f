#include "relay/registry/registry.hpp"

#include "common/sqlite/error.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <future>
#include <utility>

namespace sisu::relay {

std::unique_ptr<Registry> Registry::open(const std::filesystem::path& state_directory, RegistryOptions options) {
  OpenedRegistry opened =
      open_registry(state_directory, OpenedBy::daemon, options.rules, {.busy_timeout = options.busy_timeout});
  return std::unique_ptr<Registry>(new Registry(std::move(opened), std::move(options)));
}

Registry::Registry(OpenedRegistry opened, RegistryOptions options)
    : options_(std::move(options)), opened_(std::move(opened)), worker_(1, "registry") {
  adopt_prefix();
  data_version_ = opened_.database.data_version();
  (void)directory_.replace(opened_.database.accounts(), opened_.database.retired());
  // All end with worker_, which is gone before anything that they use.
  asio::co_spawn(worker_.executor(), repeat(options_.watch_interval, &Registry::look_for_changes), asio::detached);
  asio::co_spawn(worker_.executor(), repeat(options_.seen_interval, &Registry::write_seen), asio::detached);
  asio::co_spawn(worker_.executor(), repeat(options_.sweep_interval, &Registry::sweep_challenges), asio::detached);
}

Registry::~Registry() {
  std::promise<void> written;
  asio::post(worker_.executor(), [this, &written] {
    try {
      write_seen();
    } catch (const sqlite::Error& error) {
      options_.logger.warning("registry lost when accounts were last seen", {{"reason", error.what()}});
    }
    written.set_value();
  });
  written.get_future().wait();
}

Time Registry::now() const { return std::chrono::floor<std::chrono::seconds>(options_.clock()); }

void Registry::adopt_prefix() {
  const auto former = opened_.database.prefix();
  if (!options_.prefix || former == options_.prefix) return;
  opened_.database.set_prefix(*options_.prefix);
  if (former)
    options_.logger.warning("registry address prefix changed: every user has a new address",
                            {{"former", former->to_string()}, {"now", options_.prefix->to_string()}});
}

asio::awaitable<Result<Claimed, ClaimRefusal>> Registry::claim(ClaimRequest request) {
  auto work = [this, request = std::move(request)] { return claim_now(request); };
  co_return co_await worker_.run(std::move(work));
}

Result<Claimed, ClaimRefusal> Registry::claim_now(const ClaimRequest& request) {
  try {
    auto claimed = opened_.database.claim(request, now());
    if (claimed) publish(directory_.put(claimed->account));
    return claimed;
  } catch (const sqlite::Error& error) {
    options_.logger.error("registry claim failed", {{"reason", error.what()}});
    return fail(ClaimRefusal::registry_unavailable);
  }
}

asio::awaitable<Result<AccountPtr, ChangeRefusal>> Registry::set_tier2(AccountName name, Tier2 tier2) {
  auto work = [this, name = std::move(name), tier2] { return published(opened_.database.set_tier2(name, tier2)); };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<Result<AccountPtr, ChangeRefusal>> Registry::set_state(AccountName name, AccountState state) {
  auto work = [this, name = std::move(name), state] { return published(opened_.database.set_state(name, state)); };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<Result<AccountPtr, ChangeRefusal>> Registry::set_tlsa(AccountId user, std::set<SpkiDigest> digests) {
  auto work = [this, user, digests = std::move(digests)] {
    return published(opened_.database.set_tlsa(user, digests));
  };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<Result<AccountPtr, ChangeRefusal>> Registry::set_acme_account(AccountId user,
                                                                              std::optional<AcmeAccountUri> uri) {
  auto work = [this, user, uri = std::move(uri)] { return published(opened_.database.set_acme_account(user, uri)); };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<Result<AccountPtr, ChangeRefusal>> Registry::add_challenge(AccountId user, ChallengeValue value) {
  auto work = [this, user, value = std::move(value)] {
    return published(opened_.database.add_challenge(user, value, now()));
  };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<Result<AccountPtr, ChangeRefusal>> Registry::drop_challenge(AccountId user, ChallengeValue value) {
  auto work = [this, user, value = std::move(value)] {
    return published(opened_.database.drop_challenge(user, value));
  };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<std::vector<Invite>> Registry::invites_of(AccountId inviter) {
  auto work = [this, inviter] { return opened_.database.invites_of(inviter); };
  co_return co_await worker_.run(std::move(work));
}

asio::awaitable<Result<void, ChangeRefusal>> Registry::revoke_invite(InviteId invite, AccountId owner) {
  auto work = [this, invite, owner] { return opened_.database.revoke_invite(invite, owner, now()); };
  co_return co_await worker_.run(std::move(work));
}

Result<AccountPtr, ChangeRefusal> Registry::published(Result<AccountPtr, ChangeRefusal> changed) {
  if (changed) publish(directory_.put(*changed));
  return changed;
}

void Registry::publish(const AccountChange& change) const {
  if (options_.on_change) options_.on_change(change);
}

/// Another process has committed: everything is read again, and compared with what was. Operators' changes are rare,
/// and 20,000 rows take some 50 ms of this thread only (tests/bench/registry_bench.cpp).
void Registry::look_for_changes() {
  const std::int64_t version = opened_.database.data_version();
  if (version == data_version_) return;
  const auto changes = directory_.replace(opened_.database.accounts(), opened_.database.retired());
  data_version_ = version;  // not before: a failed look is repeated
  for (const AccountChange& change : changes) publish(change);
}

void Registry::seen(AccountId account) {
  const Time time = now();
  const std::lock_guard lock(seen_mutex_);
  seen_[static_cast<std::int64_t>(account)] = time;
}

void Registry::write_seen() {
  std::vector<std::pair<AccountId, Time>> batch;
  {
    const std::lock_guard lock(seen_mutex_);
    for (const auto& [account, time] : seen_) batch.emplace_back(AccountId{account}, time);
    seen_.clear();
  }
  if (batch.empty()) return;
  try {
    opened_.database.set_last_seen(batch);
  } catch (...) {
    const std::lock_guard lock(seen_mutex_);  // for the next time; what was seen since is newer
    for (const auto& [account, time] : batch) seen_.emplace(static_cast<std::int64_t>(account), time);
    throw;
  }
}

void Registry::sweep_challenges() {
  const Time begin = now() - options_.challenge_life;
  for (AccountPtr& account : opened_.database.sweep_challenges(begin)) {
    options_.logger.info("challenges swept: nobody cleaned them up within an hour", {{"user", account->name}});
    publish(directory_.put(std::move(account)));
  }
}

asio::awaitable<void> Registry::repeat(std::chrono::milliseconds interval, void (Registry::*step)()) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  bool failed = false;  // one line when it begins, not one for each look
  for (;;) {
    timer.expires_after(interval);
    co_await timer.async_wait(asio::use_awaitable);
    try {
      (this->*step)();
      failed = false;
    } catch (const sqlite::Error& error) {
      if (!std::exchange(failed, true)) options_.logger.error("registry failed", {{"reason", error.what()}});
    }
  }
}

}  // namespace sisu::relay
