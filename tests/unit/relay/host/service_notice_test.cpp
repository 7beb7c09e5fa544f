#include "relay/host/service_notice.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sisu::relay::host {
namespace {

/// The service manager's end.
class ServiceSocket {
 public:
  explicit ServiceSocket(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0)
      ADD_FAILURE() << std::strerror(errno);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~ServiceSocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(socket_);
  }
  ServiceSocket(const ServiceSocket&) = delete;
  ServiceSocket& operator=(const ServiceSocket&) = delete;
  std::string received() const {
    std::array<char, 256> buffer{};
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    return count < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(count));
  }

 private:
  int socket_;
};

TEST(ServiceNotice, a_manager_with_a_socket_in_the_file_system_is_told) {
  const sisu::test::ScratchDirectory directory;
  const ServiceSocket manager((directory / "notify").string());
  notify_service("READY=1");
  EXPECT_EQ(manager.received(), "READY=1");
}

TEST(ServiceNotice, a_manager_with_an_abstract_socket_is_told) {
  const ServiceSocket manager("@sisumail-test-" + std::to_string(::getpid()));
  notify_service("STOPPING=1");
  EXPECT_EQ(manager.received(), "STOPPING=1");
}

TEST(ServiceNotice, without_a_manager_or_with_a_name_of_nobody_nothing_happens) {
  ::unsetenv("NOTIFY_SOCKET");
  notify_service("READY=1");
  for (const std::string& name :
       {std::string(), std::string("@"), std::string("/no/such/socket"), "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    notify_service("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace sisu::relay::host
