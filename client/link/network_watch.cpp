#include "client/link/network_watch.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace sisu::client {
namespace {

using asio::experimental::as_tuple;
using Descriptor = asio::posix::stream_descriptor;

std::optional<Descriptor> open_watch(const asio::any_io_executor& executor) {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return std::nullopt;
  Descriptor descriptor(executor, fd);
  sockaddr_nl wanted{};
  wanted.nl_family = AF_NETLINK;
  wanted.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&wanted), sizeof wanted) != 0) return std::nullopt;
  return descriptor;
}

/// What exactly changed does not matter. A queue that overflowed (ENOBUFS) is a change, too.
void drain(int fd) {
  std::array<char, 8192> message{};
  while (::recv(fd, message.data(), message.size(), MSG_DONTWAIT) > 0 || errno == ENOBUFS || errno == EINTR) errno = 0;
}

}  // namespace

asio::awaitable<void> watch_network(std::function<void()> changed, log::Logger logger) {
  const auto executor = co_await asio::this_coro::executor;
  auto descriptor = open_watch(executor);
  if (!descriptor) {
    logger.warning("changes of the network cannot be watched", {{"reason", std::system_category().message(errno)}});
    co_return;
  }
  asio::steady_timer quiet(executor);
  for (;;) {
    co_await descriptor->async_wait(Descriptor::wait_read, asio::use_awaitable);
    quiet.expires_after(network_settles);
    co_await quiet.async_wait(asio::use_awaitable);
    drain(descriptor->native_handle());
    changed();
  }
}

}  // namespace sisu::client
