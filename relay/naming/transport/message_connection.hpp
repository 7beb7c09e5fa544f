// A TCP connection to a name server, each message behind its length (RFC 1035 4.2.2, RFC 7766). Calls block, for at
// most as long as their deadline allows. Many requests may be on their way at once; answers come in any order.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "relay/naming/transport/descriptor.hpp"
#include "relay/naming/transport/wait.hpp"
#include "relay/naming/wire/message.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace sisu::relay::naming {

using Deadline = std::chrono::steady_clock::time_point;

/// "127.0.0.1:53: connection refused"
struct TransportError {
  std::string what;
};

class MessageConnection {
 public:
  /// `interrupt`, if any, must outlive it: what waits then fails as if the time were over.
  static Result<MessageConnection, TransportError> open(const Endpoint& server, Deadline deadline,
                                                        const Interrupt* interrupt = nullptr);

  /// Sent while `receive` waits. At most longest_message octets, at least one.
  void send(OctetView message);
  /// The next message from the server.
  Result<Octets, TransportError> receive(Deadline deadline);

 private:
  MessageConnection(const Endpoint& server, Descriptor socket, const Interrupt* interrupt)
      : server_(server), socket_(std::move(socket)), interrupt_(interrupt) {}
  std::optional<Octets> take_message();
  Result<void, TransportError> write_some();
  Result<void, TransportError> read_some();
  TransportError error(std::string_view why) const;

  Endpoint server_;
  Descriptor socket_;
  const Interrupt* interrupt_;
  Octets output_;
  Octets input_;
};

/// Many requests and their answers over one connection.
struct Pipeline {
  std::size_t requests = 0;
  std::size_t window = 64;               ///< on their way at once, at least 1
  std::chrono::milliseconds patience{};  ///< until the next answer to any of them
  /// Request number `index`, with this id; empty: there is none, and no answer is waited for.
  std::function<Octets(std::size_t index, std::uint16_t id)> compose;
  /// Its answer. False: this is none; it is skipped, and the right one waited for.
  std::function<bool(std::size_t index, const Octets& answer)> take;
};

/// Until all are answered; after an error some are.
Result<void, TransportError> run(MessageConnection& connection, const Pipeline& pipeline);

}  // namespace sisu::relay::naming
