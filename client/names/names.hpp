// What the client asks of the relay about its own names: TLSA records, DNS-01 challenges, the ACME account that CAA
// names, and what of it the world sees. Each is one SSH command (proto/commands.md) over the session of the link; while
// there is none, every call fails "for now".
#pragma once

#include "client/acme/challenge_publisher.hpp"
#include "client/link/command.hpp"
#include "client/names/dns_status.hpp"
#include "common/keys/key_roll.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace sisu::client {

/// Why a call came to nothing.
struct Refusal {
  std::string reason;            ///< one line
  bool for_now = false;          ///< the same again may succeed later
  bool unknown_command = false;  ///< the relay is of a version that does not know it, or keeps no records

  bool operator==(const Refusal&) const = default;
};

struct NamesOptions {
  std::chrono::milliseconds answer_within{15'000};
  std::chrono::milliseconds present_within{150'000};  ///< the relay gives up after two minutes
};

class Names final : public acme::ChallengePublisher {
 public:
  /// As Link::run_command(): throws std::system_error when there is no answer.
  using Run = std::function<asio::awaitable<CommandAnswer>(std::string command, std::chrono::milliseconds within)>;

  explicit Names(Run run, NamesOptions options = {}) : run_(std::move(run)), options_(options) {}

  /// Replaces the TLSA set; done when the relay has stored it. 1 to keys::largest_set digests.
  asio::awaitable<Result<void, Refusal>> publish_tlsa(keys::DigestSet digests);
  asio::awaitable<Result<DnsStatus, Refusal>> dns_status();

  asio::awaitable<Result<void, acme::PublishError>> present(std::string_view host, std::string_view value) override;
  asio::awaitable<Result<void, acme::PublishError>> cleanup(std::string_view host, std::string_view value) override;
  asio::awaitable<Result<void, acme::PublishError>> bind_account(std::string_view account_uri) override;

 private:
  asio::awaitable<Result<std::string, Refusal>> ask(std::string command, std::chrono::milliseconds within);
  asio::awaitable<Result<void, acme::PublishError>> tell(std::string command, std::chrono::milliseconds within);

  Run run_;
  NamesOptions options_;
};

}  // namespace sisu::client
