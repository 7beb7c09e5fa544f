#include "client/inbound/labelling_sink.hpp"

#include "common/mail/header_filter.hpp"

#include <chrono>

namespace sisu::client {
namespace {

class LabellingWriter final : public smtp::MessageWriter {
 public:
  LabellingWriter(std::unique_ptr<smtp::MessageWriter> next, std::string labels)
      : next_(std::move(next)), labels_(std::move(labels)) {}

  asio::awaitable<Result<void, smtp::Reply>> write(std::string_view bytes) override {
    auto written = co_await write_labels();
    const std::string_view kept = filter_.feed(bytes);
    if (written && !kept.empty()) written = co_await next_->write(kept);
    co_return written;
  }

  asio::awaitable<Result<smtp::Reply, smtp::Reply>> commit() override {
    auto written = co_await write_labels();  // an empty message has labels, too
    const std::string_view rest = filter_.finish();
    if (written && !rest.empty()) written = co_await next_->write(rest);
    if (!written) {
      next_->abort();
      co_return fail(written.error());
    }
    co_return co_await next_->commit();
  }

  void abort() noexcept override { next_->abort(); }

 private:
  asio::awaitable<Result<void, smtp::Reply>> write_labels() {
    Result<void, smtp::Reply> written;
    if (labels_.empty()) co_return written;
    written = co_await next_->write(labels_);
    labels_.clear();
    co_return written;
  }

  std::unique_ptr<smtp::MessageWriter> next_;
  std::string labels_;  // until they are written
  mail::HeaderFilter filter_;
};

}  // namespace

asio::awaitable<Result<std::unique_ptr<smtp::MessageWriter>, smtp::Reply>> LabellingSink::begin(
    const smtp::ConnectionInfo& connection, const mail::Envelope& envelope, DeliveryId delivery) {
  auto begun = co_await next_.begin(connection, envelope, delivery);
  if (begun) {
    const smtp::TraceBlock block{tier_, delivery, host_, std::chrono::system_clock::now()};
    begun = std::make_unique<LabellingWriter>(std::move(*begun), smtp::trace_block(block, connection, envelope));
  }
  co_return begun;
}

}  // namespace sisu::client
