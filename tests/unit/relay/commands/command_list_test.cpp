#include "tests/support/run_coroutine.hpp"
#include "tests/unit/relay/commands/fake_caller.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

using Json = nlohmann::json;

class CommandsTest : public testing::Test {
 public:
  asio::awaitable<void> call(std::string line) { status = co_await run_command_line(caller, io, std::move(line)); }
  void run(std::string line) {
    io.output.clear();
    io.errors.clear();
    test::run_all(loop, call(std::move(line)));
    loop.restart();
  }

  asio::io_context loop{1};
  FakeCaller caller{loop.get_executor()};
  FakeIo io{loop.get_executor()};
  ExitStatus status = ExitStatus::refused;
};

TEST_F(CommandsTest, whoami_says_who_the_caller_is) {
  run("whoami");
  EXPECT_EQ(status, ExitStatus::done);
  for (const char* part : {"niklas", "SHA256:abc", "127.0.0.1:2525", "urn:uuid:5f0c6a4e"}) {
    EXPECT_NE(io.output.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(io.errors, "");
}

TEST_F(CommandsTest, whoami_json_is_one_object_on_one_line) {
  run("whoami --json");
  EXPECT_EQ(io.output.find('\n'), io.output.size() - 1);
  EXPECT_EQ(Json::parse(io.output), Json::parse(R"({"name":"niklas","fingerprint":"SHA256:abc",
      "addresses":["127.0.0.1:2525"],"session":"urn:uuid:5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab"})"));
}

TEST_F(CommandsTest, status_of_someone_absent) {
  run("status --json");
  const Json json = Json::parse(io.output);
  EXPECT_EQ(json["presence"], "absent");
  EXPECT_FALSE(json.contains("since"));
  EXPECT_FALSE(json.contains("forward"));
  EXPECT_EQ(json["tier2"], false);
  EXPECT_EQ(json["limits"]["idle"], "10min");
  run("status");
  EXPECT_NE(io.output.find("absent"), std::string::npos);
  EXPECT_NE(io.output.find("senders are refused"), std::string::npos);
}

TEST_F(CommandsTest, status_of_someone_present_and_of_someone_suspended) {
  caller.known.presence = PresenceState::present;
  caller.known.present_since = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  caller.known.forward = proto::ForwardKind::smtp_raw;
  caller.known.connections = 3;
  run("status --json");
  const Json json = Json::parse(io.output);
  EXPECT_EQ(json["presence"], "present");
  EXPECT_EQ(json["since"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(json["forward"], "smtp-raw");
  EXPECT_EQ(json["connections"], 3);
  caller.known.presence = PresenceState::suspended;
  run("status");
  EXPECT_NE(io.output.find("suspended"), std::string::npos);
}

TEST_F(CommandsTest, help_lists_every_command_in_both_forms) {
  run("help");
  for (const Command& command : command_list()) EXPECT_NE(io.output.find(command.usage), std::string::npos);
  run("help --json");
  EXPECT_EQ(static_cast<std::size_t>(std::count(io.output.begin(), io.output.end(), '\n')), command_list().size());
  EXPECT_EQ(Json::parse(io.output.substr(0, io.output.find('\n')))["command"], "help");
}

TEST_F(CommandsTest, words_are_split_as_a_shell_would) {
  run(" 'who'\"am\"i  --json ");
  EXPECT_EQ(status, ExitStatus::done);
}

TEST_F(CommandsTest, usage_errors_are_one_line_with_status_2) {
  for (const char* line : {"", "  ", "foo", "WHOAMI", "whoami x", "whoami --jsn", "status --json x", "help whoami",
                           "'open", "whoami; id", "\x1B[31m", "scp -t /"}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::usage) << line;
    EXPECT_EQ(io.output, "") << line;
    EXPECT_EQ(std::count(io.errors.begin(), io.errors.end(), '\n'), 1) << line;
    EXPECT_EQ(io.errors.find('\x1B'), std::string::npos) << line;
  }
}

TEST_F(CommandsTest, an_unknown_command_names_those_there_are) {
  run("claim");
  EXPECT_NE(io.errors.find("help, whoami, status, events"), std::string::npos) << io.errors;
}

asio::awaitable<void> publish(CommandsTest& test, std::vector<proto::Event> events) {
  while (!test.caller.queue) co_await asio::post(asio::use_awaitable);
  for (const auto& event : events) test.caller.queue->push(event);
  test.caller.queue->close();
}

TEST_F(CommandsTest, events_writes_a_line_for_each_until_the_session_ends) {
  using Kind = proto::Event::Kind;
  test::run_all(loop, call("events --json"), publish(*this, {{Kind::notice, "one"}, {Kind::replaced, ""}}));
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_EQ(io.output, "{\"event\":\"notice\",\"text\":\"one\"}\n{\"event\":\"replaced\"}\n");
}

asio::awaitable<void> abandon(CommandsTest& test) {
  while (!test.caller.queue) co_await asio::post(asio::use_awaitable);
  asio::steady_timer pause(test.loop, std::chrono::milliseconds(5));
  co_await pause.async_wait(asio::use_awaitable);
  test.io.abandoned.cancel();
}

TEST_F(CommandsTest, events_ends_when_its_caller_goes) {
  test::run_all(loop, call("events"), abandon(*this));
  EXPECT_EQ(status, ExitStatus::done);
}

TEST_F(CommandsTest, a_reader_of_events_that_is_too_slow_is_cut_off_and_told) {
  caller.all_limits.event_queue = 2;
  const proto::Event event{proto::Event::Kind::notice, "x"};
  test::run_all(loop, call("events"), publish(*this, std::vector(5, event)));
  EXPECT_EQ(status, ExitStatus::refused);
  EXPECT_EQ(io.output, "notice: x\nnotice: x\n");
  EXPECT_NE(io.errors.find("faster"), std::string::npos);
}

}  // namespace
}  // namespace sisu::relay::commands
