#include "client/maildir/maildir_sink.hpp"

#include "client/maildir/storage_reply.hpp"
#include "common/base/expects.hpp"
#include "common/net/batched_work.hpp"

#include <asio/post.hpp>

#include <utility>

namespace sisu::client {

namespace {
struct Delivery;
}

struct MaildirSink::Shared {
  Shared(Maildir& maildir_, net::WorkerPool& pool_, std::string device_key_, log::Logger logger_,
         MaildirLimits limits_);

  Maildir& maildir;
  net::WorkerPool& pool;
  std::string device_key;  // read and named on the event loop only
  const log::Logger logger;
  const MaildirLimits limits;
  MemoryBudget budget;
  net::BatchedWork<std::shared_ptr<Delivery>, FileResult<void>> commits;
};

namespace {

/// What a job on a worker needs, owned by the job and the writer together: a connection may go away under a running
/// job. Only one of them touches it at a time, because the writer waits for its jobs.
struct Delivery {
  Delivery(std::shared_ptr<MaildirSink::Shared> sink, DeliveryId id_, std::optional<std::uint64_t> declared_size_)
      : shared(std::move(sink)),
        id(id_),
        declared_size(declared_size_),
        message(shared->maildir.begin(id_, std::chrono::system_clock::now())),
        buffer(shared->budget, shared->limits.least_block_bytes, shared->limits.block_bytes) {}

  std::shared_ptr<MaildirSink::Shared> shared;
  const DeliveryId id;
  std::optional<std::uint64_t> declared_size;  ///< until it has been compared with the space
  std::unique_ptr<MaildirMessage> message;
  MessageBuffer buffer;
  bool synced = false;  ///< before it came to its batch
};

/// RFC 1870 6.1: a declared size that cannot fit is refused at once, not when the disk is full. Where the space is not
/// known, writing tells.
FileResult<void> check_space(Delivery& delivery) {
  const auto declared = std::exchange(delivery.declared_size, std::nullopt);
  if (!declared) return {};
  const auto space = delivery.shared->maildir.space();
  if (space && space->available < *declared) return fail(std::make_error_code(std::errc::no_space_on_device));
  return {};
}

FileResult<void> write_block(Delivery& delivery) {
  if (const auto fits = check_space(delivery); !fits) return fits;
  const auto written = delivery.message->write(delivery.buffer.bytes());
  delivery.buffer.clear();
  return written;
}

FileResult<void> write_last(Delivery& delivery) { return delivery.message->write(delivery.buffer.bytes()); }

FileResult<void> write_last_and_sync(Delivery& delivery) {
  if (const auto written = write_last(delivery); !written) return written;
  delivery.synced = true;
  return delivery.message->sync();
}

/// By the time that the sender hears of the error nothing of the message is left.
void give_up(Delivery& delivery, const std::error_code& error) {
  const auto message = std::move(delivery.message);
  delivery.shared->logger.error("message not stored", {{"delivery", delivery.id},
                                                       {"maildir", delivery.shared->maildir.path().string()},
                                                       {"file", message->name()},
                                                       {"why", error.message()}});
}

/// A job of the pool, for one message.
struct Job {
  std::shared_ptr<Delivery> delivery;
  FileResult<void> (*step)(Delivery&);

  FileResult<void> operator()() const {
    const auto done = step(*delivery);
    if (!done) give_up(*delivery, done.error());
    return done;
  }
};

/// A batch of messages that have all come. One that fails fails alone.
std::vector<FileResult<void>> write_and_commit(std::vector<std::shared_ptr<Delivery>>& batch) {
  std::vector<FileResult<void>> results;
  std::vector<MaildirMessage*> written;
  for (const auto& delivery : batch) {
    results.push_back(delivery->synced ? FileResult<void>() : write_last(*delivery));
    if (results.back()) written.push_back(delivery->message.get());
  }
  const auto committed = batch.front()->shared->maildir.commit(written);
  auto next = committed.begin();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (results[i]) results[i] = *next++;
    if (!results[i]) give_up(*batch[i], results[i].error());
  }
  return results;
}

class Writer final : public smtp::MessageWriter {
 public:
  explicit Writer(std::shared_ptr<Delivery> delivery) : delivery_(std::move(delivery)) {}
  ~Writer() override { abort(); }

  asio::awaitable<Result<void, smtp::Reply>> write(std::string_view bytes) override {
    expects(delivery_ != nullptr, "a writer that is neither committed nor aborted");
    for (;;) {
      bytes.remove_prefix(delivery_->buffer.append(bytes));
      if (bytes.empty()) co_return Result<void, smtp::Reply>();
      const FileResult<void> written = co_await run(write_block);
      if (!written) co_return fail(storage_reply(written.error()));
    }
  }

  asio::awaitable<Result<smtp::Reply, smtp::Reply>> commit() override {
    expects(delivery_ != nullptr, "a writer that is neither committed nor aborted");
    // What takes long alone is not done in a batch, where others would wait for it.
    FileResult<void> stored;
    if (on_disk_) stored = co_await run(write_last_and_sync);
    on_disk_ = true;
    if (stored) stored = co_await delivery_->shared->commits.run(delivery_);
    if (!stored) co_return fail(storage_reply(stored.error()));
    const auto delivery = std::exchange(delivery_, nullptr);
    co_return smtp::Reply{
        .code = 250,
        .enhanced = "2.0.0",
        .text = "stored as " + delivery->id.to_string() + " on device key " + delivery->shared->device_key};
  }

  void abort() noexcept override {
    auto delivery = std::exchange(delivery_, nullptr);
    if (!delivery || !on_disk_) return;
    // The file is removed by the destructor, and that on a worker: here may be an event loop. If the pool ends first it
    // drops the job, which removes the file as well.
    auto& pool = delivery->shared->pool;
    asio::post(pool.executor(), [last = std::move(delivery)]() mutable { last.reset(); });
  }

 private:
  asio::awaitable<FileResult<void>> run(FileResult<void> (*step)(Delivery&)) {
    Job job{delivery_, step};
    on_disk_ = true;
    co_return co_await delivery_->shared->pool.run(std::move(job));
  }

  std::shared_ptr<Delivery> delivery_;  ///< none once committed or aborted
  bool on_disk_ = false;                ///< a job has begun, so there may be a file
};

}  // namespace

MaildirSink::Shared::Shared(Maildir& maildir_, net::WorkerPool& pool_, std::string device_key_, log::Logger logger_,
                            MaildirLimits limits_)
    : maildir(maildir_),
      pool(pool_),
      device_key(std::move(device_key_)),
      logger(std::move(logger_)),
      limits(limits_),
      budget(limits_.memory_bytes),
      commits(pool_, {.at_once = 1, .items = limits_.batch_messages}, write_and_commit) {}

MaildirSink::MaildirSink(Maildir& maildir, net::WorkerPool& pool, std::string device_key, log::Logger logger,
                         MaildirLimits limits)
    : shared_(std::make_shared<Shared>(maildir, pool, std::move(device_key), std::move(logger), limits)) {}

MaildirSink::~MaildirSink() = default;

void MaildirSink::name_device_key(std::string device_key) { shared_->device_key = std::move(device_key); }

asio::awaitable<Result<std::unique_ptr<smtp::MessageWriter>, smtp::Reply>> MaildirSink::begin(
    const smtp::ConnectionInfo&, const mail::Envelope& envelope, DeliveryId delivery) {
  std::unique_ptr<smtp::MessageWriter> writer =
      std::make_unique<Writer>(std::make_shared<Delivery>(shared_, delivery, envelope.declared_size));
  co_return writer;
}

}  // namespace sisu::client
