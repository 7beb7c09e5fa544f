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
  restart();
  const auto peer = connect();
  peer->send(Watch{"u"});
  EXPECT_EQ(expect_live(*peer, "u").digest, "d1");
}

/// Like a relay that was started with an empty state directory, or with another one's.
TEST_F(ServiceTest, who_is_not_declared_keeps_the_records_until_an_operator_prunes) {
  start();
  {
    const auto peer = connect();
    for (const char* owner : {"u", "v", "w"}) peer->send(user_set(owner));
    expect_live(*peer, "w");
  }
  restart();
  const auto peer = connect();
  peer->send(user_set("u"));
  peer->send(Complete{});
  const auto problem = peer->expect<Problem>().what;
  EXPECT_NE(problem.find("does not know 2 whose records are here (v, w): they stay."), problem.npos) << problem;
  EXPECT_NE(problem.find("\"sisumail-relay dns prune\""), problem.npos) << problem;
  peer->send(Ask{Ask::What::sync});
  const auto done = peer->expect<Done>();
  EXPECT_EQ(done.problem, problem) << "every command of an operator tells it";
  EXPECT_EQ(done.findings, 0U) << "nothing was removed";

  peer->send(user_set("v"));  // known after all
  peer->send(Ask{Ask::What::prune});
  for (std::size_t i = 0; i < user_records("w").size(); ++i)
    EXPECT_EQ(peer->expect<Finding>().kind, Finding::Kind::removed);
  EXPECT_EQ(peer->expect<Done>().problem, "");
  peer->send(Ask{Ask::What::prune});
  EXPECT_EQ(peer->expect<Done>().findings, 0U) << "once";
  stop();
  EXPECT_EQ(provider.zone, records_of({"u", "v"}));
}

TEST_F(ServiceTest, a_relay_that_knows_nobody_removes_nobody) {
  start();
  {
    const auto peer = connect();
    peer->send(user_set("u"));
    expect_live(*peer, "u");
  }
  restart();
  const auto peer = connect();
  peer->send(Complete{});
  const auto problem = peer->expect<Problem>().what;
  EXPECT_NE(problem.find("does not know 1 whose records are here (u)"), problem.npos) << problem;
  peer->send(Ask{Ask::What::sync});
  EXPECT_EQ(peer->expect<Done>().findings, 0U);
  stop();
  EXPECT_EQ(provider.zone, records_of({"u"}));
}

TEST_F(ServiceTest, the_relay_need_not_know_the_spool) {
  setup.users.tier2 = ::geteuid();
  start();
  {
    const auto peer = connect();
    peer->send(set_of("@spool", "s", spool_records));
    expect_live(*peer, "@spool");
  }
  setup.users.tier2.reset();
  restart();
  const auto peer = connect();
  peer->send(Complete{});
  peer->send(Ask{Ask::What::prune});
  EXPECT_EQ(peer->expect<Done>().problem, "");
  stop();
  EXPECT_EQ(provider.zone, spool_records);
}

/// Otherwise a device would take the zone for one without DANE, and roll its key without waiting.
TEST_F(ServiceTest, after_a_restart_a_signed_zone_is_one_also_while_the_provider_is_away) {
  start();
  {
    const auto peer = connect();
    peer->send(user_set("u"));
    expect_live(*peer, "u");
  }
  stop();
  provider.failure = ProviderError{.kind = ProviderError::Kind::unreachable, .what = "away"};
  restart();
  const auto peer = connect();
  EXPECT_TRUE(peer->expect<ServiceHello>().is_signed);
  peer->send(user_set("u"));
  EXPECT_TRUE(peer->expect<State>().live) << "as far as is known";
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
