#include "client/inbound/own_addresses.hpp"

namespace sisu::client {

OwnAddresses::OwnAddresses(const mail::Username& user, const mail::DomainName& zone)
    : domain_(user.to_string() + "." + zone.to_string()), strict_domain_("t1." + domain_) {}

bool OwnAddresses::accepts(const mail::Recipient& recipient) const {
  if (recipient.is_bare_postmaster()) return true;
  const std::string& domain = recipient.address().domain();  // lower case by its type
  return domain == domain_ || domain == strict_domain_;
}

asio::awaitable<std::optional<smtp::Reply>> OwnAddresses::sender(const smtp::ConnectionInfo& /*connection*/,
                                                                 const mail::Envelope& /*envelope*/) {
  co_return std::nullopt;
}

asio::awaitable<std::optional<smtp::Reply>> OwnAddresses::recipient(const smtp::ConnectionInfo& /*connection*/,
                                                                    const mail::Envelope& /*envelope*/,
                                                                    const mail::Recipient& recipient) {
  if (accepts(recipient)) co_return std::nullopt;
  co_return smtp::Reply{550, "5.7.1", "not an address of this device; it relays for nobody"};
}

}  // namespace sisu::client
