// What a sender gets when the relay does not take its connection: one SMTP line in clear (RFC 5321 4.2.1, 3.8), before
// anything else was said, so that its queue knows that this is temporary.
#pragma once

#include <asio/ip/tcp.hpp>

#include <string_view>

namespace sisu::relay::tier1 {

/// Writes "421 4.7.0 REASON, try again later" and closes. Never waits: the line fits into any fresh socket's buffer,
/// and where it does not, it is dropped.
void refuse(asio::ip::tcp::socket socket, std::string_view reason);

}  // namespace sisu::relay::tier1
