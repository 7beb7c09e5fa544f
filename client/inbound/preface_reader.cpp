#include "client/inbound/preface_reader.hpp"

#include "proto/source_check.hpp"

#include <array>
#include <span>

namespace sisu::client {
namespace {

/// Without the relay's time of acceptance, now is as good.
proto::AcceptedTime now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void check(const proto::ProxyAddresses& addresses, proto::SourceRule rule) {
  const auto refusal = proto::check_source(addresses.source.address, addresses.destination.address, rule);
  if (!refusal) return;
  throw PrefaceError("the sender address " + addresses.source.to_string() +
                     " is refused: " + std::string(describe(*refusal)));
}

}  // namespace

asio::awaitable<proto::ProxyHeader> read_preface(net::ByteStream& stream) {
  std::array<char, proto::proxy_v2_length_limit> buffer{};
  std::size_t used = 0;
  for (;;) {
    const std::string_view bytes(buffer.data(), used);
    const auto parsed = proto::parse_proxy_v2(bytes);
    if (!parsed) throw PrefaceError("bad PROXY v2 header: " + std::string(describe(parsed.error())));
    if (parsed->has_value()) co_return (*parsed)->header;
    const std::size_t missing = proto::proxy_v2_missing(bytes);
    const std::size_t count = co_await stream.read_some(std::span(buffer).subspan(used, missing));
    if (count == 0) throw PrefaceError("the connection ended in the PROXY v2 header");
    used += count;
  }
}

proto::Preface require_delivery(const proto::ProxyHeader& header, Network network) {
  if (!header.addresses) throw PrefaceError("the relay named no sender address");
  if (!header.connection_id) throw PrefaceError("the relay named no connection id");
  const proto::ProxyAddresses& addresses = *header.addresses;
  check(addresses, network == Network::development ? proto::SourceRule::dev : proto::SourceRule::public_only);
  return {addresses.source, addresses.destination, *header.connection_id, header.accepted.value_or(now())};
}

void take_addresses(const proto::ProxyHeader& header, smtp::ConnectionInfo& connection) {
  if (header.connection_id) connection.id = *header.connection_id;
  if (header.accepted) connection.accepted = *header.accepted;
  if (!header.addresses) return;
  check(*header.addresses, proto::SourceRule::dev);  // its own network is the proxy's business
  connection.peer = header.addresses->source;
  connection.local = header.addresses->destination;
}

}  // namespace sisu::client
