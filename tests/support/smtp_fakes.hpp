// A policy and a sink as plain values, for tests of whatever drives them.
#pragma once

#include "common/smtp/message_sink.hpp"
#include "common/smtp/recipient_policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sisu::test {

/// Refuses what it is told to.
struct FakePolicy final : smtp::RecipientPolicy {
  std::optional<smtp::Reply> refuse_sender;
  std::optional<smtp::Reply> refuse_recipient;
  bool throws = false;
  std::vector<smtp::ConnectionInfo> connections;  ///< one for each sender() call

  asio::awaitable<std::optional<smtp::Reply>> sender(const smtp::ConnectionInfo& connection,
                                                     const mail::Envelope&) override {
    connections.push_back(connection);
    if (throws) throw std::runtime_error("policy out of order");
    co_return refuse_sender;
  }
  asio::awaitable<std::optional<smtp::Reply>> recipient(const smtp::ConnectionInfo&, const mail::Envelope&,
                                                        const mail::Recipient&) override {
    co_return refuse_recipient;
  }
};

/// Keeps messages in memory; fails at the step it is told to.
struct FakeSink final : smtp::MessageSink {
  struct Stored {
    mail::Envelope envelope;
    DeliveryId delivery;
    std::string text;
  };
  std::vector<Stored> stored;
  int open = 0;     ///< writers begun and neither committed nor aborted
  int aborted = 0;  ///< writers that ended without a commit

  std::optional<smtp::Reply> fail_begin;
  std::optional<smtp::Reply> fail_commit;
  std::optional<smtp::Reply> fail_write;
  std::size_t fail_write_after = 0;  ///< octets
  bool throw_in_write = false;
  bool throw_in_commit = false;

  asio::awaitable<Result<std::unique_ptr<smtp::MessageWriter>, smtp::Reply>> begin(const smtp::ConnectionInfo&,
                                                                                   const mail::Envelope& envelope,
                                                                                   DeliveryId delivery) override {
    Result<std::unique_ptr<smtp::MessageWriter>, smtp::Reply> result;
    if (fail_begin) {
      result = fail(smtp::Reply(*fail_begin));
    } else {
      result = std::make_unique<Writer>(*this, envelope, delivery);
    }
    co_return result;
  }

 private:
  struct Writer final : smtp::MessageWriter {
    Writer(FakeSink& owner, const mail::Envelope& envelope, DeliveryId delivery)
        : sink(owner), message{envelope, delivery, {}} {
      ++sink.open;
    }
    ~Writer() override { abort(); }

    asio::awaitable<Result<void, smtp::Reply>> write(std::string_view bytes) override {
      Result<void, smtp::Reply> result;
      if (sink.throw_in_write) throw std::runtime_error("sink out of order");
      message.text += bytes;
      if (sink.fail_write && message.text.size() > sink.fail_write_after) result = fail(smtp::Reply(*sink.fail_write));
      co_return result;
    }

    asio::awaitable<Result<smtp::Reply, smtp::Reply>> commit() override {
      if (sink.throw_in_commit) throw std::runtime_error("sink out of order");
      Result<smtp::Reply, smtp::Reply> result = smtp::Reply{250, "2.0.0", "stored"};
      if (sink.fail_commit) {
        result = fail(smtp::Reply(*sink.fail_commit));
      } else {
        sink.stored.push_back(message);
        committed = true;
        --sink.open;
      }
      co_return result;
    }

    void abort() noexcept override {
      if (committed || aborted) return;
      aborted = true;
      --sink.open;
      ++sink.aborted;
    }

    FakeSink& sink;
    Stored message;
    bool committed = false;
    bool aborted = false;
  };
};

}  // namespace sisu::test
