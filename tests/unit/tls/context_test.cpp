#include "common/tls/context.hpp"

#include "tests/support/run_coroutine.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/tls/tls_fixture.hpp"

#include <gtest/gtest.h>

namespace sisu::tls {
namespace {

asio::awaitable<void> try_handshake(TlsStream& stream, std::string& said) {
  try {
    co_await stream.handshake();
    said = "done";
  } catch (const std::system_error& error) {
    said = error.what();
  }
}

/// What the client says of a server with `chain`, checked against `ca_file`.
std::string client_verdict(const CertificateChain& chain, const PrivateKey& key, const std::filesystem::path& ca_file) {
  asio::io_context loop;
  test::Connection connection(loop, make_server_context(chain, key).value(),
                              make_client_context(Verify::peer, ca_file).value());
  std::string at_server;
  std::string at_client;
  sisu::test::run_all(loop, try_handshake(*connection.server, at_server), try_handshake(*connection.client, at_client));
  return at_client;
}

TEST(Context, a_key_that_does_not_belong_to_the_certificate_is_refused) {
  const CertificateChain chain =
      CertificateChain::self_signed(PrivateKey::generate_p256(), "host.test", std::chrono::days(1));
  const auto context = make_server_context(chain, PrivateKey::generate_p256());
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().what, "the private key does not belong to the certificate");
}

TEST(Context, a_verifying_client_takes_only_the_right_name_from_the_right_ca) {
  const sisu::test::ScratchDirectory place;
  const PrivateKey key = PrivateKey::generate_p256();
  const auto right = CertificateChain::self_signed(key, test::host, std::chrono::days(1));
  const auto other_name = CertificateChain::self_signed(key, "other.test", std::chrono::days(1));
  ASSERT_TRUE(right.save(place / "right.pem"));
  ASSERT_TRUE(other_name.save(place / "other.pem"));
  EXPECT_EQ(client_verdict(right, key, place / "right.pem"), "done");
  EXPECT_NE(client_verdict(right, key, place / "other.pem").find("certificate verify failed"), std::string::npos);
  EXPECT_NE(client_verdict(other_name, key, place / "other.pem").find("certificate verify failed"), std::string::npos);
}

TEST(Context, a_missing_ca_file_is_named) {
  const auto context = make_client_context(Verify::peer, "/nonexistent/ca.pem");
  ASSERT_FALSE(context);
  EXPECT_NE(context.error().what.find("/nonexistent/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace sisu::tls
