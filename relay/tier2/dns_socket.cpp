#include "relay/tier2/dns_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <variant>

namespace sisu::relay::tier2 {
namespace {

namespace messages = proto::naming;

std::string reason(int error) { return std::system_category().message(error); }

}  // namespace

/// A blocking stream of lines. Errors are one line.
class DnsSocket::Connection {
 public:
  explicit Connection(const DnsSocketOptions& options) : options_(options) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Result<void, std::string> open() {
    sockaddr_un address{};
    const std::string path = options_.socket.string();
    if (path.size() >= sizeof address.sun_path) return fail(where() + "the path is longer than a socket's may be");
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval limit{};
    limit.tv_sec = static_cast<time_t>(options_.patience.count() / 1000);
    limit.tv_usec = static_cast<suseconds_t>(options_.patience.count() % 1000 * 1000);
    const bool ready = descriptor_ >= 0 &&
                       ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
                       ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
                       ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!ready) return fail(where() + reason(errno));
    return {};
  }

  Result<void, std::string> write(const messages::Request& request) {
    const std::string line = messages::to_line(request) + "\n";
    std::string_view left = line;
    while (!left.empty()) {
      const ssize_t count = ::send(descriptor_, left.data(), left.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return fail(where() + reason(errno));
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<messages::Answer, std::string> read() {
    const auto line = read_line();
    if (!line) return fail(line.error());
    auto answer = messages::parse_answer(*line);
    if (!answer) return fail(where() + "its answer is not understood: " + messages::describe(answer.error()));
    if (const auto* problem = std::get_if<messages::Problem>(&*answer)) return fail(where() + problem->what);
    return std::move(*answer);
  }

 private:
  std::string where() const { return "sisumail-dns at " + options_.socket.string() + ": "; }

  /// Without its line feed.
  Result<std::string, std::string> read_line() {
    std::array<char, 4096> buffer{};
    for (;;) {
      if (const auto end = unread_.find('\n'); end != std::string::npos) {
        std::string line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        return line;
      }
      if (unread_.size() > messages::line_limit) return fail(where() + "it writes a line without end");
      const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return fail(where() + "no answer in time");
      if (count < 0) return fail(where() + reason(errno));
      if (count == 0) return fail(where() + "it ended the connection");
      unread_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  const DnsSocketOptions& options_;
  int descriptor_ = -1;
  std::string unread_;
};

Result<SetState, std::string> DnsSocket::exchange(const messages::Request& request, const std::string& digest) const {
  Connection connection(options_);
  if (const auto opened = connection.open(); !opened) return fail(opened.error());
  const messages::Hello hello{.zone = options_.zone.to_string() + "."};
  if (const auto greeted = connection.write(hello); !greeted) return fail(greeted.error());
  if (const auto asked = connection.write(request); !asked) return fail(asked.error());
  bool is_signed = false;
  for (std::size_t lines = 0; lines < most_other_lines; ++lines) {
    const auto answer = connection.read();
    if (!answer) return fail(answer.error());
    if (const auto* service = std::get_if<messages::ServiceHello>(&*answer)) is_signed = service->is_signed;
    const auto* state = std::get_if<messages::State>(&*answer);
    if (state == nullptr || state->owner != "@spool") continue;
    if (!digest.empty() && state->digest != digest) continue;
    if (!digest.empty() && state->problem.starts_with(messages::refused_prefix))
      return fail("sisumail-dns at " + options_.socket.string() + ": " + state->problem +
                  "; is this the user that it knows as tier2 (see [peers])?");
    return spool_state(*state, is_signed, options_.ttl);
  }
  return fail("sisumail-dns at " + options_.socket.string() + ": it speaks of everything but @spool");
}

Result<void, std::string> DnsSocket::publish(const keys::DigestSet& digests) {
  const messages::Set set = spool_set(options_.zone, digests, options_.ttl);
  const auto stored = exchange(set, set.digest);
  if (!stored) return fail(stored.error());
  return {};
}

Result<SetState, std::string> DnsSocket::look() { return exchange(messages::Watch{.owner = "@spool"}, {}); }

}  // namespace sisu::relay::tier2
