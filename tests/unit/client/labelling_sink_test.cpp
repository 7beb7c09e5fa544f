#include "client/inbound/labelling_sink.hpp"

#include "tests/support/run_coroutine.hpp"
#include "tests/support/smtp_fakes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sisu::client {
namespace {

class LabellingSinkTest : public ::testing::Test {
 protected:
  LabellingSinkTest() {
    connection.id = ConnectionId::random();
    connection.peer = *Endpoint::parse("192.0.2.1:40000");
    connection.hello = "mx.sender.test";
    connection.extended = true;
    connection.tls = smtp::TlsInfo{"TLSv1.3", "TLS_AES_256_GCM_SHA384"};
    envelope.sender = mail::MailAddress::parse("a@sender.test").value();
    envelope.recipients.emplace_back(mail::MailAddress::parse("hello@niklas.test").value());
  }

  asio::awaitable<void> store(std::vector<std::string> pieces, std::optional<smtp::Reply>& reply) {
    LabellingSink sink(smtp::Tier::relay, "niklas.v6.test", next);
    auto writer = co_await sink.begin(connection, envelope, delivery);
    if (!writer) {
      reply = writer.error();
      co_return;
    }
    for (const std::string& piece : pieces) {
      const auto written = co_await (*writer)->write(piece);
      if (!written) {
        reply = written.error();
        co_return;
      }
    }
    const auto stored = co_await (*writer)->commit();
    reply = stored ? *stored : stored.error();
  }

  smtp::Reply run(std::vector<std::string> pieces) {
    asio::io_context loop;
    std::optional<smtp::Reply> reply;
    test::run_all(loop, store(std::move(pieces), reply));
    return reply.value();
  }

  test::FakeSink next;
  smtp::ConnectionInfo connection;
  mail::Envelope envelope;
  DeliveryId delivery = DeliveryId::random();
};

const std::string message = "Subject: hello\r\n\r\nbody\r\n";

TEST_F(LabellingSinkTest, labels_stand_above_the_message_and_the_rest_is_as_it_came) {
  EXPECT_EQ(run({message}).code, 250);
  ASSERT_EQ(next.stored.size(), 1U);
  const std::string& text = next.stored.front().text;
  EXPECT_TRUE(
      text.starts_with("Return-Path: <a@sender.test>\r\nDelivered-To: hello@niklas.test\r\n"
                       "Sisumail-Tier: 1\r\nSisumail-Delivery-Id: " +
                       delivery.to_string() + "\r\n"))
      << text;
  EXPECT_NE(text.find("Sisumail-Connection-Id: " + connection.id.to_string() + "\r\n"), std::string::npos);
  EXPECT_NE(text.find("Sisumail-Sender: [192.0.2.1]:40000\r\n"), std::string::npos);
  EXPECT_NE(text.find("by niklas.v6.test"), std::string::npos);
  EXPECT_TRUE(text.ends_with(message)) << text;
}

TEST_F(LabellingSinkTest, forged_labels_go_whatever_the_pieces) {
  const std::string forged =
      "Sisumail-Tier: 2\r\nSubject: hello\r\nsisumail-tls : TLSv1.3\r\n\tfolded\r\n\r\nSisumail-Tier: body\r\n";
  const std::string kept = "Subject: hello\r\n\r\nSisumail-Tier: body\r\n";
  for (std::size_t piece = 1; piece < forged.size(); piece += 3) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < forged.size(); at += piece) pieces.push_back(forged.substr(at, piece));
    run(pieces);
    const std::string& text = next.stored.back().text;
    EXPECT_TRUE(text.ends_with(kept)) << text;
    EXPECT_EQ(text.find("Tier: 2"), std::string::npos) << text;
    EXPECT_EQ(text.find("folded"), std::string::npos) << text;
  }
}

TEST_F(LabellingSinkTest, an_empty_message_has_labels_too) {
  run({});
  EXPECT_NE(next.stored.front().text.find("Sisumail-Tier: 1"), std::string::npos);
}

TEST_F(LabellingSinkTest, a_message_that_ends_in_the_middle_of_a_field_name_keeps_it) {
  run({"Subject: x\r\nSisum"});
  EXPECT_TRUE(next.stored.front().text.ends_with("\r\nSubject: x\r\nSisum")) << next.stored.front().text;
}

TEST_F(LabellingSinkTest, what_the_next_sink_refuses_reaches_the_sender) {
  next.fail_begin = smtp::Reply{452, "4.3.1", "full"};
  EXPECT_EQ(run({message}).code, 452);
  next.fail_begin.reset();
  next.fail_write = smtp::Reply{451, "4.3.0", "broken"};
  EXPECT_EQ(run({message}).code, 451);
  EXPECT_EQ(run({}).code, 451) << "the labels of an empty message are written by the commit";
  next.fail_write.reset();
  next.fail_commit = smtp::Reply{451, "4.3.0", "not synced"};
  EXPECT_EQ(run({message}).text, "not synced");
  EXPECT_TRUE(next.stored.empty());
  EXPECT_EQ(next.open, 0) << "nothing is left behind";
}

}  // namespace
}  // namespace sisu::client
