#include "common/http/server.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace sisu::http {
namespace {

using std::chrono::milliseconds;

/// A plain TCP connection to a port on 127.0.0.1; what it reads ends when the server closes, or after a minute.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection");
    }
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(std::string_view bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  std::string read_to_end() const {
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  int socket_;
};

class HttpServerTest : public testing::Test {
 protected:
  void start(const ServerLimits& limits = {}) {
    auto started = Server::start(
        *Endpoint::parse("127.0.0.1:0"), [this](const std::string& path) { return page(path); }, limits);
    ASSERT_TRUE(started) << started.error();
    server = *std::move(started);
  }
  Response page(const std::string& path) {
    ++asked;
    if (path == "/page") return {Status::ok, "text\n"};
    if (path == "/busy") return {Status::unavailable, "busy\n"};
    return {Status::not_found, "nothing here\n"};
  }
  std::uint16_t port() const { return server->address().port; }
  std::string ask(std::string_view request) const {
    const Connection connection(port());
    connection.send(request);
    return connection.read_to_end();
  }
  static std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
  }

  std::atomic<int> asked = 0;
  std::unique_ptr<Server> server;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(HttpServerTest, a_page_is_answered_with_its_status_type_and_text) {
  start();
  const std::string answer = ask(get("/page"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has(answer, "Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_TRUE(has(answer, "Content-Length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\ntext\n"));
  EXPECT_TRUE(ask(get("/busy")).starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(ask(get("/")).starts_with("HTTP/1.1 404 "));
}

TEST_F(HttpServerTest, a_query_is_not_part_of_the_path) {
  start();
  EXPECT_TRUE(ask(get("/page?verbose=1")).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, head_has_the_header_and_no_content) {
  start();
  const std::string answer = ask("HEAD /page HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has(answer, "Content-Length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, requests_follow_each_other_on_one_connection) {
  start();
  const std::string answers =
      ask("GET /page HTTP/1.1\r\nHost: here\r\n\r\nGET /busy HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has(answers, "200 OK") && has(answers, "503 ")) << answers;
}

TEST_F(HttpServerTest, other_methods_are_405_and_reach_no_page) {
  start();
  for (const std::string method : {"DELETE", "OPTIONS", "PURGE", "PROPFIND"}) {
    const std::string answer = ask(method + " /page HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << method << ": " << answer;
    EXPECT_TRUE(has(answer, "Allow: GET, HEAD\r\n"));
  }
  EXPECT_EQ(asked, 0);
}

TEST_F(HttpServerTest, what_is_no_request_or_too_much_of_one_ends_the_connection_and_reaches_no_page) {
  const ServerLimits limits;
  start(limits);
  const std::string head = "GET /page HTTP/1.1\r\nHost: here\r\n";
  std::string fields = head;
  for (std::size_t i = 0; i <= limits.fields; ++i) fields += "X-" + std::to_string(i) + ": x\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"garbage", "\x16\x03\x01 garbage\r\n\r\n"},
      {"no method", " /page HTTP/1.1\r\n\r\n"},
      {"method of no kind", "BREW /page HTTP/1.1\r\n\r\n"},
      {"SSH", "SSH-2.0-client\r\n"},
      {"SMTP", "EHLO there\r\nMAIL FROM:<>\r\n"},
      {"long target", "GET /" + std::string(limits.target_bytes, 'x') + " HTTP/1.1\r\n\r\n"},
      {"long field", head + "X: " + std::string(limits.field_value_bytes + 1, 'x') + "\r\n\r\n"},
      {"long name", head + std::string(limits.field_name_bytes + 1, 'x') + ": x\r\n\r\n"},
      {"many fields", fields + "\r\n"},
      {"endless field", head + "X: " + std::string(1'000'000, 'x')},
      {"content", "POST /page HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"},
      {"much content", "POST /page HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"},
      {"chunks", "POST /page HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
  };
  for (const auto& [name, request] : cases) {
    EXPECT_FALSE(has(ask(request), "200 OK")) << name;
    EXPECT_EQ(asked, 0) << name;
  }
  EXPECT_TRUE(ask(get("/page")).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, slow_loris_is_cut_however_steadily_it_writes) {
  start({.request_time = milliseconds(200)});
  const Connection loris(port());
  ASSERT_TRUE(loris.send("GET /page HTTP/1.1\r\n"));
  // Writes until the server has closed and the kernel says so; without the limit it would write for good.
  while (loris.send("X: x\r\n")) ::usleep(20'000);
  EXPECT_EQ(asked, 0);
}

TEST_F(HttpServerTest, silent_connections_are_cut_and_those_that_wait_behind_them_are_served) {
  start({.connections = 4, .request_time = milliseconds(200)});
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<Connection>(port()));
  EXPECT_TRUE(ask(get("/page")).starts_with("HTTP/1.1 200 "));
  for (const auto& connection : silent) EXPECT_EQ(connection->read_to_end(), "");
}

TEST_F(HttpServerTest, it_ends_with_connections_open_in_every_state) {
  start();
  const Connection silent(port());
  const Connection half(port());
  const Connection served(port());
  ASSERT_TRUE(half.send("GET /pa") && served.send("GET /page HTTP/1.1\r\nHost: here\r\n\r\n"));
  server.reset();
  EXPECT_EQ(silent.read_to_end(), "");
}

TEST_F(HttpServerTest, an_address_that_cannot_be_had_is_named) {
  start();
  const auto second = Server::start(server->address(), [](const std::string&) { return Response{}; });
  ASSERT_FALSE(second);
  EXPECT_TRUE(has(second.error(), server->address().to_string())) << second.error();
  EXPECT_TRUE(has(second.error(), "in use")) << second.error();
  EXPECT_FALSE(Server::start(*Endpoint::parse("192.0.2.1:0"), [](const std::string&) { return Response{}; }));
}

TEST_F(HttpServerTest, ipv6_is_served) {
  auto started = Server::start(*Endpoint::parse("[::1]:0"), [](const std::string&) {
    return Response{Status::ok, "six\n"};
  });
  ASSERT_TRUE(started) << started.error();
  EXPECT_EQ((*started)->address().address.to_string(), "::1");
  EXPECT_NE((*started)->address().port, 0);
}

}  // namespace
}  // namespace sisu::http
