// Takes the PROXY v2 header off the front of a connection (proto/delivery.md), not one byte more.
#pragma once

#include "common/net/byte_stream.hpp"
#include "common/smtp/connection_info.hpp"
#include "proto/proxy_v2.hpp"

#include <asio/awaitable.hpp>

#include <stdexcept>
#include <string>

namespace sisu::client {

/// Why a connection's preface is not taken; one line for the log.
class PrefaceError : public std::runtime_error {
 public:
  explicit PrefaceError(const std::string& what) : std::runtime_error(what) {}
};

/// Throws PrefaceError for what is no such header, and what the stream throws. The caller sets the deadline.
asio::awaitable<proto::ProxyHeader> read_preface(net::ByteStream& stream);

/// What a channel of the relay must say of its sender: TCP addresses, a connection id, a source that can come from the
/// Internet (`development` lets loopback and private ones pass: sender, relay and client on one machine). Throws
/// PrefaceError.
enum class Network { internet, development };
proto::Preface require_delivery(const proto::ProxyHeader& header, Network network);

/// What a proxy on this machine says of a connection to a local port: its addresses and id replace those of
/// `connection` where it names them (LOCAL names none). Throws PrefaceError for an unspecified or multicast source.
void take_addresses(const proto::ProxyHeader& header, smtp::ConnectionInfo& connection);

}  // namespace sisu::client
