// ListeningSockets: the open listening sockets of one present user. They are what presence *is*: while they are open
// the kernel accepts connections on the user's addresses, and once they are closed it refuses them.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "common/log/logger.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sisu::relay::tier1 {

struct ListeningSocket {
  int descriptor = -1;  ///< owned by ListeningSockets
  ListenerId id;
  Endpoint address;
};

/// Shared by the Listeners that accept from it, on whichever thread. A takeover hands this object on: the descriptors
/// stay open throughout, so no connection in their accept queues is reset. The last one who lets go closes them.
class ListeningSockets {
 public:
  /// All of `addresses`, or none. Port 0 takes a free one. An address need not be configured on an interface
  /// (IPV6_FREEBIND, IP_FREEBIND). The error is one line: which address, and why; where the port is taken, by whom.
  static Result<std::shared_ptr<ListeningSockets>, std::string> open(std::span<const Endpoint> addresses, int backlog,
                                                                     log::Logger logger);
  ~ListeningSockets();
  ListeningSockets(const ListeningSockets&) = delete;
  ListeningSockets& operator=(const ListeningSockets&) = delete;

  std::span<const ListeningSocket> sockets() const { return sockets_; }

 private:
  explicit ListeningSockets(log::Logger logger) : logger_(std::move(logger)) {}

  std::vector<ListeningSocket> sockets_;
  log::Logger logger_;
};

}  // namespace sisu::relay::tier1
