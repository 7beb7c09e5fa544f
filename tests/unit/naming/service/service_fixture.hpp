// A Service with fakes around it, on a thread of its own, and the messages that peers send to it.
#pragma once

#include "relay/naming/service/service.hpp"
#include "tests/unit/naming/reconciler/subject.hpp"
#include "tests/unit/naming/service/line_peer.hpp"

#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <unistd.h>

namespace sisu::relay::naming {

namespace messages = proto::naming;
using namespace std::chrono_literals;
using messages::Ask;
using messages::Complete;
using messages::Done;
using messages::Finding;
using messages::Hello;
using messages::Problem;
using messages::ServiceHello;
using messages::State;
using messages::Watch;

inline messages::Record to_message(const Record& each) {
  return {.name = each.name.to_string(),
          .type = std::string(to_string(each.type)),
          .ttl = each.ttl.count(),
          .value = each.value};
}

inline messages::Set set_of(const std::string& owner, const std::string& digest, const RecordSet& records) {
  messages::Set set{.owner = owner, .digest = digest, .records = {}};
  for (const auto& each : records) set.records.push_back(to_message(each));
  return set;
}

inline messages::Set user_set(const std::string& user, const std::string& digest = "d1") {
  return set_of(user, digest, user_records(user));
}

inline const RecordSet spool_records = records({"_25._tcp.spool.example.org. 300 TLSA 3 1 1 " + digest_a});

/// A service on a thread of its own. This process plays the peers, so they all have its uid.
class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    setup.users = {.relay = ::geteuid(), .tier2 = {}, .own = ::geteuid()};
    setup.socket = scratch / "socket";
  }
  ~ServiceTest() override { stop(); }

  /// Also again, after stop().
  void start() {
    loop = std::make_unique<asio::io_context>(1);
    database = std::make_unique<RecordDatabase>(scratch / "names.db", setup.layout.zone);
    service = std::make_unique<Service>(*loop, *database, provider, visibility, setup, log::Logger());
    const auto listening = service->listen();
    ASSERT_TRUE(listening) << listening.error();
    thread = std::thread([this] { loop->run(); });
  }
  /// After it the fakes are the test's alone.
  void stop() { refused(""); }
  void restart() {
    stop();
    start();
  }
  static RecordSet records_of(const std::vector<std::string>& users) {
    RecordSet all;
    for (const auto& user : users) all.merge(user_records(user));
    return all;
  }
  /// What the service has counted; it is stopped for that.
  std::uint64_t refused(const std::string& kind) {
    if (!thread.joinable()) return 0;
    asio::post(*loop, [this] { service->stop(); });
    thread.join();
    const auto count = service->refused(kind);
    service.reset();
    return count;
  }
  std::unique_ptr<LinePeer> connect() {
    auto peer = std::make_unique<LinePeer>(setup.socket);
    peer->send(Hello{.zone = "example.org."});
    return peer;
  }
  /// Others' states may come at any time.
  State expect_state_of(LinePeer& peer, const std::string& owner) {
    for (;;) {
      if (auto state = peer.expect<State>(); state.owner == owner) return state;
    }
  }
  State expect_live(LinePeer& peer, const std::string& owner) {
    for (;;) {
      if (auto state = peer.expect<State>(); state.owner == owner && state.live) return state;
    }
  }

  test::ScratchDirectory scratch;
  FakeProvider provider;
  FakeVisibility visibility{provider};
  ServiceSetup setup{.layout = {.zone = name("example.org."), .tier1_zone = name("v6.example.org.")},
                     .users = {},
                     .socket = {},
                     .limits = {},
                     .reconciler = {}};
  std::unique_ptr<asio::io_context> loop;
  std::unique_ptr<RecordDatabase> database;
  std::unique_ptr<Service> service;
  std::thread thread;
};

}  // namespace sisu::relay::naming
