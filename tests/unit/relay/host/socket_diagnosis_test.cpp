#include "relay/host/socket_diagnosis.hpp"

#include "relay/host/socket_address.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace sisu::relay::host {
namespace {

/// A listening socket on a free port, or -1 without such an address.
class Listening {
 public:
  explicit Listening(const char* address) {
    const Endpoint wanted = Endpoint::parse(address).value();
    descriptor_ = ::socket(wanted.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    const SocketAddress target(wanted);
    listens_ = ::bind(descriptor_, target.get(), target.length()) == 0 && ::listen(descriptor_, 1) == 0;
  }
  ~Listening() { ::close(descriptor_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  bool listens() const { return listens_; }
  Endpoint address() const { return local_address(descriptor_); }
  std::uint64_t inode() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? status.st_ino : 0;
  }

 private:
  int descriptor_;
  bool listens_ = false;
};

TEST(SocketDiagnosis, a_listening_socket_is_found_with_its_address_and_inode) {
  for (const char* address : {"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"}) {
    const Listening socket(address);
    if (!socket.listens()) continue;  // a machine without IPv6
    const auto found = diagnose_listening_sockets();
    if (!found) GTEST_SKIP() << "the kernel does not answer here";
    EXPECT_EQ(std::ranges::count(*found, ListeningPort{socket.address(), socket.inode(), ::geteuid()}), 1) << address;
  }
}

TEST(SocketDiagnosis, sockets_that_do_not_listen_are_left_out) {
  Endpoint gone;
  {
    const Listening socket("127.0.0.1:0");
    gone = socket.address();
  }
  const auto found = diagnose_listening_sockets();
  if (!found) GTEST_SKIP() << "the kernel does not answer here";
  EXPECT_EQ(std::ranges::count(*found, gone, &ListeningPort::address), 0);
}

TEST(SocketDiagnosis, more_sockets_than_one_answer_holds_are_all_found) {
  std::vector<std::unique_ptr<Listening>> sockets;
  for (int i = 0; i < 600; ++i) sockets.push_back(std::make_unique<Listening>("127.0.0.1:0"));
  const auto found = diagnose_listening_sockets();
  if (!found) GTEST_SKIP() << "the kernel does not answer here";
  for (const auto& socket : sockets) {
    if (socket->listens()) {
      EXPECT_EQ(std::ranges::count(*found, socket->inode(), &ListeningPort::inode), 1);
    }
  }
}

}  // namespace
}  // namespace sisu::relay::host
