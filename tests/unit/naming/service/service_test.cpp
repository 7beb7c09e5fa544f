#include "tests/unit/naming/service/service_fixture.hpp"

#include <sys/socket.h>
#include <sys/un.h>

namespace sisu::relay::naming {
namespace {

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
  provider.failure.reset();
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
  provider.is_signed_zone = true;
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
  EXPECT_EQ(peer->expect<Finding>().kind, Finding::Kind::ttl) << "a set has one, and that is the other's";
  const auto finding = peer->expect<Finding>();
  EXPECT_EQ(finding.kind, Finding::Kind::foreign);
  EXPECT_EQ(finding.owner, "u");
  EXPECT_EQ(peer->expect<Done>().findings, 2U);
  peer->send(Ask{Ask::What::sync});
  EXPECT_EQ(peer->expect<Done>().findings, 0U);
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
  start();
  connect()->expect<ServiceHello>();
}

TEST_F(ServiceTest, a_path_too_long_for_a_socket_is_told) {
  setup.socket = scratch / std::string(200, 'x');
  loop = std::make_unique<asio::io_context>(1);
  database = std::make_unique<RecordDatabase>(scratch / "names.db", setup.layout.zone);
  service = std::make_unique<Service>(*loop, *database, provider, visibility, setup, log::Logger());
  EXPECT_NE(service->listen().error().find("too long for a Unix socket"), std::string::npos);
}

}  // namespace
}  // namespace sisu::relay::naming
