#include "relay/naming/service/service.hpp"

#include "tests/unit/naming/reconciler/subject.hpp"
#include "tests/unit/naming/service/line_peer.hpp"

#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <future>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace sisu::relay::naming {
namespace {

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

messages::Record to_message(const Record& each) {
  return {.name = each.name.to_string(),
          .type = std::string(to_string(each.type)),
          .ttl = each.ttl.count(),
          .value = each.value};
}

messages::Set set_of(const std::string& owner, const std::string& digest, const RecordSet& records) {
  messages::Set set{.owner = owner, .digest = digest, .records = {}};
  for (const auto& each : records) set.records.push_back(to_message(each));
  return set;
}

messages::Set user_set(const std::string& user, const std::string& digest = "d1") {
  return set_of(user, digest, user_records(user));
}

const RecordSet spool_records = records({"_25._tcp.spool.example.org. 300 TLSA 3 1 1 " + digest_a});

/// A service on a thread of its own. This process plays the peers, so they all have its uid.
class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    setup.users = {.relay = ::geteuid(), .tier2 = {}, .own = ::geteuid()};
    setup.socket = scratch / "socket";
  }
  ~ServiceTest() override { stop(); }

  void start() {
    database = std::make_unique<RecordDatabase>(scratch / "names.db", setup.layout.zone);
    service = std::make_unique<Service>(loop, *database, provider, visibility, setup, log::Logger());
    const auto listening = service->listen();
    ASSERT_TRUE(listening) << listening.error();
    thread = std::thread([this] { loop.run(); });
  }
  void stop() {
    if (!thread.joinable()) return;
    asio::post(loop, [this] { service->stop(); });
    thread.join();
  }
  /// What the service has counted; it is stopped for that.
  std::uint64_t refused(const std::string& kind) {
    stop();
    return service->refused(kind);
  }
  std::unique_ptr<LinePeer> connect() {
    auto peer = std::make_unique<LinePeer>(setup.socket);
    peer->send(Hello{.zone = "example.org."});
    return peer;
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
  asio::io_context loop{1};
  std::unique_ptr<RecordDatabase> database;
  std::unique_ptr<Service> service;
  std::thread thread;
};

TEST_F(ServiceTest, a_set_is_stored_written_and_told_to_be_live) {
  start();
  const auto peer = connect();
  EXPECT_EQ(peer->expect<ServiceHello>().provider, "fake");
  peer->send(user_set("u"));
  EXPECT_EQ(peer->expect<State>().digest, "d1");
  const auto state = expect_live(*peer, "u");
  EXPECT_EQ(state.problem, "");
  ASSERT_EQ(state.tlsa.size(), 1U);
  EXPECT_EQ(state.tlsa[0].sha256, digest_a);
  stop();
  EXPECT_EQ(provider.zone, user_records("u"));
}

TEST_F(ServiceTest, many_sets_in_one_go_are_all_answered) {
  start();
  const auto peer = connect();
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += to_line(messages::Request(user_set("u" + std::to_string(i)))) + '\n';
  peer->send_text(lines);
  std::set<std::string> live;
  while (live.size() < 1000) {
    if (const auto state = peer->expect<State>(); state.live) live.insert(state.owner);
  }
}

TEST_F(ServiceTest, a_set_that_is_known_is_answered_with_its_state) {
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  const auto again = connect();
  again->send(user_set("u"));
  EXPECT_TRUE(again->expect<State>().live) << "at once";
}

TEST_F(ServiceTest, what_was_stored_survives_and_is_reconciled_without_any_peer) {
  provider.failure = ProviderError{.kind = ProviderError::Kind::unreachable, .what = "away"};
  start();
  {
    const auto peer = connect();
    peer->send(user_set("u"));
    EXPECT_FALSE(peer->expect<State>().live);
  }
  stop();
  service.reset();
  database.reset();
  provider.failure.reset();
  loop.restart();
  start();
  const auto peer = connect();
  peer->send(Watch{"u"});
  EXPECT_EQ(expect_live(*peer, "u").digest, "d1");
}

