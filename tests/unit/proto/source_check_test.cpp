#include "proto/source_check.hpp"

#include <gtest/gtest.h>

namespace sisu::proto {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
const IpAddress own = ip("2001:db8:5157::7");

struct Case {
  const char* source;
  std::optional<SourceRefusal> in_service;
  std::optional<SourceRefusal> in_dev_mode;
};

constexpr auto good = std::nullopt;

const Case cases[] = {
    {"192.0.2.1", good, good},
    {"2001:db8::1", good, good},
    {"172.32.0.1", good, good},
    {"::ffff:192.0.2.1", good, good},
    {"127.0.0.1", SourceRefusal::loopback, good},
    {"127.255.255.254", SourceRefusal::loopback, good},
    {"::1", SourceRefusal::loopback, good},
    {"::ffff:127.0.0.1", SourceRefusal::loopback, good},
    {"169.254.1.1", SourceRefusal::link_local, good},
    {"fe80::1", SourceRefusal::link_local, good},
    {"febf::1", SourceRefusal::link_local, good},
    {"10.1.2.3", SourceRefusal::private_network, good},
    {"172.16.0.1", SourceRefusal::private_network, good},
    {"192.168.0.1", SourceRefusal::private_network, good},
    {"::ffff:192.168.0.1", SourceRefusal::private_network, good},
    {"100.64.0.1", SourceRefusal::private_network, good},
    {"fd53::25", SourceRefusal::private_network, good},
    {"2001:db8:5157::7", SourceRefusal::own_address, good},
    {"224.0.0.1", SourceRefusal::multicast, SourceRefusal::multicast},
    {"255.255.255.255", SourceRefusal::multicast, SourceRefusal::multicast},
    {"ff02::1", SourceRefusal::multicast, SourceRefusal::multicast},
    {"0.0.0.0", SourceRefusal::unspecified, SourceRefusal::unspecified},
    {"::", SourceRefusal::unspecified, SourceRefusal::unspecified},
};

TEST(SourceCheck, only_public_sources_pass_in_service) {
  for (const Case& c : cases) {
    EXPECT_EQ(check_source(ip(c.source), own, SourceRule::public_only), c.in_service) << c.source;
  }
}

TEST(SourceCheck, one_machine_is_enough_in_dev_mode) {
  for (const Case& c : cases) EXPECT_EQ(check_source(ip(c.source), own, SourceRule::dev), c.in_dev_mode) << c.source;
}

}  // namespace
}  // namespace sisu::proto
