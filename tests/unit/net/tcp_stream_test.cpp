#include "common/net/tcp_stream.hpp"

#include "tests/support/run_coroutine.hpp"
#include "tests/support/tcp_output.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sisu::net {
namespace {

using asio::ip::tcp;

class TcpStreamTest : public testing::Test {
 public:
  TcpStreamTest() {
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    tcp::socket one(loop);
    one.connect(acceptor.local_endpoint());
    left = std::make_unique<TcpStream>(std::move(one));
    right = std::make_unique<TcpStream>(acceptor.accept());
  }
  std::uint32_t segments() { return test::tcp_output(left->socket().native_handle()).with_control; }

  asio::io_context loop{1};
  std::unique_ptr<TcpStream> left;
  std::unique_ptr<TcpStream> right;
};

asio::awaitable<void> read_to_end(TcpStream& stream, std::string& into) {
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t count = co_await stream.read_some(buffer)) into.append(buffer.data(), count);
}

asio::awaitable<void> say_goodbye(TcpStreamTest& t, std::string& heard) {
  const std::uint32_t before = t.segments();
  co_await t.left->write_last("221 bye\r\n");
  EXPECT_EQ(t.segments(), before + 1);  // the FIN is in it
  co_await read_to_end(*t.right, heard);
}

TEST_F(TcpStreamTest, last_bytes_leave_with_the_end_behind_them) {
  std::string heard;
  test::run_all(loop, say_goodbye(*this, heard));
  EXPECT_EQ(heard, "221 bye\r\n");
}

asio::awaitable<void> write_last(TcpStream& stream, std::string bytes) { co_await stream.write_last(bytes); }

TEST_F(TcpStreamTest, last_bytes_may_be_more_than_the_peer_takes_at_once) {
  const std::string sent(20'000'000, 'x');
  std::string heard;
  test::run_all(loop, write_last(*left, sent), read_to_end(*right, heard));
  EXPECT_EQ(heard.size(), sent.size());
}

TEST_F(TcpStreamTest, last_bytes_may_be_none) {
  std::string heard;
  test::run_all(loop, write_last(*left, {}), read_to_end(*right, heard));
  EXPECT_EQ(heard, "");
}

asio::awaitable<void> answer_after_the_end(TcpStream& left, TcpStream& right, std::string& heard) {
  co_await left.write_last("quit");
  co_await right.write_last("bye");
  co_await read_to_end(left, heard);
}

TEST_F(TcpStreamTest, reading_goes_on_behind_the_last_bytes) {
  std::string heard;
  test::run_all(loop, answer_after_the_end(*left, *right, heard));
  EXPECT_EQ(heard, "bye");
}

}  // namespace
}  // namespace sisu::net