TEST_F(ServiceTest, complete_removes_who_was_not_declared_but_not_the_spool) {
  setup.users.tier2 = ::geteuid();
  start();
  {
    const auto peer = connect();
    peer->send(user_set("u"));
    peer->send(user_set("v"));
    peer->send(set_of("@spool", "s", spool_records));
    for (const char* owner : {"u"}) expect_live(*peer, owner);
  }
  stop();
  service.reset();
  database.reset();
  loop.restart();
  setup.users.tier2.reset();
  start();
  const auto peer = connect();
  peer->send(Watch{"v"});
  peer->send(user_set("u"));
  peer->send(Complete{});
  for (;;) {
    const auto state = peer->expect<State>();
    if (state.owner == "v" && state.digest.empty()) break;
  }
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!database->load(std::vector<std::string>{"v"}).empty() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  stop();
  auto expected = user_records("u");
  expected.insert(spool_records.begin(), spool_records.end());
  EXPECT_EQ(provider.zone, expected);
}

TEST_F(ServiceTest, an_owner_whose_records_are_gone_is_told_so) {
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  peer->send(set_of("u", "gone", {}));
  for (;;) {
    const auto state = peer->expect<State>();
    if (state.digest == "gone" && state.live) break;
  }
  stop();
  EXPECT_TRUE(provider.zone.empty());
}

TEST_F(ServiceTest, a_watched_owner_without_a_set_has_no_digest) {
  start();
  const auto peer = connect();
  peer->send(Watch{"@spool"});
  const auto state = peer->expect<State>();
  EXPECT_EQ(state.digest, "");
  EXPECT_FALSE(state.live);
}

TEST_F(ServiceTest, a_watch_tells_every_change) {
  start();
  const auto watcher = connect();
  watcher->send(Watch{"u"});
  EXPECT_EQ(watcher->expect<State>().digest, "");
  const auto peer = connect();
  peer->send(user_set("u", "new"));
  EXPECT_EQ(expect_live(*watcher, "u").digest, "new");
}

TEST_F(ServiceTest, a_problem_is_told_with_the_state) {
  provider.failure = ProviderError{.kind = ProviderError::Kind::unreachable, .what = "127.0.0.1:53: refused"};
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  for (;;) {
    if (const auto state = peer->expect<State>(); !state.problem.empty()) {
      EXPECT_EQ(state.problem.substr(0, 21), "127.0.0.1:53: refused");
      break;
    }
  }
}

TEST_F(ServiceTest, hello_comes_again_when_the_zone_becomes_signed) {
  setup.reconciler.signed_interval = 0s;
  provider.is_signed_zone = false;
  start();
  const auto peer = connect();
  while (peer->expect<ServiceHello>().is_signed) {
  }
  stop();
  service.reset();
  database.reset();
  provider.is_signed_zone = true;
  loop.restart();
  start();
  const auto again = connect();
  while (!again->expect<ServiceHello>().is_signed) {
  }
}

TEST_F(ServiceTest, questions_are_answered_with_findings_and_done) {
  provider.zone = records({"u.example.org. 60 TXT \"foreign\""});
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  peer->send(Ask{Ask::What::diff});
  const auto finding = peer->expect<Finding>();
  EXPECT_EQ(finding.kind, Finding::Kind::foreign);
  EXPECT_EQ(finding.owner, "u");
  EXPECT_EQ(peer->expect<Done>().findings, 1U);
  peer->send(Ask{Ask::What::sync});
  EXPECT_EQ(peer->expect<Done>().findings, 0U);
}

// Refused

/// Of another user, where this process may become one. The kernel keeps the uid of the thread that connects.
std::unique_ptr<LinePeer> connect_as(uid_t user, const std::filesystem::path& socket) {
  std::unique_ptr<LinePeer> peer;
  std::thread other([&] {
    if (::geteuid() == 0) ::syscall(SYS_setresuid, -1, user, -1);  // of this thread alone
    peer = std::make_unique<LinePeer>(socket);
  });
  other.join();
  return peer;
}

TEST_F(ServiceTest, whoever_is_not_named_is_cut) {
  constexpr uid_t stranger = 54321;
  setup.users = {.relay = stranger + 1, .tier2 = stranger + 2, .own = stranger + 3};
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  start();
  const auto peer = connect_as(stranger, setup.socket);
  EXPECT_NE(peer->expect<Problem>().what.find("may not speak here"), std::string::npos);
  peer->expect_end();
  EXPECT_EQ(refused("peer"), 1U);
}

