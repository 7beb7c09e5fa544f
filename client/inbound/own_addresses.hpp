// Which recipients are this user's: any local part at USER.ZONE and at t1.USER.ZONE, and the bare postmaster
// (RFC 5321 4.5.1). Nothing is relayed.
#pragma once

#include "common/smtp/recipient_policy.hpp"

#include <string>

namespace sisu::client {

class OwnAddresses final : public smtp::RecipientPolicy {
 public:
  /// Domains compare without case.
  OwnAddresses(const mail::Username& user, const mail::DomainName& zone);

  asio::awaitable<std::optional<smtp::Reply>> sender(const smtp::ConnectionInfo& connection,
                                                     const mail::Envelope& envelope) override;
  asio::awaitable<std::optional<smtp::Reply>> recipient(const smtp::ConnectionInfo& connection,
                                                        const mail::Envelope& envelope,
                                                        const mail::Recipient& recipient) override;

  bool accepts(const mail::Recipient& recipient) const;

 private:
  std::string domain_;         // niklas.test
  std::string strict_domain_;  // t1.niklas.test: Tier 1 or nothing
};

}  // namespace sisu::client
