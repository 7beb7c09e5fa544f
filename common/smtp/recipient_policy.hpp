// Seam: may this envelope go on? Aliases on the client; users, quotas and bans on Tier 2; accounts later.
#pragma once

#include "common/mail/envelope.hpp"
#include "common/smtp/connection_info.hpp"
#include "common/smtp/reply.hpp"

#include <asio/awaitable.hpp>

#include <optional>

namespace sisu::smtp {

/// Called by the session in order: sender(), then recipient() for each RCPT. An answer of nullopt lets it go on; a
/// reply (4xx or 5xx) refuses. Must not throw for what a peer sent; an exception ends the connection with 421.
class RecipientPolicy {
 public:
  virtual ~RecipientPolicy() = default;

  virtual asio::awaitable<std::optional<Reply>> sender(const ConnectionInfo& connection,
                                                       const mail::Envelope& envelope) = 0;
  /// `envelope` holds the recipients accepted so far, not yet `recipient`.
  virtual asio::awaitable<std::optional<Reply>> recipient(const ConnectionInfo& connection,
                                                          const mail::Envelope& envelope,
                                                          const mail::Recipient& recipient) = 0;
};

}  // namespace sisu::smtp