TEST_F(ServiceTest, tier2_declares_the_spool_and_nothing_else) {
  const uid_t tier2 = ::geteuid() == 0 ? 54321 : ::geteuid();
  setup.users = {.relay = tier2 + 1, .tier2 = tier2, .own = tier2 + 2};
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  start();
  const auto peer = connect_as(tier2, setup.socket);
  peer->send(Hello{.zone = "example.org."});
  peer->send(set_of("@spool", "s", spool_records));
  EXPECT_EQ(expect_live(*peer, "@spool").tlsa.size(), 1U);
  peer->send(user_set("u"));
  EXPECT_EQ(peer->expect<State>().problem, "refused: you may not declare u");
  peer->send(Watch{"u"});
  EXPECT_EQ(peer->expect<Problem>().what, "you may not watch u");
  peer->send(Ask{Ask::What::diff});
  EXPECT_EQ(peer->expect<Problem>().what, "you may not ask");
}

TEST_F(ServiceTest, root_and_the_service_itself_may_ask_but_not_declare) {
  setup.users = {.relay = ::geteuid() + 1, .tier2 = {}, .own = ::geteuid()};
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  EXPECT_EQ(peer->expect<State>().problem, "refused: you may not declare u");
  peer->send(Complete{});
  EXPECT_EQ(peer->expect<Problem>().what, "you may not declare owners");
  peer->send(Ask{Ask::What::diff});
  peer->expect<Done>();
  EXPECT_EQ(refused("right"), 2U);
}

TEST_F(ServiceTest, the_relay_may_not_declare_the_spool) {
  start();
  const auto peer = connect();
  peer->send(set_of("@spool", "s", spool_records));
  EXPECT_EQ(peer->expect<State>().problem, "refused: you may not declare @spool");
  EXPECT_EQ(refused("right"), 1U);
  EXPECT_TRUE(provider.zone.empty());
}

TEST(PeerRights, are_those_of_the_contract) {
  const PeerUsers users{.relay = 10, .tier2 = 11, .own = 12};
  const ZoneLayout layout{.zone = name("example.org."), .tier1_zone = name("v6.example.org.")};
  const auto user = Owner::parse("u", layout).value();
  const auto zone = Owner::parse("@zone", layout).value();
  const auto spool = Owner::parse("@spool", layout).value();
  const auto relay = rights_of(10, users), tier2 = rights_of(11, users), own = rights_of(12, users),
             root = rights_of(0, users), other = rights_of(13, users);
  EXPECT_TRUE(relay.may_declare(user) && relay.may_declare(zone) && relay.asks && !relay.may_declare(spool));
  EXPECT_TRUE(tier2.may_declare(spool) && tier2.may_watch(spool));
  EXPECT_FALSE(tier2.may_declare(user) || tier2.may_declare(zone) || tier2.asks || tier2.may_watch(user));
  for (const auto& asker : {own, root}) {
    EXPECT_TRUE(asker.asks && asker.may_watch(user));
    EXPECT_FALSE(asker.may_declare(user) || asker.may_declare(spool));
  }
  EXPECT_FALSE(other.any());
  EXPECT_FALSE(rights_of(13, PeerUsers{.relay = {}, .tier2 = {}, .own = 12}).any());
}

