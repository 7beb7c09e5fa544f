// The fields that a receiving server writes above a message: trace (RFC 5321 4.4) and our labels (wire contract,
// Labels). Whatever a sender said is cleaned on the way: none of it can begin a line of its own.
#pragma once

#include "common/base/uuid.hpp"
#include "common/mail/envelope.hpp"
#include "common/smtp/connection_info.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::smtp {

/// How a message came: over the client's own relay session, through the spool, or by a local port.
enum class Tier { relay, spool, local };
std::string_view label_of(Tier tier);  ///< "1", "2", "local"

/// `Return-Path: <...>`, RFC 5321 4.4; "<>" for a bounce.
std::string return_path_field(const mail::ReversePath& sender);

/// One `Delivered-To` for each recipient, in their order.
std::string delivered_to_fields(const std::vector<mail::Recipient>& recipients);

/// Sisumail-Tier, -Delivery-Id, -Connection-Id, -Sender, -TLS.
std::string label_fields(Tier tier, DeliveryId delivery, const ConnectionInfo& connection);

/// `Received`, folded. `by` is this server's name, `id` what the sender is told in the 250. Protocol keywords as RFC
/// 3848 and RFC 6531 4.3; TLS version and cipher as a comment; `for` only where there is one recipient, so that no
/// recipient learns of another (RFC 5321 7.2, 7.6).
std::string received_field(const ConnectionInfo& connection, const mail::Envelope& envelope, DeliveryId id,
                           std::string_view by, std::chrono::system_clock::time_point now);

struct TraceBlock {
  Tier tier = Tier::local;
  DeliveryId delivery;
  std::string_view by;
  std::chrono::system_clock::time_point now;
};

/// All of the above in the order in which they stand in a stored message: Return-Path, Delivered-To, labels, Received.
/// The message follows at once, its first field next.
std::string trace_block(const TraceBlock& block, const ConnectionInfo& connection, const mail::Envelope& envelope);

}  // namespace sisu::smtp
