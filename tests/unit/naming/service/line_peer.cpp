#include "tests/unit/naming/service/line_peer.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace sisu::relay::naming {

LinePeer::LinePeer(const std::filesystem::path& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error(errno, std::system_category(), path.string());
}

LinePeer::~LinePeer() { ::close(socket_); }

void LinePeer::send_text(const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const auto some = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (some < 0) return;  // the other side has ended it: what is read next tells
    sent += static_cast<std::size_t>(some);
  }
}

std::optional<proto::naming::Answer> LinePeer::next() {
  for (;;) {
    if (const auto end = input_.find('\n'); end != input_.npos) {
      const auto answer = proto::naming::parse_answer(std::string_view(input_).substr(0, end));
      input_.erase(0, end + 1);
      return answer.value();
    }
    char bytes[65536];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) throw std::runtime_error("nothing came for 20 seconds");
    if (got <= 0) return std::nullopt;
    input_.append(bytes, static_cast<std::size_t>(got));
  }
}

void LinePeer::expect_end() {
  while (next()) {
  }
}

}  // namespace sisu::relay::naming
