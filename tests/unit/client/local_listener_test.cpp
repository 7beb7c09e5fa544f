#include "client/inbound/local_listener.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using Preface = ListenerInfo::Preface;

TEST(LocalListener, any_free_port_is_told) {
  asio::io_context loop;
  const auto listener = LocalListener::open(loop.get_executor(), *Endpoint::parse("127.0.0.1:0"), Preface::none);
  ASSERT_TRUE(listener);
  EXPECT_NE(listener->info().address.port, 0);
  EXPECT_NE(listener->info().id, ListenerId());
}

TEST(LocalListener, a_port_in_use_is_an_error_that_names_it_and_says_what_to_do) {
  asio::io_context loop;
  const auto first = LocalListener::open(loop.get_executor(), *Endpoint::parse("127.0.0.1:0"), Preface::none);
  ASSERT_TRUE(first);
  const auto second = LocalListener::open(loop.get_executor(), first->info().address, Preface::none);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find(first->info().address.to_string()), std::string::npos) << second.error();
  EXPECT_NE(second.error().find("in use"), std::string::npos) << second.error();
  EXPECT_NE(second.error().find("another port"), std::string::npos) << second.error();
}

TEST(LocalListener, an_address_that_is_not_this_machines_is_an_error_that_names_it) {
  asio::io_context loop;
  const auto refused = LocalListener::open(loop.get_executor(), *Endpoint::parse("192.0.2.1:2526"), Preface::none);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("192.0.2.1:2526"), std::string::npos) << refused.error();
}

}  // namespace
}  // namespace sisu::client
