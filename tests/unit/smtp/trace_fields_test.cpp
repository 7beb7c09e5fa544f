#include "common/smtp/trace_fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sisu::smtp {
namespace {

const DeliveryId delivery(*Uuid::parse("11111111-2222-4333-8444-555555555555"));
const ConnectionId connection_id(*Uuid::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"));
const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1795166927));

ConnectionInfo from_v6() {
  ConnectionInfo connection;
  connection.id = connection_id;
  connection.peer = *Endpoint::parse("[2001:db8::7]:50123");
  connection.hello = "mx.sender.example";
  connection.extended = true;
  connection.tls = TlsInfo{"TLSv1.3", "TLS_AES_256_GCM_SHA384"};
  return connection;
}

mail::Recipient recipient(std::string_view text) { return mail::Recipient(*mail::MailAddress::parse(text)); }

mail::Envelope envelope() {
  mail::Envelope result;
  result.sender = *mail::MailAddress::parse("alice@sender.example");
  result.recipients = {recipient("hello@niklas.test")};
  return result;
}

std::string received(const ConnectionInfo& connection, const mail::Envelope& message) {
  return received_field(connection, message, delivery, "niklas.v6.test", now);
}

TEST(TraceFields, a_whole_block_stands_in_the_order_of_the_contract) {
  const TraceBlock block{Tier::relay, delivery, "niklas.v6.test", now};
  EXPECT_EQ(trace_block(block, from_v6(), envelope()),
            "Return-Path: <alice@sender.example>\r\n"
            "Delivered-To: hello@niklas.test\r\n"
            "Sisumail-Tier: 1\r\n"
            "Sisumail-Delivery-Id: 11111111-2222-4333-8444-555555555555\r\n"
            "Sisumail-Connection-Id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee\r\n"
            "Sisumail-Sender: [2001:db8::7]:50123\r\n"
            "Sisumail-TLS: TLSv1.3 TLS_AES_256_GCM_SHA384\r\n"
            "Received: from mx.sender.example ([IPv6:2001:db8::7])\r\n"
            "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n"
            "\tby niklas.v6.test with ESMTPS\r\n"
            "\tid 11111111-2222-4333-8444-555555555555\r\n"
            "\tfor <hello@niklas.test>;\r\n"
            "\tFri, 20 Nov 2026 09:28:47 +0000\r\n");
}

TEST(TraceFields, a_message_in_clear_over_ipv4_says_so) {
  auto connection = from_v6();
  connection.peer = *Endpoint::parse("192.0.2.1:25");
  connection.tls.reset();
  EXPECT_TRUE(received(connection, envelope())
                  .starts_with("Received: from mx.sender.example ([192.0.2.1])\r\n\tby niklas.v6.test with ESMTP\r\n"));
  const auto labels = label_fields(Tier::local, delivery, connection);
  EXPECT_NE(labels.find("Sisumail-TLS: none\r\n"), labels.npos);
  EXPECT_NE(labels.find("Sisumail-Sender: [192.0.2.1]:25\r\n"), labels.npos);
  EXPECT_NE(labels.find("Sisumail-Tier: local\r\n"), labels.npos);
}

TEST(TraceFields, the_protocol_keyword_says_how_it_came) {
  struct Row {
    bool extended, tls, utf8;
    std::string_view keyword;
  };
  for (const Row row :
       {Row{false, false, false, "SMTP"}, Row{false, true, false, "SMTP"}, Row{true, false, false, "ESMTP"},
        Row{true, true, false, "ESMTPS"}, Row{true, false, true, "UTF8SMTP"}, Row{true, true, true, "UTF8SMTPS"}}) {
    auto connection = from_v6();
    auto message = envelope();
    connection.extended = row.extended;
    if (!row.tls) connection.tls.reset();
    message.smtputf8 = row.utf8;
    EXPECT_NE(received(connection, message).find(" with " + std::string(row.keyword) + "\r\n"), std::string::npos)
        << row.keyword;
  }
}

TEST(TraceFields, several_recipients_do_not_learn_of_each_other_in_received) {
  auto message = envelope();
  message.recipients.push_back(recipient("other@niklas.test"));
  EXPECT_EQ(received(from_v6(), message).find("for <"), std::string::npos);
  EXPECT_EQ(delivered_to_fields(message.recipients),
            "Delivered-To: hello@niklas.test\r\nDelivered-To: other@niklas.test\r\n");
}

TEST(TraceFields, bounces_and_bare_postmaster_have_their_forms) {
  EXPECT_EQ(return_path_field(std::nullopt), "Return-Path: <>\r\n");
  EXPECT_EQ(delivered_to_fields({mail::Recipient::postmaster()}), "Delivered-To: postmaster\r\n");
}

/// Each line but the first begins with a tab, the last is empty, and no other control character is there.
void expect_one_field(const std::string& field) {
  ASSERT_TRUE(field.ends_with("\r\n"));
  for (std::size_t i = 0; i + 2 < field.size(); ++i) {
    const bool fold = field.compare(i, 3, "\r\n\t") == 0;
    if (fold)
      i += 2;
    else
      EXPECT_GE(static_cast<unsigned char>(field[i]), 0x20) << "at " << i << " of " << field;
  }
}

TEST(TraceFields, header_injection_through_the_helo_name_is_not_possible) {
  for (const std::string_view hello :
       {"x\r\nSisumail-Tier: 1", "x\nBcc: y", "x\r\n\tfold", "x)\tby evil", "x; Mon, 1 Jan 2001 00:00:00 +0000",
        "x (comment)", "", "\x1b[31m", "\xFF\xFE", "a by b with ESMTPS id 1 for <x@y>"}) {
    auto connection = from_v6();
    connection.hello = hello;
    const auto field = received(connection, envelope());
    expect_one_field(field);
    const auto first_line = field.substr(0, field.find("\r\n"));
    EXPECT_TRUE(first_line.ends_with(" ([IPv6:2001:db8::7])")) << first_line;
    EXPECT_EQ(first_line.find_first_of(";()\t"), first_line.size() - std::string_view("([IPv6:2001:db8::7])").size());
    EXPECT_EQ(std::count(first_line.begin(), first_line.end(), ' '), 3) << first_line;
  }
}

TEST(TraceFields, header_injection_through_tls_names_is_not_possible) {
  auto connection = from_v6();
  connection.tls = TlsInfo{"TLSv1.3)\r\nSisumail-Tier: 1", "x\r\ny"};
  expect_one_field(received(connection, envelope()));
  const auto labels = label_fields(Tier::relay, delivery, connection);
  EXPECT_EQ(std::count(labels.begin(), labels.end(), '\n'), 5);
}

TEST(TraceFields, a_quoted_local_part_cannot_leave_its_quotes) {
  auto message = envelope();
  message.sender = *mail::MailAddress::parse(R"("a> b: \" c"@x.example)");
  EXPECT_EQ(return_path_field(message.sender), "Return-Path: <\"a> b: \\\" c\"@x.example>\r\n");
}

}  // namespace
}  // namespace sisu::smtp
