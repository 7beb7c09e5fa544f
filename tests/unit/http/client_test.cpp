#include "common/http/client.hpp"

#include "tests/support/http_peer.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::http_client {
namespace {

using test::http_answer;
using test::HttpPeer;
using test::HttpPeerRequest;
using Kind = HttpError::Kind;
using std::chrono::milliseconds;

ClientOptions plain() {
  ClientOptions options;
  options.allow_http = true;
  return options;
}

HttpPeer::Handler always(std::string answer) {
  return [answer = std::move(answer)](const HttpPeerRequest&) { return answer; };
}

HttpPeer::Tls tls_for(const std::string& name) {
  const auto key = tls::PrivateKey::generate_p256();
  return {key, tls::CertificateChain::self_signed(key, name, std::chrono::days(2))};
}

/// A call that must fail.
HttpError refused(Client& client, const Request& request) {
  const auto answer = client.send(request);
  EXPECT_FALSE(answer) << request.url << " was answered with " << (answer ? answer->status : 0);
  return answer ? HttpError{} : answer.error();
}

TEST(HttpClient, a_response_comes_back_whole) {
  const HttpPeer peer(always(http_answer("201 Created", "text", "X-One:  a b \r\nx-ONE: second\r\nEmpty:\r\n")));
  Client client(plain());
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "text");
  EXPECT_EQ(answer->header("x-one"), "a b");
  EXPECT_EQ(answer->header("empty"), "");
  EXPECT_FALSE(answer->header("missing"));
}

TEST(HttpClient, a_request_is_sent_as_it_was_given) {
  const HttpPeer peer(always(http_answer("200 OK", "")));
  Client client(plain());
  const std::string body("a\0b\r\n", 5);
  const Headers headers = {{"Content-Type", "application/jose+json"}, {"X-Empty", ""}};
  ASSERT_TRUE(client.send({.method = "POST", .url = peer.url("/p?q=1"), .headers = headers, .body = body}));
  const auto seen = peer.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/p?q=1");
  EXPECT_EQ(seen.body, body);
  EXPECT_EQ(seen.field("content-type"), "application/jose+json");
  EXPECT_EQ(seen.field("user-agent"), "sisumail");
  EXPECT_NE(seen.fields.find("X-Empty:"), std::string::npos);
  EXPECT_EQ(seen.fields.find("Expect"), std::string::npos);
}

TEST(HttpClient, a_post_without_content_has_a_length_and_no_type) {
  const HttpPeer peer(always(http_answer("200 OK", "")));
  Client client(plain());
  ASSERT_TRUE(client.send({.method = "POST", .url = peer.url("/")}));
  const auto seen = peer.requests().at(0);
  EXPECT_EQ(seen.field("content-length"), "0");
  EXPECT_EQ(seen.fields.find("Content-Type"), std::string::npos);
}

TEST(HttpClient, head_and_delete_have_no_body) {
  const HttpPeer peer([](const HttpPeerRequest& request) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::string(request.method == "HEAD" ? "7" : "0") + "\r\n\r\n";
  });
  Client client(plain());
  EXPECT_TRUE(client.send({.method = "HEAD", .url = peer.url("/")}));
  EXPECT_TRUE(client.send({.method = "DELETE", .url = peer.url("/")}));
  EXPECT_TRUE(client.send({.url = peer.url("/")}));
  std::string methods;
  for (const auto& request : peer.requests()) methods += request.method + request.field("content-length") + " ";
  EXPECT_EQ(methods, "HEAD DELETE GET ");
}

TEST(HttpClient, a_connection_serves_many_calls) {
  const HttpPeer peer(always(http_answer("200 OK", "x")));
  Client client(plain());
  for (int call = 0; call < 5; ++call) EXPECT_TRUE(client.send({.url = peer.url("/")}));
  EXPECT_EQ(peer.connections(), 1);
}

TEST(HttpClient, errors_of_the_server_are_answers) {
  const HttpPeer peer(always(http_answer("503 Busy", "later", "Retry-After: 7\r\n")));
  Client client(plain());
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("retry-after"), "7");
}

TEST(HttpClient, a_redirect_is_an_answer_and_not_followed) {
  const HttpPeer peer(always(http_answer("302 Found", "", "Location: /other\r\n")));
  Client client(plain());
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->header("location"), "/other");
  EXPECT_EQ(peer.requests().size(), 1U);
}

