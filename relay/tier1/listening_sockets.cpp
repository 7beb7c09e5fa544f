#include "relay/tier1/listening_sockets.hpp"

#include "relay/host/listening_ports.hpp"
#include "relay/host/socket_address.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::relay::tier1 {
namespace {

void set_option(int descriptor, int level, int name) {
  const int on = 1;
  ::setsockopt(descriptor, level, name, &on, sizeof on);
}

/// The descriptor, or -1 with errno.
int open_one(const Endpoint& address, int backlog) {
  const int family = address.address.is_v4() ? AF_INET : AF_INET6;
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (descriptor < 0) return -1;
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
  if (family == AF_INET6) {
    set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    set_option(descriptor, IPPROTO_IPV6, IPV6_FREEBIND);
  } else {
    set_option(descriptor, IPPROTO_IP, IP_FREEBIND);
  }
  const host::SocketAddress target(address);
  if (::bind(descriptor, target.get(), target.length()) == 0 && ::listen(descriptor, backlog) == 0) return descriptor;
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return -1;
}

std::string explain(const Endpoint& address, int reason) {
  std::string text = "cannot listen on " + address.to_string() + ": " + std::strerror(reason);
  if (reason == EADDRINUSE) text += host::owner_text(address);
  return text;
}

}  // namespace

Result<std::shared_ptr<ListeningSockets>, std::string> ListeningSockets::open(std::span<const Endpoint> addresses,
                                                                              int backlog, log::Logger logger) {
  const std::shared_ptr<ListeningSockets> opened(new ListeningSockets(std::move(logger)));
  for (const Endpoint& address : addresses) {
    const int descriptor = open_one(address, backlog);
    if (descriptor < 0) return fail(explain(address, errno));
    opened->sockets_.push_back(
        {.descriptor = descriptor, .id = ListenerId::random(), .address = host::local_address(descriptor)});
    const ListeningSocket& socket = opened->sockets_.back();
    opened->logger_.info("listener opened", {{"listener", socket.id}, {"address", socket.address}});
  }
  return opened;
}

ListeningSockets::~ListeningSockets() {
  for (const ListeningSocket& socket : sockets_) {
    ::close(socket.descriptor);
    logger_.info("listener closed", {{"listener", socket.id}, {"address", socket.address}});
  }
}

}  // namespace sisu::relay::tier1
