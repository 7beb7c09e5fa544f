#include "relay/admin/dns_service.hpp"

#include "relay/admin/command.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace sisu::relay::admin {
namespace {

namespace messages = proto::naming;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw Misused("--dns-socket: the path is too long for a socket");
  path.copy(static_cast<char*>(address.sun_path), path.size());
  return address;
}

}  // namespace

DnsService::Descriptor::~Descriptor() {
  if (value >= 0) ::close(value);
}

DnsService::DnsService(const std::filesystem::path& socket, std::chrono::seconds patience)
    : path_(socket.string()), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(path_);
  if (socket_.value < 0 || ::connect(socket_.value, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    refuse(std::string(std::strerror(errno)) + ": is sisumail-dns running, and are you root?");
  const timeval wait{.tv_sec = static_cast<time_t>(patience.count()), .tv_usec = 0};
  ::setsockopt(socket_.value, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(socket_.value, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  send(messages::Hello());
  const messages::Answer answer = receive();
  const auto* hello = std::get_if<messages::ServiceHello>(&answer);
  if (hello == nullptr) refuse("it does not greet: what listens there is no sisumail-dns");
  hello_ = *hello;
}

DnsService::~DnsService() = default;

messages::Done DnsService::ask(messages::Ask::What what, const std::function<void(const messages::Finding&)>& found) {
  send(messages::Ask{what});
  for (;;) {
    const messages::Answer answer = receive();
    if (const auto* finding = std::get_if<messages::Finding>(&answer)) found(*finding);
    if (const auto* done = std::get_if<messages::Done>(&answer)) return *done;
  }
}

messages::State DnsService::state_of(const std::string& owner) {
  send(messages::Watch{owner});
  for (;;) {
    const messages::Answer answer = receive();
    const auto* state = std::get_if<messages::State>(&answer);
    if (state != nullptr && state->owner == owner) return *state;
  }
}

void DnsService::send(const messages::Request& request) const {
  const std::string line = messages::to_line(request) + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = ::send(socket_.value, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0) refuse(std::strerror(errno));
    sent += static_cast<std::size_t>(count);
  }
}

messages::Answer DnsService::receive() {
  for (;;) {
    const auto answer = messages::parse_answer(receive_line());
    if (!answer && answer.error().is_fatal()) refuse("its answer is not understood: " + describe(answer.error()));
    if (!answer) continue;
    if (const auto* problem = std::get_if<messages::Problem>(&*answer)) refuse(problem->what);
    return *answer;
  }
}

/// Without its line feed.
std::string DnsService::receive_line() {
  std::size_t end = received_.find('\n');
  while (end == received_.npos) {
    if (received_.size() > messages::line_limit) refuse("its answer has a line that is too long");
    std::array<char, 16 * 1024> buffer{};
    const ssize_t count = ::recv(socket_.value, buffer.data(), buffer.size(), 0);
    if (count == 0) refuse("it ended the connection");
    if (count < 0) refuse(errno == EAGAIN ? "it does not answer in time" : std::strerror(errno));
    const std::size_t searched = received_.size();
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    end = received_.find('\n', searched);
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

void DnsService::refuse(const std::string& why) const { throw Refused(path_ + ": " + why); }

}  // namespace sisu::relay::admin
