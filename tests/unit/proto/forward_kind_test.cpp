#include "proto/forward_kind.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sisu::proto {
namespace {

TEST(ForwardKind, both_names_come_back) {
  for (const ForwardKind kind : {ForwardKind::smtp_delivery, ForwardKind::smtp_raw}) {
    EXPECT_EQ(parse_forward(forward_address(kind), forward_port), kind);
  }
}

TEST(ForwardKind, anything_else_is_refused) {
  for (const char* address :
       {"", "smtp", "SMTP-DELIVERY", "smtp-delivery ", "smtp-delivery\n", "localhost", "0.0.0.0"}) {
    EXPECT_FALSE(parse_forward(address, forward_port)) << address;
  }
  EXPECT_FALSE(parse_forward(std::string("smtp-raw\0", 9), forward_port));
  for (const std::uint32_t port : {0U, 24U, 2525U, 65536U + 25U}) {
    EXPECT_FALSE(parse_forward("smtp-delivery", port)) << port;
  }
}

}  // namespace
}  // namespace sisu::proto
