// The control socket, both ends, over a real socket in a directory of the test's own.
#include "client/agent/control_client.hpp"
#include "client/agent/control_server.hpp"
#include "common/net/task_group.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

StatusReport full_report() {
  StatusReport report;
  report.version = "0.1.0";
  report.address = "*@niklas.test";
  report.host = "niklas.v6.test";
  report.maildir = "/mail/niklas/M\xE4il \"quoted\"\n";
  report.relay = "relay.test:22";
  report.link = "waiting";
  report.link_reason = "connection refused";
  report.link_since = 7s;
  report.senders_reach = {"[2001:db8::1]:25"};
  report.missing = {"no session with the relay"};
  report.records = "live";
  report.dane = "ok";
  report.certificate = "self-signed, DANE ok";
  report.connections = 3;
  report.key.ring = {std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c'), std::string(64, 'a')};
  report.key.served = std::string(64, 'a');
  report.key.step = keys::RollStep::Kind::wait;
  report.key.wait = 240s;
  report.key.next_live = 12s;
  report.key.trouble = "what?";
  return report;
}

asio::awaitable<Result<void, std::string>> refuse(std::string reason) {
  if (!reason.empty()) co_return fail(std::move(reason));
  co_return Result<void, std::string>();
}

template <class Report>
asio::awaitable<Report> given(Report report) {
  co_return report;
}

/// A server on a thread of its own.
class Control : public testing::Test {
 protected:
  void start(ControlLimits limits = {}) {
    auto listener = listen_control(place.path());
    ASSERT_TRUE(listener) << listener.error().what;
    ControlHandler handler{[this] { return given(report); }, [this] { return given(report.key); },
                           [this] {
                             ++rolls;
                             return refuse(roll_refusal);
                           }};
    server = std::make_unique<ControlServer>(loop.get_executor(), std::move(*listener), handler, limits, log::Logger());
    tasks.spawn(server->serve());
    thread = std::thread([this] { loop.run(); });
  }
  ~Control() override {
    if (!thread.joinable()) return;
    asio::post(loop, [this] { tasks.stop(); });
    thread.join();
  }

  ControlClient client() { return ControlClient(place.path(), 10s); }

  /// What comes back for these bytes; empty when the connection was cut.
  std::string exchange(const std::string& bytes) {
    const auto connection = connect_control(place.path(), 10s);
    EXPECT_TRUE(connection);
    EXPECT_EQ(::send(connection->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::array<char, 1000> answer{};
    const ssize_t count = ::read(connection->get(), answer.data(), answer.size());
    return {answer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }

  asio::io_context loop;
  test::ScratchDirectory place;
  StatusReport report = full_report();
  std::string roll_refusal;
  std::atomic<int> rolls = 0;
  net::TaskGroup tasks{loop.get_executor()};
  std::unique_ptr<ControlServer> server;
  std::thread thread;
};

TEST_F(Control, status_arrives_as_it_was_given) {
  report.maildir = "/mail/niklas/Mail \"quoted\"\n";
  start();
  const auto answer = client().status();
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, report);
}

TEST_F(Control, bytes_that_are_no_utf_8_are_replaced) {
  start();
  const auto answer = client().status();
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_NE(answer->maildir, report.maildir);
  EXPECT_TRUE(answer->maildir.starts_with("/mail/niklas/M"));
}

TEST_F(Control, key_status_arrives_as_it_was_given_with_and_without_what_may_be_absent) {
  start();
  EXPECT_EQ(client().key_status().value(), report.key);
  report.key = KeyReport{};
  EXPECT_EQ(client().key_status().value(), report.key);
}

TEST_F(Control, a_roll_is_wished_once_and_a_refusal_has_its_reason) {
  start();
  EXPECT_TRUE(client().roll());
  EXPECT_EQ(rolls, 1);
  roll_refusal = "the key was given with --tls-key";
  const auto refused = client().roll();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, roll_refusal);
}

TEST_F(Control, only_the_owner_can_open_the_socket) {
  start();
  struct stat about {};
  ASSERT_EQ(::stat((place / "control").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

/// Connects as `nobody`, and answers whether the connection was served.
bool served_as_another_user(const std::filesystem::path& state) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(2);
    const auto connection = connect_control(state, 10s);
    const std::string_view request = "{\"request\":\"status\"}\n";
    char byte = 0;
    const bool answered = connection && ::send(connection->get(), request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                          ::read(connection->get(), &byte, 1) == 1;
    ::_exit(answered ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST_F(Control, another_user_is_cut_even_where_the_socket_can_be_opened) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be somebody else";
  start();
  EXPECT_FALSE(served_as_another_user(place.path())) << "0600";
  ::chmod(place.path().c_str(), 0755);
  ::chmod((place / "control").c_str(), 0666);
  EXPECT_FALSE(served_as_another_user(place.path())) << "the uid is looked at, too";
  EXPECT_TRUE(client().status());
}

TEST_F(Control, several_requests_on_one_connection_are_answered_in_turn) {
  start();
  const auto connection = connect_control(place.path(), 10s);
  ASSERT_TRUE(connection);
  for (int i = 0; i < 3; ++i) {
    const std::string request = "{\"request\":\"key-status\"}\n";
    ASSERT_GT(::send(connection->get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
    std::array<char, 4000> answer{};
    ASSERT_GT(::read(connection->get(), answer.data(), answer.size()), 0);
    EXPECT_EQ(std::string(answer.data()).substr(0, 7), "{\"key\":");
  }
}

TEST_F(Control, requests_that_make_no_sense_are_answered) {
  start();
  for (const char* request : {"\n", "status\n", "[]\n", "{}\n", "{\"request\":7}\n", "{\"request\":\"explode\"}\n",
                              "{\"request\":\"status\"\n", "\xFF\xFE\n"}) {
    EXPECT_TRUE(exchange(request).starts_with("{\"error\":")) << request;
  }
}

TEST_F(Control, a_line_without_end_is_cut) {
  start();
  EXPECT_EQ(exchange(std::string(control_request_limit + 1, 'x')), "");
  EXPECT_TRUE(client().status()) << "others are served";
}

TEST_F(Control, a_request_that_does_not_come_is_cut) {
  start({8, 20ms});
  EXPECT_EQ(exchange("{\"request\""), "");
}

TEST_F(Control, one_connection_more_than_the_limit_is_cut_and_the_others_go_on) {
  start({2, 30s});
  const auto first = connect_control(place.path(), 10s);
  const auto second = connect_control(place.path(), 10s);
  const auto third = connect_control(place.path(), 10s);
  ASSERT_TRUE(first && second && third);
  char byte = 0;
  EXPECT_EQ(::read(third->get(), &byte, 1), 0);
}

TEST_F(Control, without_a_client_it_is_said_that_nobody_runs) {
  const auto absent = client().status();
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().problem, ControlProblem::nobody_there);
  { const auto left = listen_control(place.path()); }
  EXPECT_EQ(client().status().error().problem, ControlProblem::nobody_there) << "a socket that a crash left";
  EXPECT_EQ(ControlClient(place / "nowhere").status().error().problem, ControlProblem::nobody_there);
}

TEST_F(Control, a_state_directory_with_a_long_name_serves_too) {
  const auto deep = place / (std::string(100, 'd') + "/" + std::string(100, 'e'));
  std::filesystem::create_directories(deep);
  const auto listener = listen_control(deep);
  ASSERT_TRUE(listener) << listener.error().what;
  EXPECT_TRUE(connect_control(deep, 1s));
}

TEST_F(Control, a_client_that_says_nothing_is_not_waited_for_without_end) {
  const auto listener = listen_control(place.path());
  ASSERT_TRUE(listener);
  const auto silent = ControlClient(place.path(), 20ms).status();
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().problem, ControlProblem::failed);
}

TEST(StatusLines, what_is_no_report_is_refused) {
  const std::string good = status_line(full_report());
  EXPECT_TRUE(parse_status_line(good));
  for (const std::string& line : {std::string(), std::string("{}"), std::string("[]"), std::string("{\"status\":{}}"),
                                  std::string("{\"status\":7}"), good.substr(0, good.size() / 2), key_line({})}) {
    EXPECT_FALSE(parse_status_line(line)) << line;
  }
  EXPECT_EQ(parse_status_line(R"({"error":"no"})").error(), "no");
  EXPECT_FALSE(parse_key_line(good));
}

TEST(RollText, says_what_is_waited_for) {
  KeyReport report = full_report().key;
  EXPECT_EQ(roll_text(report), "waits 4 min: senders may know an older set of records until then");
  report.wait.reset();
  EXPECT_NE(roll_text(report).find("every name server"), std::string::npos);
  report.step = keys::RollStep::Kind::offline;
  EXPECT_NE(roll_text(report).find("session"), std::string::npos);
  report.step = keys::RollStep::Kind::prepare;
  EXPECT_NE(roll_text(report).find("certificate"), std::string::npos);
  report.ring.roll_away_from.reset();
  report.ring.former.reset();
  EXPECT_EQ(roll_text(report), "none");
  report.own_keys = false;
  EXPECT_NE(roll_text(report).find("--tls-key"), std::string::npos);
}

}  // namespace
}  // namespace sisu::client
