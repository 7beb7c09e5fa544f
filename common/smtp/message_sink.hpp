// Seam: where a message goes. Maildir is a sink, the encrypting spool is a sink; labels, checks and filters are stages:
// sinks in front of a sink.
#pragma once

#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "common/mail/envelope.hpp"
#include "common/smtp/connection_info.hpp"
#include "common/smtp/reply.hpp"

#include <asio/awaitable.hpp>

#include <memory>
#include <string_view>

namespace sisu::smtp {

/// One message on its way to its place. Destroying it without commit() is abort().
class MessageWriter {
 public:
  virtual ~MessageWriter() = default;

  /// Bytes of the message in order, line ends CRLF, dot-stuffing removed. Completes when more may come (back-pressure).
  /// An error is the reply that the sender gets; only abort() may follow. `bytes` must live until completion.
  virtual asio::awaitable<Result<void, Reply>> write(std::string_view bytes) = 0;

  /// Completes when the message is durable; the 2xx reply it gives is what the sender is told. An error is the reply
  /// instead, and nothing of the message is left.
  virtual asio::awaitable<Result<Reply, Reply>> commit() = 0;

  /// Leaves nothing behind. Synchronous, so that it can run while a cancelled connection unwinds.
  virtual void abort() noexcept = 0;
};

class MessageSink {
 public:
  virtual ~MessageSink() = default;

  /// `delivery` is the id of this message: file name, label, and in the reply. References must live until the writer
  /// is gone. An error is the reply that the sender gets to DATA or to its first BDAT.
  virtual asio::awaitable<Result<std::unique_ptr<MessageWriter>, Reply>> begin(const ConnectionInfo& connection,
                                                                               const mail::Envelope& envelope,
                                                                               DeliveryId delivery) = 0;
};

}  // namespace sisu::smtp