TEST_F(ServiceTest, attack_sets_are_refused_and_nothing_of_them_is_stored) {
  start();
  const auto peer = connect();
  const std::string long_label(300, 'a');
  const std::pair<messages::Record, std::string> attacks[] = {
      {{"v.example.org.", "MX", 60, "10 evil.example."}, "record 1: v.example.org. is not a name of u"},
      {{"example.org.", "TXT", 60, "\"v=spf1 +all\""}, "record 1: example.org. is not a name of u"},
      {{"u.v6.example.org.evil.", "A", 60, "192.0.2.1"}, "record 1: u.v6.example.org.evil. is not a name of u"},
      {{"evilu.example.org.", "A", 60, "192.0.2.1"}, "record 1: evilu.example.org. is not a name of u"},
      {{"spool.example.org.", "A", 60, "192.0.2.1"}, "record 1: spool.example.org. is not a name of u"},
      {{"u.example.org", "A", 60, "192.0.2.1"}, "record 1: the name does not end with a dot"},
      {{"u.example.org..", "A", 60, "192.0.2.1"}, "record 1: the name has an empty label"},
      {{"*.u.example.org.", "A", 60, "192.0.2.1"}, "record 1: the name has a character other than"},
      {{"a b.u.example.org.", "A", 60, "192.0.2.1"}, "record 1: the name has a character other than"},
      {{"u.example.org.", "NS", 60, "ns.evil.example."}, "record 1: the type is not one of"},
      {{"u.example.org.", "CNAME", 60, "evil.example."}, "record 1: the type is not one of"},
      {{"u.example.org.", "A", 60, "192.0.2.1\nv.example.org. A 192.0.2.2"},
       "record 1: the value is not one of its type"},
      {{"u.example.org.", "TXT", 60, "\"a\" ; $INCLUDE /etc/shadow"}, "record 1: the value is not one of its type"},
  };
  for (const auto& [each, why] : attacks) {
    auto set = user_set("u", "attack");
    set.records.insert(set.records.begin(), each);
    peer->send(set);
    const auto state = peer->expect<State>();
    EXPECT_EQ(state.problem.substr(0, 9 + why.size()), "refused: " + why);
    EXPECT_EQ(state.digest, "attack");
    EXPECT_FALSE(state.live);
  }
  auto label = user_set("u");
  label.records[0].name = long_label.substr(0, 64) + ".u.example.org.";
  peer->send(label);
  EXPECT_EQ(peer->expect<State>().problem, "refused: record 1: the name has a label of more than 63 characters");
  label.records[0].name = long_label + ".u.example.org.";
  peer->send(label);
  EXPECT_EQ(peer->expect<Problem>().what, "set.records[0].name is missing, of another type, or beyond its limit");
  for (const char* owner : {"u.v6", "U", "_dmarc", "v6", "spool", "@", "a b", "*"}) {
    auto set = user_set("u");
    set.owner = owner;
    peer->send(set);
    EXPECT_EQ(peer->expect<State>().problem.substr(0, 18), "refused: the owner") << owner;
  }
  EXPECT_EQ(refused("foreign-name"), 5U);
  EXPECT_TRUE(provider.zone.empty());
  EXPECT_TRUE(database->owners().empty());
}

TEST_F(ServiceTest, first_comes_hello_with_our_zone_and_version) {
  start();
  const std::pair<messages::Request, std::string> wrong[] = {
      {Watch{"u"}, "the first line must be hello"},
      {Hello{.version = 2, .zone = "example.org."}, "version 2 is not spoken here"},
      {Hello{.zone = "example.com."}, "the zone here is example.org., not example.com."},
      {Hello{.zone = "example.org"}, "the zone here is example.org., not example.org:"},
  };
  for (const auto& [line, why] : wrong) {
    LinePeer peer(setup.socket);
    peer.send(line);
    EXPECT_EQ(peer.expect<Problem>().what.substr(0, why.size()), why);
    peer.expect_end();
  }
  const auto peer = connect();
  peer->send(Hello{.zone = "example.org."});
  EXPECT_EQ(peer->expect<Problem>().what, "a second hello");
  peer->expect_end();
}

TEST_F(ServiceTest, who_does_not_name_the_zone_may_ask_and_watch_but_not_declare) {
  start();
  LinePeer peer(setup.socket);
  peer.send(Hello{});
  EXPECT_EQ(peer.expect<ServiceHello>().zone, "example.org.");
  peer.send(Watch{"u"});
  peer.expect<State>();
  peer.send(Ask{Ask::What::diff});
  peer.expect<Done>();
  peer.send(user_set("u"));
  EXPECT_EQ(peer.expect<Problem>().what, "whoever declares owners must name the zone in hello");
  peer.expect_end();
}

TEST_F(ServiceTest, a_peer_that_says_nothing_is_cut) {
  setup.limits.hello_time = 20ms;
  start();
  LinePeer peer(setup.socket);
  EXPECT_EQ(peer.expect<Problem>().what, "no hello came in time");
  peer.expect_end();
  EXPECT_EQ(refused("hello-time"), 1U);
}

TEST_F(ServiceTest, a_line_that_is_too_long_ends_the_connection) {
  start();
  for (const std::string& end : {std::string("\n"), std::string()}) {
    const auto peer = connect();
    peer->send_text(std::string(messages::line_limit + 1, ' ') + end);
    EXPECT_EQ(peer->expect<Problem>().what, "the line is longer than 262144 bytes");
    peer->expect_end();
  }
  EXPECT_EQ(refused("line"), 2U);
}

