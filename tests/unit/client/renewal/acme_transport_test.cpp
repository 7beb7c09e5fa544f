#include "client/certificates/renewal/acme_transport.hpp"

#include "client/acme/documents/limits.hpp"
#include "tests/support/http_peer.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;
using Answer = Result<acme::Response, std::string>;

class HttpsTransportTest : public ::testing::Test {
 protected:
  void serve(test::HttpPeer::Handler handler) {
    peer = std::make_unique<test::HttpPeer>(std::move(handler), test::HttpPeer::Tls{key, chain});
    ASSERT_TRUE(chain.save(place / "ca.pem"));
  }
  Answer send(acme::Request request, const std::filesystem::path& ca) {
    HttpsTransport transport(ca, 5s);
    Answer answer = fail(std::string("none"));
    test::run_all(loop, ask(transport, std::move(request), answer));
    return answer;
  }
  Answer send(acme::Request request) { return send(std::move(request), place / "ca.pem"); }
  static asio::awaitable<void> ask(HttpsTransport& transport, acme::Request request, Answer& answer) {
    answer = co_await transport.send(std::move(request));
  }

  test::ScratchDirectory place;
  tls::PrivateKey key = tls::PrivateKey::generate_p256();
  tls::CertificateChain chain = tls::CertificateChain::self_signed(key, "localhost", std::chrono::days(2));
  std::unique_ptr<test::HttpPeer> peer;
  asio::io_context loop{1};
};

TEST_F(HttpsTransportTest, a_signed_request_goes_out_as_acme_wants_it_and_what_acme_looks_at_comes_back) {
  serve([](const test::HttpPeerRequest&) {
    return test::http_answer("201 Created", "{}",
                             "Replay-Nonce: n1\r\nLocation: https://ca/acct/1\r\nRetry-After: 7\r\n");
  });
  const Answer answer = send({acme::Request::Method::post, peer->url("/new"), "signed", "application/x"});
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "{}");
  EXPECT_EQ(answer->replay_nonce, "n1");
  EXPECT_EQ(answer->location, "https://ca/acct/1");
  EXPECT_EQ(answer->retry_after, 7s);
  const auto requests = peer->requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].body, "signed");
  EXPECT_EQ(requests[0].field("Content-Type"), "application/jose+json");
  EXPECT_EQ(requests[0].field("Accept"), "application/x");
  EXPECT_TRUE(requests[0].field("User-Agent").starts_with("sisumail")) << "RFC 8555 6.1";
}

TEST_F(HttpsTransportTest, a_failure_says_what_to_do) {
  serve([](const test::HttpPeerRequest&) { return test::http_answer("200 OK", ""); });
  const auto other = tls::CertificateChain::self_signed(tls::PrivateKey::generate_p256(), "x", std::chrono::days(2));
  ASSERT_TRUE(other.save(place / "other.pem"));
  const Answer refused = send({acme::Request::Method::get, peer->url("/dir"), {}, {}}, place / "other.pem");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("--acme-ca"), std::string::npos) << refused.error();
  const Answer plain = send({acme::Request::Method::get, "http://127.0.0.1:1/dir", {}, {}});
  EXPECT_FALSE(plain) << "https only";
}

TEST_F(HttpsTransportTest, an_answer_is_bounded_just_above_what_the_engine_takes) {
  std::string body(acme::limits::chain_octets + 1, 'x');
  serve([&](const test::HttpPeerRequest&) { return test::http_answer("200 OK", body); });
  const Answer whole = send({acme::Request::Method::get, peer->url("/c"), {}, {}});
  ASSERT_TRUE(whole) << whole.error();
  EXPECT_EQ(whole->body.size(), body.size());
  body += 'x';
  EXPECT_FALSE(send({acme::Request::Method::get, peer->url("/c"), {}, {}}));
}

TEST_F(HttpsTransportTest, a_request_without_end_is_ended_by_stop) {
  serve([](const test::HttpPeerRequest&) { return std::optional<std::string>(); });
  HttpsTransport transport(place / "ca.pem", 60s);
  Answer answer;
  acme::Request question{acme::Request::Method::get, peer->url("/dir"), {}, {}};
  std::jthread stopper([&] {
    while (peer->requests().empty()) std::this_thread::yield();
    transport.stop();
  });
  test::run_all(loop, ask(transport, std::move(question), answer));
  EXPECT_FALSE(answer);
}

}  // namespace
}  // namespace sisu::client
