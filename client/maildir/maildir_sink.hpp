// The Maildir as a MessageSink: file work on workers, memory bounded. A message that fits into its buffer touches the
// disk only when it is committed; a bigger one is written block by block, and the sender waits for the disk. Messages
// that end while a batch is committed are the next batch.
#pragma once

#include "client/maildir/maildir.hpp"
#include "client/maildir/memory_budget.hpp"
#include "common/log/logger.hpp"
#include "common/net/worker_pool.hpp"
#include "common/smtp/message_sink.hpp"

#include <memory>
#include <string>

namespace sisu::client {

struct MaildirLimits {
  /// Bytes of one message that are held before they go to disk: its buffer grows to this in steps. At least 1.
  std::size_t block_bytes = 256 * 1024;
  /// Bytes held for all messages together. When it is used up, a message goes on with `least_block_bytes`.
  std::size_t memory_bytes = 64 * 1024 * 1024;
  /// What every message may hold whatever the others do.
  std::size_t least_block_bytes = 8 * 1024;
  /// Messages that are committed together. At least 1.
  std::size_t batch_messages = 32;
};

/// Replies: 250 2.0.0 "stored as DELIVERY-ID on device key DEVICE-KEY"; 452 4.3.1 without space (ENOSPC, EDQUOT), also
/// at the first block when the declared size cannot fit; 451 4.3.0 for every other error. Each error is logged with its
/// path.
class MaildirSink final : public smtp::MessageSink {
 public:
  /// Workers that a pool for it should have: one commits batches, the others write the blocks of big messages.
  static constexpr std::size_t good_pool_size = 8;

  /// `maildir` and `pool` must outlive the sink, its writers and the event loop; `maildir` the pool as well (declare
  /// maildir, pool, loop in this order and join() the pool behind the loop's run()). `device_key` is text like
  /// "SHA256:...".
  MaildirSink(Maildir& maildir, net::WorkerPool& pool, std::string device_key, log::Logger logger,
              MaildirLimits limits = {});
  ~MaildirSink() override;

  /// For replies from now on: with an ssh-agent the key is known only after the first log-in.
  void name_device_key(std::string device_key);

  asio::awaitable<Result<std::unique_ptr<smtp::MessageWriter>, smtp::Reply>> begin(
      const smtp::ConnectionInfo& connection, const mail::Envelope& envelope, DeliveryId delivery) override;

  /// Shared by the sink and its writers.
  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace sisu::client
