#include "client/agent/control_socket.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace sisu::client {
namespace {

namespace fs = std::filesystem;

constexpr const char* name = "control";
constexpr int backlog = 16;

ControlError error_of(const char* action, const fs::path& state, int reason) {
  const std::string where = (state / name).string();
  const std::string why = std::system_category().message(reason);
  if (reason == ENOENT || reason == ECONNREFUSED) {
    return {ControlProblem::nobody_there, "no sisumail runs with the state directory " + state.string()};
  }
  const auto problem = reason == EACCES ? ControlProblem::refused : ControlProblem::failed;
  return {problem, std::string("cannot ") + action + " " + where + ": " + why};
}

/// A socket's address holds 107 characters at most; a state directory may be longer. Its descriptor never is.
struct Place {
  ControlDescriptor directory;
  sockaddr_un address{};
};

Result<Place, int> place_in(const fs::path& state) {
  Place place{ControlDescriptor(::open(state.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))};
  if (place.directory.get() < 0) return fail(errno);
  const std::string path = "/proc/self/fd/" + std::to_string(place.directory.get()) + "/" + name;
  place.address.sun_family = AF_UNIX;
  std::memcpy(place.address.sun_path, path.c_str(), path.size() + 1);
  return place;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

bool limit_waits(int descriptor, std::chrono::milliseconds within) {
  timeval limit{};
  limit.tv_sec = static_cast<time_t>(within.count() / 1000);
  limit.tv_usec = static_cast<suseconds_t>(within.count() % 1000 * 1000);
  return ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
         ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

}  // namespace

ControlDescriptor::~ControlDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<ControlDescriptor, ControlError> listen_control(const fs::path& state) {
  const auto place = place_in(state);
  if (!place) return fail(error_of("make", state, place.error()));
  ControlDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Linux gives the name the mode that the socket has before bind(2): nobody gets in between.
  if (listener.get() < 0 || ::fchmod(listener.get(), 0600) != 0) return fail(error_of("make", state, errno));
  ::unlinkat(place->directory.get(), name, 0);
  if (::bind(listener.get(), generic(place->address), sizeof place->address) != 0 ||
      ::listen(listener.get(), backlog) != 0) {
    return fail(error_of("make", state, errno));
  }
  return listener;
}

Result<ControlDescriptor, ControlError> connect_control(const fs::path& state, std::chrono::milliseconds within) {
  const auto place = place_in(state);
  if (!place) return fail(error_of("open", state, place.error()));
  ControlDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connection.get() < 0 || !limit_waits(connection.get(), within) ||
      ::connect(connection.get(), generic(place->address), sizeof place->address) != 0) {
    return fail(error_of("connect to", state, errno));
  }
  return connection;
}

bool is_own_peer(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace sisu::client
