// Between Endpoint and the kernel's sockaddr.
#pragma once

#include "common/base/ip_address.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace sisu::relay::host {

class SocketAddress {
 public:
  explicit SocketAddress(const Endpoint& endpoint);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }

 private:
  sockaddr_storage storage_{};
  socklen_t length_;
};

/// Where a bound socket stands; the unspecified address if `descriptor` is none.
Endpoint local_address(int descriptor);

}  // namespace sisu::relay::host
