#include "common/ssh/packet_cork.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace sisu::ssh {
namespace {

// It fails only on a socket that has died, which says so at the next read.
void set_option(int socket, int option, int value) { ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value); }

}  // namespace

void PacketCork::begin(int socket) {
  socket_ = socket;
  set(true);
}

void PacketCork::writing(std::size_t bytes) {
  if (bytes < bulk_bytes || socket_ < 0) return;
  bulk_ = true;
  if (corked_) set(false);
}

void PacketCork::push(std::uint64_t written) {
  if (socket_ < 0 || std::exchange(pushed_, written) == written) return;
  if (std::exchange(bulk_, false)) return;
  if (corked_) {
    set_option(socket_, TCP_NODELAY, 1);  // sends what waits and leaves the cork in
  } else {
    set(true);
  }
}

void PacketCork::set(bool corked) {
  corked_ = corked;
  set_option(socket_, TCP_CORK, corked ? 1 : 0);
}

}  // namespace sisu::ssh