TEST_F(ServiceTest, a_line_that_is_no_object_ends_the_connection_and_an_unknown_one_does_not) {
  start();
  const auto peer = connect();
  peer->send_text("{\"new\":{}}\n{\"watch\":{}}\n");
  EXPECT_EQ(peer->expect<Problem>().what, "lines of the kind \"new\" are not known here");
  EXPECT_EQ(peer->expect<Problem>().what, "watch.owner is missing, of another type, or beyond its limit");
  peer->send_text("HELO\n");
  EXPECT_EQ(peer->expect<Problem>().what, "the line is not a JSON object");
  peer->expect_end();
}

TEST_F(ServiceTest, connections_have_a_limit) {
  setup.limits.connections = 2;
  start();
  const auto first = connect(), second = connect();
  first->expect<ServiceHello>();
  second->expect<ServiceHello>();
  LinePeer third(setup.socket);
  EXPECT_NE(third.expect<Problem>().what.find("too many connections"), std::string::npos);
  third.expect_end();
  EXPECT_EQ(refused("connections"), 1U);
}

TEST_F(ServiceTest, owners_of_a_connection_have_a_limit) {
  setup.limits.owners = 1;
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  peer->send(user_set("v"));
  EXPECT_EQ(peer->expect<State>().problem, "refused: too many owners on one connection");
  EXPECT_EQ(refused("owners"), 1U);
}

TEST_F(ServiceTest, questions_that_wait_have_a_limit) {
  setup.limits.questions = 0;
  start();
  const auto peer = connect();
  peer->send(Ask{Ask::What::check});
  EXPECT_EQ(peer->expect<Done>().problem, "too many questions wait for an answer: ask later");
  EXPECT_EQ(refused("questions"), 1U);
}

TEST_F(ServiceTest, a_peer_that_does_not_read_is_cut) {
  setup.limits.write_time = 50ms;
  for (int i = 0; i < 9'000; ++i)
    provider.zone.insert(record("u.example.org. 60 TXT \"" + std::string(200, 'x') + std::to_string(i) + '"'));
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  peer->send(Ask{Ask::What::diff});
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    std::promise<std::uint64_t> count;
    asio::post(loop, [&] { count.set_value(service->refused("write")); });
    if (count.get_future().get() > 0) break;
  }
  EXPECT_EQ(refused("write"), 1U);
}

TEST_F(ServiceTest, lines_of_a_flood_are_not_read_while_their_answers_wait) {
  setup.limits.unsent_answers = 1;
  start();
  const auto peer = connect();
  std::string flood;
  for (int i = 0; i < 20'000; ++i) flood += "{\"new\":{}}\n";
  std::thread writer([&] { peer->send_text(flood); });
  for (int i = 0; i < 20'000; ++i) peer->expect<Problem>();
  writer.join();
  EXPECT_EQ(refused("line"), 20'000U);
}

TEST_F(ServiceTest, a_socket_that_was_left_behind_is_replaced_and_removed_at_the_end) {
  start();
  stop();
  EXPECT_FALSE(std::filesystem::exists(setup.socket));
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  setup.socket.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  service.reset();
  database.reset();
  loop.restart();
  start();
  connect()->expect<ServiceHello>();
}

TEST_F(ServiceTest, a_path_too_long_for_a_socket_is_told) {
  setup.socket = scratch / std::string(200, 'x');
  database = std::make_unique<RecordDatabase>(scratch / "names.db", setup.layout.zone);
  service = std::make_unique<Service>(loop, *database, provider, visibility, setup, log::Logger());
  EXPECT_NE(service->listen().error().find("too long for a Unix socket"), std::string::npos);
}

TEST(RefusalLog, counts_everything_and_writes_a_line_a_minute) {
  std::chrono::steady_clock::time_point now{};
  RefusalLog refusals(log::Logger(), [&] { return now; });
  for (int i = 0; i < 5; ++i) refusals.refuse("line", "x");
  refusals.refuse("peer", "y");
  EXPECT_EQ(refusals.count("line"), 5U);
  EXPECT_EQ(refusals.count("peer"), 1U);
  EXPECT_EQ(refusals.count("other"), 0U);
}

}  // namespace
}  // namespace sisu::relay::naming
