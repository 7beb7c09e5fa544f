// A caller and the outputs of a command as plain values.
#pragma once

#include "relay/commands/command.hpp"

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace sisu::relay::commands {

struct FakeCaller final : Caller {
  explicit FakeCaller(asio::any_io_executor where) : executor(std::move(where)) {}
  Standing standing() const override { return who; }
  CallerFacts facts() const override { return known; }
  const Limits& limits() const override { return all_limits; }
  std::shared_ptr<EventQueue> subscribe() override {
    queue = std::make_shared<EventQueue>(executor, all_limits.event_queue);
    return queue;
  }
  std::optional<std::string> count_command() override {
    if (commands_left == 0) return "too many commands";
    --commands_left;
    return std::nullopt;
  }
  asio::awaitable<Result<Claimed, Refusal>> claim(std::optional<std::string> invite) override {
    asked_invite = std::move(invite);
    if (refusal) co_return fail(*refusal);
    who = Standing::user;
    co_return Claimed{nullptr, {"aaaa-bbbb", "cccc-dddd"}};
  }
  asio::awaitable<Result<std::vector<Invite>, Refusal>> invites() override {
    if (refusal) co_return fail(*refusal);
    co_return own_invites;
  }
  asio::awaitable<Result<void, Refusal>> set_tier2(Tier2 tier2) override {
    if (refusal) co_return fail(*refusal);
    known.tier2 = tier2;
    co_return Result<void, Refusal>();
  }
  Result<UserKey, Refusal> lookup(std::string_view name) override {
    if (name != "otto") return fail(Refusal{"there is no user of that name"});
    return UserKey::parse(otto_key).value();
  }

  DnsFacts dns() const override { return known_dns; }
  std::shared_ptr<ChangeSignal> watch_dns() override {
    dns_signal = std::make_shared<ChangeSignal>(executor);
    return dns_signal;
  }
  asio::awaitable<Result<void, Refusal>> publish_tlsa(std::set<SpkiDigest> digests) override {
    if (refusal) co_return fail(*refusal);
    known_dns.published.tlsa = std::move(digests);
    co_return Result<void, Refusal>();
  }
  asio::awaitable<Result<void, Refusal>> present(std::string host, ChallengeValue value) override {
    asked_host = std::move(host);
    if (refusal) co_return fail(*refusal);
    known_dns.published.challenges.emplace(std::move(value), Time());
    co_return Result<void, Refusal>();
  }
  asio::awaitable<Result<void, Refusal>> clean_up(std::string host, ChallengeValue value) override {
    asked_host = std::move(host);
    if (refusal) co_return fail(*refusal);
    known_dns.published.challenges.erase(value);
    co_return Result<void, Refusal>();
  }
  asio::awaitable<Result<void, Refusal>> bind_acme_account(std::optional<AcmeAccountUri> uri) override {
    if (refusal) co_return fail(*refusal);
    known_dns.published.acme_account = std::move(uri);
    co_return Result<void, Refusal>();
  }
  void limit_reached(LimitName limit) override { reached.push_back(limit); }

  static constexpr const char* otto_key =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  Standing who = Standing::dev_user;
  std::size_t commands_left = 1000;
  std::optional<Refusal> refusal;  ///< of claim, invites, set_tier2
  std::optional<std::string> asked_invite;
  std::vector<Invite> own_invites;
  DnsFacts known_dns;
  std::shared_ptr<ChangeSignal> dns_signal;
  std::optional<std::string> asked_host;
  std::vector<LimitName> reached;

  asio::any_io_executor executor;
  CallerFacts known{.name = "niklas",
                    .fingerprint = "SHA256:abc",
                    .addresses = {Endpoint::parse("127.0.0.1:2525").value()},
                    .mail_domain = {},
                    .tier2 = {},
                    .session = SessionId(Uuid::parse("5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab").value()),
                    .presence = PresenceState::absent,
                    .present_since = {},
                    .forward = {},
                    .connections = 0,
                    .sessions = 1};
  Limits all_limits;
  std::shared_ptr<EventQueue> queue;
};

struct FakeIo final : CommandIo {
  explicit FakeIo(asio::any_io_executor executor)
      : abandoned(std::move(executor), asio::steady_timer::time_point::max()) {}
  asio::awaitable<void> out(std::string text) override {
    output += text;
    co_return;
  }
  asio::awaitable<void> err(std::string text) override {
    errors += text;
    co_return;
  }
  asio::awaitable<void> until_abandoned() override {
    asio::error_code ignored;
    co_await abandoned.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  std::string output;
  std::string errors;
  asio::steady_timer abandoned;  // cancel it: the caller has gone
};

}  // namespace sisu::relay::commands
