// A stage in front of the Maildir: writes trace fields and labels, removes what a sender forged of the labels, and
// passes on all else as it is.
#pragma once

#include "common/smtp/message_sink.hpp"
#include "common/smtp/trace_fields.hpp"

#include <string>

namespace sisu::client {

/// One for each kind of connection; `next` must outlive it and its writers.
class LabellingSink final : public smtp::MessageSink {
 public:
  LabellingSink(smtp::Tier tier, std::string host, smtp::MessageSink& next)
      : tier_(tier), host_(std::move(host)), next_(next) {}

  asio::awaitable<Result<std::unique_ptr<smtp::MessageWriter>, smtp::Reply>> begin(
      const smtp::ConnectionInfo& connection, const mail::Envelope& envelope, DeliveryId delivery) override;

 private:
  smtp::Tier tier_;
  std::string host_;
  smtp::MessageSink& next_;
};

}  // namespace sisu::client
