#include "client/link/connector.hpp"

#include "common/net/deadline.hpp"
#include "tests/support/run_coroutine.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <vector>

namespace sisu::client {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<void> connect_and_compare(RelayAddress relay, std::uint16_t port) {
  const tcp::socket socket = co_await connect_to(std::move(relay), 1ms);
  EXPECT_EQ(socket.remote_endpoint().port(), port);
}

asio::awaitable<void> fail_to_connect(RelayAddress relay, std::string& said) {
  try {
    co_await connect_to(std::move(relay), 1ms);
  } catch (const std::system_error& error) {
    said = error.what();
  }
}

TEST(Connector, connects_to_an_address) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::uint16_t port = acceptor.local_endpoint().port();
  test::run_all(loop, connect_and_compare({"127.0.0.1", port}, port));
}

// "localhost" has an IPv6 address, too, where nobody listens.
TEST(Connector, a_refusing_address_does_not_keep_the_next_from_being_tried) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::uint16_t port = acceptor.local_endpoint().port();
  test::run_all(loop, connect_and_compare({"localhost", port}, port));
}

TEST(Connector, nobody_listening_is_an_error_that_names_the_relay) {
  asio::io_context loop;
  std::uint16_t port = 0;
  {
    tcp::acceptor gone(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = gone.local_endpoint().port();
  }
  std::string said;
  test::run_all(loop, fail_to_connect({"127.0.0.1", port}, said));
  EXPECT_NE(said.find("cannot connect to 127.0.0.1:" + std::to_string(port)), std::string::npos) << said;
  EXPECT_NE(said.find("refused"), std::string::npos) << said;
}

// A label of over 63 octets (RFC 1035 2.3.4) is no name: the resolver says so without asking anyone.
TEST(Connector, a_name_that_cannot_be_found_is_an_error_that_names_it) {
  asio::io_context loop;
  const std::string name(64, 'a');
  std::string said;
  test::run_all(loop, fail_to_connect({name, 2222}, said));
  EXPECT_NE(said.find("cannot find " + name), std::string::npos) << said;
}

asio::awaitable<void> connect_and_drop(RelayAddress relay) { co_await connect_to(std::move(relay)); }

asio::awaitable<void> time_out(RelayAddress relay, bool& timed_out) {
  try {
    co_await net::with_deadline(connect_and_drop(std::move(relay)), 20ms);
  } catch (const std::system_error& error) {
    timed_out = error.code() == asio::error::timed_out;
  }
}

TEST(Connector, an_attempt_that_hangs_can_be_cancelled) {
  asio::io_context loop;
  // A full accept queue: the kernel answers no further SYN.
  tcp::acceptor full(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  const tcp::endpoint target = full.local_endpoint();
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back(loop, tcp::v4()).native_non_blocking(true);
    // Not Asio's connect(): that one waits whatever the mode.
    ::connect(waiting.back().native_handle(), target.data(), static_cast<socklen_t>(target.size()));
  }
  bool timed_out = false;
  test::run_all(loop, time_out({"127.0.0.1", target.port()}, timed_out));
  EXPECT_TRUE(timed_out);
}

}  // namespace
}  // namespace sisu::client
