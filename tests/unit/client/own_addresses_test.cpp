#include "client/inbound/own_addresses.hpp"

#include "tests/support/run_coroutine.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

class OwnAddressesTest : public ::testing::Test {
 protected:
  bool accepts(std::string_view address) const {
    return addresses.accepts(mail::Recipient(mail::MailAddress::parse(address, mail::Utf8::allowed).value()));
  }
  OwnAddresses addresses{mail::Username::parse("Niklas").value(), mail::DomainName::parse("Mail.Test").value()};
};

TEST_F(OwnAddressesTest, any_local_part_at_the_users_two_domains_is_accepted_without_case) {
  for (const char* address :
       {"hello@niklas.mail.test", "a.b+c@niklas.mail.test", "HELLO@NIKLAS.MAIL.TEST", "\"a b\"@niklas.mail.test",
        "postmaster@niklas.mail.test", "x@t1.niklas.mail.test", "x@T1.Niklas.Mail.Test", "grüße@niklas.mail.test"}) {
    EXPECT_TRUE(accepts(address)) << address;
  }
}

TEST_F(OwnAddressesTest, postmaster_without_a_domain_is_accepted) {
  EXPECT_TRUE(addresses.accepts(mail::Recipient::postmaster()));
}

TEST_F(OwnAddressesTest, nothing_else_is_accepted) {
  for (const char* address :
       {"niklas@mail.test", "x@other.mail.test", "x@niklas.mail.test.example", "x@v6.niklas.mail.test",
        "x@niklas.v6.mail.test", "x@t2.niklas.mail.test", "x@t1.t1.niklas.mail.test", "x@xniklas.mail.test",
        "x@niklas.mail.tes", "x@[127.0.0.1]", "x@example.org", "\"x@niklas.mail.test\"@example.org",
        "x%niklas.mail.test@example.org"}) {
    EXPECT_FALSE(accepts(address)) << address;
  }
}

asio::awaitable<void> ask(OwnAddresses& addresses, mail::Recipient recipient, std::optional<smtp::Reply>& reply) {
  const smtp::ConnectionInfo connection;
  const mail::Envelope envelope;
  EXPECT_FALSE(co_await addresses.sender(connection, envelope));
  reply = co_await addresses.recipient(connection, envelope, recipient);
}

TEST_F(OwnAddressesTest, a_refusal_is_550_5_7_1) {
  asio::io_context loop;
  std::optional<smtp::Reply> reply;
  test::run_all(loop, ask(addresses, mail::Recipient(mail::MailAddress::parse("x@example.org").value()), reply));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 550);
  EXPECT_EQ(reply->enhanced, "5.7.1");
  test::run_all(loop, ask(addresses, mail::Recipient::postmaster(), reply));
  EXPECT_FALSE(reply);
}

}  // namespace
}  // namespace sisu::client
