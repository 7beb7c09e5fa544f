#include "common/smtp/trace_fields.hpp"

#include "common/mail/characters.hpp"
#include "common/mail/date.hpp"

#include <algorithm>

namespace sisu::smtp {
namespace {

constexpr std::size_t max_value = 900;  // stays under the 998 octets of a line (RFC 5322 2.1.1) with any name
constexpr std::size_t max_hello = 255;  // RFC 5321 4.5.3.1.2

/// The one place where a field is made. CRLF HTAB, which folds, is the only line end that gets through.
std::string field(std::string_view name, std::string_view value) {
  std::string line = std::string(name) + ": ";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool fold = value.substr(i).starts_with("\r\n\t");
    if (fold)
      line += "\r\n\t";
    else
      line += mail::is_control(value[i]) ? '?' : value[i];
    if (fold) i += 2;
  }
  return line + "\r\n";
}

/// A field of one line: nothing in `value` folds.
std::string plain_field(std::string_view name, std::string_view value) {
  std::string clean(value.substr(0, max_value));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return mail::is_control(c); }, '?');
  return field(name, clean);
}

/// What the sender called itself, fit for Extended-Domain: other characters than those of names and literals become
/// '?', which no comment, date or clause is made of.
std::string clean_hello(std::string_view hello) {
  const auto stays = [](char c) {
    return mail::is_let_dig(c) || std::string_view("-._:[]").find(c) != std::string_view::npos;
  };
  std::string clean(hello.substr(0, max_hello));
  std::replace_if(
      clean.begin(), clean.end(), [&](char c) { return !stays(c); }, '?');
  return clean.empty() ? "unknown" : clean;
}

/// Words of a TLS library inside a comment.
std::string clean_comment(std::string_view text) {
  std::string clean(text.substr(0, 64));
  const auto breaks = [](char c) { return !mail::is_let_dig(c) && c != '.' && c != '-' && c != '_'; };
  std::replace_if(clean.begin(), clean.end(), breaks, '?');
  return clean;
}

/// address-literal, RFC 5321 4.1.3.
std::string literal(const IpAddress& address) { return (address.is_v6() ? "[IPv6:" : "[") + address.to_string() + "]"; }

std::string_view protocol_keyword(const ConnectionInfo& connection, bool smtputf8) {
  if (!connection.extended) return "SMTP";
  if (smtputf8) return connection.tls ? "UTF8SMTPS" : "UTF8SMTP";
  return connection.tls ? "ESMTPS" : "ESMTP";
}

std::string tls_label(const ConnectionInfo& connection) {
  return connection.tls ? connection.tls->version + " " + connection.tls->cipher : "none";
}

/// "[192.0.2.1]:25", "[2001:db8::1]:25": brackets always, so that the last colon is always the port's.
std::string bracketed(const Endpoint& endpoint) {
  return "[" + endpoint.address.to_string() + "]:" + std::to_string(endpoint.port);
}

}  // namespace

std::string_view label_of(Tier tier) {
  switch (tier) {
    case Tier::relay:
      return "1";
    case Tier::spool:
      return "2";
    case Tier::local:
      return "local";
  }
  return "local";
}

std::string return_path_field(const mail::ReversePath& sender) {
  return plain_field("Return-Path", "<" + (sender ? sender->to_header() : std::string()) + ">");
}

std::string delivered_to_fields(const std::vector<mail::Recipient>& recipients) {
  std::string fields;
  for (const auto& recipient : recipients) fields += plain_field("Delivered-To", recipient.to_smtp());
  return fields;
}

std::string label_fields(Tier tier, DeliveryId delivery, const ConnectionInfo& connection) {
  return plain_field("Sisumail-Tier", label_of(tier)) + plain_field("Sisumail-Delivery-Id", delivery.to_string()) +
         plain_field("Sisumail-Connection-Id", connection.id.to_string()) +
         plain_field("Sisumail-Sender", bracketed(connection.peer)) +
         plain_field("Sisumail-TLS", tls_label(connection));
}

std::string received_field(const ConnectionInfo& connection, const mail::Envelope& envelope, DeliveryId id,
                           std::string_view by, std::chrono::system_clock::time_point now) {
  std::string value = "from " + clean_hello(connection.hello) + " (" + literal(connection.peer.address) + ")\r\n\t";
  if (connection.tls) {
    value += "(using " + clean_comment(connection.tls->version) + " with cipher " +
             clean_comment(connection.tls->cipher) + ")\r\n\t";
  }
  value += "by " + clean_hello(by) + " with " + std::string(protocol_keyword(connection, envelope.smtputf8)) +
           "\r\n\tid " + id.to_string();
  if (envelope.recipients.size() == 1) value += "\r\n\tfor <" + envelope.recipients[0].to_smtp() + ">";
  return field("Received", value + ";\r\n\t" + mail::format_date(now));
}

std::string trace_block(const TraceBlock& block, const ConnectionInfo& connection, const mail::Envelope& envelope) {
  return return_path_field(envelope.sender) + delivered_to_fields(envelope.recipients) +
         label_fields(block.tier, block.delivery, connection) +
         received_field(connection, envelope, block.delivery, block.by, block.now);
}

}  // namespace sisu::smtp
