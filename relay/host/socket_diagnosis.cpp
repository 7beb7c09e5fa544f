#include "relay/host/socket_diagnosis.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::relay::host {
namespace {

constexpr std::size_t answer_bytes = 32 * 1024;  // the kernel's answers to a dump come in parts of at most this

class NetlinkSocket {
 public:
  NetlinkSocket() : descriptor_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    const timeval limit{.tv_sec = 1, .tv_usec = 0};  // it answers at once or not at all
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~NetlinkSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  bool ask_for_listeners(std::uint8_t family) const {
    struct {
      nlmsghdr header;
      inet_diag_req_v2 body;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = 1U << TCP_LISTEN;
    return ::send(descriptor_, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request);
  }

  /// Empty: an error.
  std::span<const char> receive(std::span<char> buffer) const {
    const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    return buffer.first(count > 0 ? static_cast<std::size_t>(count) : 0);
  }

 private:
  int descriptor_;
};

ListeningPort to_port(const inet_diag_msg& message) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), message.id.idiag_src, bytes.size());
  const auto address =
      message.idiag_family == AF_INET ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
  return {Endpoint{address, ntohs(message.id.idiag_sport)}, message.idiag_inode, message.idiag_uid};
}

enum class Part { more, last, failed };

/// One answer holds any number of messages (netlink(7)).
Part read_messages(std::span<const char> answer, std::vector<ListeningPort>& found) {
  if (answer.empty()) return Part::failed;
  while (answer.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, answer.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > answer.size()) return Part::failed;
    if (header.nlmsg_type == NLMSG_DONE) return Part::last;
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return Part::failed;
    if (header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) return Part::failed;
    inet_diag_msg message;
    std::memcpy(&message, answer.data() + NLMSG_HDRLEN, sizeof message);
    found.push_back(to_port(message));
    answer = answer.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), answer.size()));
  }
  return Part::more;
}

bool diagnose(const NetlinkSocket& socket, std::uint8_t family, std::vector<ListeningPort>& found) {
  if (!socket.ask_for_listeners(family)) return false;
  std::vector<char> buffer(answer_bytes);
  Part part = Part::more;
  while (part == Part::more) part = read_messages(socket.receive(buffer), found);
  return part == Part::last;
}

}  // namespace

std::optional<std::vector<ListeningPort>> diagnose_listening_sockets() {
  const NetlinkSocket socket;
  std::vector<ListeningPort> found;
  if (diagnose(socket, AF_INET, found) && diagnose(socket, AF_INET6, found)) return found;
  return std::nullopt;
}

}  // namespace sisu::relay::host