TEST(HttpClient, an_interim_response_leaves_no_fields) {
  const HttpPeer peer(always("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + http_answer("200 OK", "b", "Real: y\r\n")));
  Client client(plain());
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(answer->header("link"));
  EXPECT_EQ(answer->header("real"), "y");
}

TEST(HttpClient, compression_is_not_undone) {
  const HttpPeer peer(always(http_answer("200 OK", "\x1f\x8b", "Content-Encoding: gzip\r\n")));
  Client client(plain());
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "\x1f\x8b");
  EXPECT_EQ(peer.requests().at(0).fields.find("Accept-Encoding"), std::string::npos);
}

TEST(HttpClient, proxies_of_the_environment_are_not_asked) {
  const HttpPeer peer(always(http_answer("200 OK", "direct")));
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
  Client client(plain());
  const auto answer = client.send({.url = peer.url("/")});
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body, "direct");
}

TEST(HttpClient, a_body_may_be_as_large_as_the_limit_and_no_larger) {
  std::atomic<std::size_t> size = 1000;
  const HttpPeer peer([&](const HttpPeerRequest&) { return http_answer("200 OK", std::string(size, 'x')); });
  ClientOptions options = plain();
  options.largest_body = 1000;
  Client client(options);
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body.size(), 1000U);
  size = 1001;
  const auto error = refused(client, {.url = peer.url("/")});
  EXPECT_EQ(error.kind, Kind::too_large);
  EXPECT_NE(error.what.find("a body of over 1000 bytes"), std::string::npos) << error.what;
}

TEST(HttpClient, a_body_without_announced_length_is_limited_too) {
  const std::string chunk = "400\r\n" + std::string(1024, 'x') + "\r\n";
  std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int count = 0; count < 1000; ++count) endless += chunk;
  const HttpPeer peer(always(endless));
  ClientOptions options = plain();
  options.largest_body = 10'000;
  Client client(options);
  EXPECT_EQ(refused(client, {.url = peer.url("/")}).kind, Kind::too_large);
}

TEST(HttpClient, header_fields_are_limited_together) {
  std::string fields;
  for (int count = 0; count < 100; ++count) fields += "X-Field: " + std::string(100, 'x') + "\r\n";
  const HttpPeer peer(always(http_answer("200 OK", "", fields)));
  ClientOptions options = plain();
  options.largest_headers = fields.size() + 100;
  EXPECT_TRUE(Client(options).send({.url = peer.url("/")}));
  options.largest_headers = fields.size();
  Client client(options);
  EXPECT_EQ(refused(client, {.url = peer.url("/")}).kind, Kind::too_large);
}

TEST(HttpClient, a_silent_server_is_left_after_the_timeout) {
  const HttpPeer peer([](const HttpPeerRequest&) { return std::nullopt; });
  ClientOptions options = plain();
  options.timeout = milliseconds(50);
  Client client(options);
  EXPECT_EQ(refused(client, {.url = peer.url("/")}).kind, Kind::timeout);
}

TEST(HttpClient, a_server_that_takes_no_tls_is_left_after_the_connect_timeout) {
  const HttpPeer peer([](const HttpPeerRequest&) { return std::nullopt; });
  ClientOptions options;
  options.connect_timeout = milliseconds(50);
  Client client(options);
  EXPECT_EQ(refused(client, {.url = "https://127.0.0.1:" + std::to_string(peer.port())}).kind, Kind::timeout);
}

