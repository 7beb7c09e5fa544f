// What the kernel says about the sending half of a TCP connection. A file of its own: Linux's and glibc's headers about
// TCP do not go together.
#pragma once

#include <cstdint>

namespace sisu::test {

struct TcpOutput {
  std::uint32_t segments = 0;      ///< with data, sent so far
  std::uint32_t with_control = 0;  ///< these, and segments that only acknowledge or finish
  std::uint32_t waiting = 0;       ///< bytes written and not sent yet
};

TcpOutput tcp_output(int socket);

}  // namespace sisu::test
