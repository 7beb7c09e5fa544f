#include "tests/support/tcp_output.hpp"

#include <cerrno>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>

namespace sisu::test {

TcpOutput tcp_output(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
    throw std::system_error(errno, std::generic_category(), "TCP_INFO");
  }
  return {.segments = info.tcpi_data_segs_out, .with_control = info.tcpi_segs_out, .waiting = info.tcpi_notsent_bytes};
}

}  // namespace sisu::test