TEST(HttpClient, a_dribbled_body_does_not_extend_the_timeout) {
  const HttpPeer peer(always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  ClientOptions options = plain();
  options.timeout = milliseconds(50);
  Client client(options);
  EXPECT_EQ(refused(client, {.url = peer.url("/")}).kind, Kind::timeout);
}

TEST(HttpClient, nobody_listening_is_unreachable_and_the_query_is_not_told) {
  const int bound = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // keeps its port, but listens to nobody
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(bound, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(bound, reinterpret_cast<sockaddr*>(&address), &size), 0);
  Client client(plain());
  const std::string host = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const auto error = refused(client, {.url = host + "/secret?token=1"});
  ::close(bound);
  EXPECT_EQ(error.kind, Kind::unreachable);
  EXPECT_NE(error.what.find("/secret: "), std::string::npos) << error.what;
  EXPECT_EQ(error.what.find("token"), std::string::npos) << error.what;
}

TEST(HttpClient, a_cut_answer_is_unreachable) {
  const HttpPeer silent(always(""));
  const HttpPeer no_http(always("220 smtp.example ESMTP\r\n"));
  Client client(plain());
  EXPECT_EQ(refused(client, {.url = silent.url("/")}).kind, Kind::unreachable);
  EXPECT_EQ(refused(client, {.url = no_http.url("/")}).kind, Kind::unreachable);
}

TEST(HttpClient, a_connection_that_was_closed_while_idle_is_no_error) {
  const HttpPeer peer(
      [asked = 0](const HttpPeerRequest&) mutable { return ++asked == 2 ? "" : http_answer("200 OK", "x"); });
  Client client(plain());
  EXPECT_TRUE(client.send({.url = peer.url("/")}));
  // The second request meets a server that hangs up: on a used connection it cannot be told from one that had ended.
  const auto answer = client.send({.url = peer.url("/")});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(peer.connections(), 2);
}

TEST(HttpClient, requests_that_are_not_fit_to_be_sent_are_refused) {
  const HttpPeer peer(always(http_answer("200 OK", "")));
  const std::string url = peer.url("/");
  const std::vector<Request> requests = {
      {.url = ""},
      {.url = "/relative"},
      {.url = "127.0.0.1"},
      {.url = "ftp://127.0.0.1/"},
      {.url = "file:///etc/passwd"},
      {.url = "http://user:password@127.0.0.1:" + std::to_string(peer.port()) + "/"},
      {.url = url + "a b"},
      {.url = url + "\r\nX: y"},
      {.url = url + std::string(longest_url, 'x')},
      {.method = "", .url = url},
      {.method = "get", .url = url},
      {.method = "GET / HTTP/1.1\r\nX:", .url = url},
      {.url = url, .headers = {{"X", "a\r\nInjected: b"}}},
      {.url = url, .headers = {{"X", "a\nb"}}},
      {.url = url, .headers = {{"X: y\r\nZ", "b"}}},
      {.url = url, .headers = {{"", "b"}}},
      {.url = url, .headers = {{"Host", "other"}}},
      {.url = url, .headers = {{"content-length", "7"}}},
      {.url = url, .headers = {{"Transfer-Encoding", "chunked"}}},
  };
  Client client(plain());
  for (const auto& request : requests) {
    EXPECT_EQ(refused(client, request).kind, Kind::invalid_request) << request.method << " " << request.url;
  }
  EXPECT_EQ(peer.requests().size(), 0U);
}

TEST(HttpClient, http_is_refused_unless_it_is_allowed) {
  const HttpPeer peer(always(http_answer("200 OK", "")));
  Client client;
  EXPECT_EQ(refused(client, {.url = peer.url("/")}).kind, Kind::invalid_request);
  EXPECT_EQ(peer.connections(), 0);
}

TEST(HttpClient, tls_verifies_against_the_file_of_authorities) {
  const auto tls = tls_for("localhost");
  const HttpPeer peer(always(http_answer("200 OK", "safe")), tls);
  const test::ScratchDirectory scratch;
  ClientOptions options;
  options.ca_file = scratch / "ca.pem";
  ASSERT_TRUE(tls.chain.save(*options.ca_file));
  Client client(options);
  for (int call = 0; call < 2; ++call) {
    const auto answer = client.send({.url = peer.url("/")});
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->body, "safe");
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST(HttpClient, certificates_that_do_not_verify_are_refused) {
  const auto tls = tls_for("localhost");
  const auto other = tls_for("localhost");
  const auto other_name = tls_for("elsewhere.example");
  const HttpPeer peer(always(http_answer("200 OK", "")), tls);
  const HttpPeer misnamed(always(http_answer("200 OK", "")), other_name);
  const test::ScratchDirectory scratch;
  ASSERT_TRUE(other.chain.save(scratch / "other.pem"));
  ASSERT_TRUE(other_name.chain.save(scratch / "other_name.pem"));

  const auto kind = [](const std::optional<std::filesystem::path>& ca_file, const HttpPeer& server) {
    ClientOptions options;
    options.ca_file = ca_file;
    Client client(options);
    return refused(client, {.url = server.url("/")}).kind;
  };
  EXPECT_EQ(kind(std::nullopt, peer), Kind::tls) << "self-signed against the system's authorities";
  EXPECT_EQ(kind(scratch / "other.pem", peer), Kind::tls) << "another authority";
  EXPECT_EQ(kind(scratch / "other_name.pem", misnamed), Kind::tls) << "another name";
  EXPECT_EQ(kind(scratch / "missing.pem", peer), Kind::tls) << "no such file";
}

TEST(HttpClient, stop_ends_the_running_call_and_all_later_ones) {
  std::promise<void> asked;
  const HttpPeer peer([&](const HttpPeerRequest&) -> std::optional<std::string> {
    asked.set_value();
    return std::nullopt;
  });
  ClientOptions options = plain();
  options.timeout = std::chrono::hours(1);
  Client client(options);
  auto call = std::async(std::launch::async, [&] { return refused(client, {.url = peer.url("/")}).kind; });
  asked.get_future().wait();
  client.stop();
  EXPECT_EQ(call.get(), Kind::stopped);
  EXPECT_EQ(refused(client, {.url = peer.url("/")}).kind, Kind::stopped);
}

}  // namespace
}  // namespace sisu::http_client
