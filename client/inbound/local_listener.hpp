// A TCP port of this machine where SMTP is served (--smtp-listen, --smtp-listen-proxy).
#pragma once

#include "client/inbound/reception.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

namespace sisu::client {

class LocalListener {
 public:
  /// Opens the port (0: any free one). The error is one line that names the address and what to do.
  static Result<LocalListener, std::string> open(asio::any_io_executor executor, Endpoint address,
                                                 ListenerInfo::Preface preface);

  /// With the port that it really has.
  const ListenerInfo& info() const { return info_; }

  /// Accepts until it is cancelled or closed. `reception` must outlive that.
  asio::awaitable<void> serve(Reception& reception, log::Logger logger);
  void close() noexcept;

 private:
  LocalListener(asio::ip::tcp::acceptor acceptor, ListenerInfo info)
      : acceptor_(std::move(acceptor)), info_(std::move(info)) {}
  asio::ip::tcp::acceptor acceptor_;
  ListenerInfo info_;
};

}  // namespace sisu::client
