#include "relay/tier1/listener.hpp"

#include "common/net/address_conversion.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <fcntl.h>
#include <thread>

namespace sisu::relay::tier1 {
namespace {

using asio::ip::tcp;

const std::vector<Endpoint> any_port = {Endpoint::parse("127.0.0.1:0").value()};

std::shared_ptr<ListeningSockets> open(const std::vector<Endpoint>& addresses = any_port) {
  return ListeningSockets::open(addresses, 64, log::Logger()).value();
}

/// The kernel completes a connect without the listener's help.
std::error_code try_connect(const Endpoint& address) {
  asio::io_context context;
  tcp::socket socket(context);
  asio::error_code error;
  socket.connect(net::to_asio(address), error);
  return error;
}

TEST(ListeningSockets, the_kernel_accepts_while_they_are_open_and_refuses_afterwards) {
  auto sockets = open();
  const Endpoint address = sockets->sockets().front().address;
  EXPECT_NE(address.port, 0);
  EXPECT_FALSE(try_connect(address));
  sockets.reset();
  EXPECT_EQ(try_connect(address), asio::error::connection_refused);
}

TEST(ListeningSockets, a_port_in_use_is_named_with_the_program_that_has_it) {
  const auto sockets = open();
  const Endpoint taken = sockets->sockets().front().address;
  const auto second = ListeningSockets::open(std::vector{taken}, 64, log::Logger());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find(taken.to_string()), std::string::npos) << second.error();
  EXPECT_NE(second.error().find("pid " + std::to_string(::getpid())), std::string::npos) << second.error();
}

TEST(ListeningSockets, either_all_addresses_are_open_or_none) {
  const auto sockets = open();
  const Endpoint taken = sockets->sockets().front().address;
  Endpoint free = taken;
  free.address = IpAddress::parse("127.0.0.2").value();
  EXPECT_FALSE(ListeningSockets::open(std::vector{free, taken}, 64, log::Logger()));
  EXPECT_EQ(try_connect(free), asio::error::connection_refused);
}

TEST(ListeningSockets, descriptors_do_not_leak_into_programs_that_are_started) {
  const auto sockets = open();
  EXPECT_NE(::fcntl(sockets->sockets().front().descriptor, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Listener, connections_are_given_out_with_both_addresses) {
  asio::io_context loop(1);
  const auto sockets = open();
  const Endpoint address = sockets->sockets().front().address;
  Endpoint seen_peer;
  Endpoint seen_local;
  const auto take = [&](const tcp::socket&, const Endpoint& peer, const ListeningSocket& at) {
    seen_peer = peer;
    seen_local = at.address;
    loop.stop();
  };
  const Listener listener(loop.get_executor(), sockets, take, log::Logger());
  tcp::socket client(loop);
  client.connect(net::to_asio(address));
  loop.run();
  EXPECT_EQ(seen_peer, net::from_asio(client.local_endpoint()));
  EXPECT_EQ(seen_local, address);
}

TEST(Listener, after_its_end_the_kernel_refuses) {
  asio::io_context loop(1);
  auto sockets = open();
  const Endpoint address = sockets->sockets().front().address;
  const auto take = [](const tcp::socket&, const Endpoint&, const ListeningSocket&) {};
  auto listener = std::make_unique<Listener>(loop.get_executor(), std::move(sockets), take, log::Logger());
  EXPECT_FALSE(try_connect(address));
  listener.reset();
  EXPECT_EQ(try_connect(address), asio::error::connection_refused);
  loop.poll();
}

// Two sessions of one user can be on one thread: for a moment both hold the socket there.
TEST(Listener, two_on_one_loop_share_a_socket_and_either_may_end_first) {
  for (const bool first_ends : {true, false}) {
    asio::io_context loop(1);
    auto sockets = open();
    const Endpoint address = sockets->sockets().front().address;
    int accepted = 0;
    const auto take = [&](const tcp::socket&, const Endpoint&, const ListeningSocket&) { ++accepted; };
    auto first = std::make_unique<Listener>(loop.get_executor(), sockets, take, log::Logger());
    auto second = std::make_unique<Listener>(loop.get_executor(), std::move(sockets), take, log::Logger());
    loop.poll();
    (first_ends ? first : second).reset();
    for (int i = 1; i <= 3; ++i) {
      EXPECT_FALSE(try_connect(address));
      while (accepted < i && loop.run_one_for(std::chrono::seconds(10)) > 0) {
      }
      EXPECT_EQ(accepted, i);
    }
    (first_ends ? second : first).reset();
    EXPECT_EQ(try_connect(address), asio::error::connection_refused);
    loop.poll();
  }
}

/// One end of a hand-over: a loop on a thread of its own that answers each connection with one byte.
class Holder {
 public:
  explicit Holder(std::shared_ptr<ListeningSockets> sockets)
      : listener_(
            loop_.get_executor(), std::move(sockets),
            [this](tcp::socket socket, const Endpoint&, const ListeningSocket&) {
              asio::error_code ignored;
              asio::write(socket, asio::buffer("x", 1), ignored);
              ++accepted;
            },
            log::Logger()) {}
  ~Holder() {
    stop();
    work_.reset();
    thread_.join();
  }
  void stop() {
    asio::post(loop_, [this] { listener_.stop(); });
  }

  std::atomic<int> accepted = 0;

 private:
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  Listener listener_;
  std::thread thread_{[this] { loop_.run(); }};
};

struct Sender {
  explicit Sender(Endpoint to) : address(to) {}

  void run() {
    while (!done && failure.empty()) connect_once();
  }
  void connect_once() {
    asio::io_context context;
    tcp::socket socket(context);
    asio::error_code error;
    char byte = 0;
    socket.connect(net::to_asio(address), error);
    if (!error) asio::read(socket, asio::buffer(&byte, 1), error);
    if (error) failure = error.message();
    ++answered;
  }

  Endpoint address;
  std::atomic<bool> done = false;
  int answered = 0;
  std::string failure;
};

// Newest wins, without a gap: while holders on different threads follow each other on the same open socket, every
// connection is answered; none is refused or reset.
TEST(Listener, no_connection_is_lost_when_the_sockets_are_handed_over) {
  auto sockets = open();
  Sender sender(sockets->sockets().front().address);
  std::thread sending([&] { sender.run(); });
  auto holder = std::make_unique<Holder>(sockets);
  for (int i = 0; i < 50; ++i) {
    while (holder->accepted < 3) std::this_thread::yield();
    auto newer = std::make_unique<Holder>(sockets);
    holder->stop();
    holder = std::move(newer);
  }
  sender.done = true;
  sending.join();
  EXPECT_EQ(sender.failure, "");
  EXPECT_GE(sender.answered, 150);
}

}  // namespace
}  // namespace sisu::relay::tier1
