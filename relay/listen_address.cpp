#include "relay/listen_address.hpp"

#include "relay/host/socket_address.hpp"

#include <netinet/in.h>
#include <unistd.h>

namespace sisu::relay {
namespace {

/// What :PORT stands for.
struct Hosts {
  std::string v4;
  std::string v6;
};
const Hosts loopback{"127.0.0.1", "[::1]"};
const Hosts everywhere{"0.0.0.0", "[::]"};

/// A kernel without IPv6, or with it turned off, has no ::1 and no ::, `:PORT` then means the IPv4 address alone.
bool machine_has(const Endpoint& address) {
  const int descriptor = ::socket(address.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const host::SocketAddress any_port(Endpoint{address.address, 0});
  const bool has = ::bind(descriptor, any_port.get(), any_port.length()) == 0;
  ::close(descriptor);
  return has;
}

Result<std::vector<Endpoint>, std::string> parse(std::string_view text, const Hosts& hosts) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  if (text.starts_with(':')) {
    const auto v4 = Endpoint::parse(hosts.v4 + std::string(text));
    const auto v6 = Endpoint::parse(hosts.v6 + std::string(text));
    if (!v4 || !v6) return fail(quoted + " is not :PORT with a port from 0 to 65535");
    if (machine_has(*v6)) return std::vector{*v4, *v6};
    return std::vector{*v4};
  }
  const auto address = Endpoint::parse(text);
  if (!address) return fail(quoted + " is not :PORT, ADDRESS:PORT or [ADDRESS]:PORT with a numeric address");
  return std::vector{*address};
}

}  // namespace

Result<std::vector<Endpoint>, std::string> parse_dev_listen(std::string_view text) {
  auto addresses = parse(text, loopback);
  if (addresses && !addresses->front().address.is_loopback()) {
    return fail("\"" + std::string(text) + "\" is not a loopback address: with --dev-user nothing else is listened on");
  }
  return addresses;
}

Result<std::vector<Endpoint>, std::string> parse_zone_listen(std::string_view text) { return parse(text, everywhere); }

}  // namespace sisu::relay
