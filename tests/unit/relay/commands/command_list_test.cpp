#include "tests/support/run_coroutine.hpp"
#include "tests/unit/relay/commands/fake_caller.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

using Json = nlohmann::json;

Invite invite(InviteState state) {
  return {
      .id = InviteId::random(), .state = state, .grants = 2, .created = {}, .inviter = {}, .used_by = {}, .code = {}};
}

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
  caller.who = Standing::user;
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

TEST_F(CommandsTest, a_newcomer_sees_and_runs_only_claim_and_help) {
  caller.who = Standing::newcomer;
  run("help --json");
  EXPECT_EQ(std::count(io.output.begin(), io.output.end(), '\n'), 2);
  EXPECT_NE(io.output.find("\"claim\""), std::string::npos);
  for (const char* line : {"whoami", "status --json", "events", "invite list", "lookup otto", "spool on", "spool"}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::refused) << line;
    EXPECT_EQ(io.output, "") << line;
    EXPECT_NE(io.errors.find("\"claim\" binds the name niklas to your key"), std::string::npos) << io.errors;
  }
  run("rm -rf /");
  EXPECT_EQ(io.errors, "no command \"rm\"; there are: help, claim\n");
}

TEST_F(CommandsTest, the_user_of_a_relay_without_a_registry_has_none_of_its_commands) {
  for (const char* line : {"claim", "invite list", "lookup otto", "spool on"}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::usage) << line;
    EXPECT_NE(io.errors.find("there are: help, whoami, status, events"), std::string::npos) << io.errors;
  }
}

TEST_F(CommandsTest, claim_passes_the_code_on_and_answers_with_all_that_a_user_needs) {
  caller.who = Standing::newcomer;
  caller.known.mail_domain = "niklas.sisu.test";
  caller.known.host = "niklas.v6.sisu.test";
  caller.known.tier2 = Tier2::off;
  run("claim --invite 3k9f-1234");
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_EQ(caller.asked_invite, "3k9f-1234");
  for (const char* part : {"niklas", "SHA256:abc", "127.0.0.1:2525", "*@niklas.sisu.test", "aaaa-bbbb", "cccc-dddd",
                           "without IPv6", "\"spool on\""}) {
    EXPECT_NE(io.output.find(part), std::string::npos) << part;
  }
  caller.who = Standing::newcomer;
  run("claim --json");
  EXPECT_EQ(caller.asked_invite, std::nullopt);
  const Json json = Json::parse(io.output);
  EXPECT_EQ(json["name"], "niklas");
  EXPECT_EQ(json["mail_domain"], "niklas.sisu.test");
  EXPECT_EQ(json["host"], "niklas.v6.sisu.test");
  EXPECT_EQ(json["tier2"], false);
  EXPECT_EQ(json["invites"], Json::parse(R"(["aaaa-bbbb","cccc-dddd"])"));
}

TEST_F(CommandsTest, what_the_registry_refuses_is_one_line_with_status_1) {
  caller.refusal = Refusal{"no, because"};
  caller.who = Standing::newcomer;
  run("claim");
  EXPECT_EQ(status, ExitStatus::refused);
  caller.who = Standing::user;
  for (const char* line : {"claim", "invite list", "spool on", "lookup nobody", "lookup 'a b'", "lookup ''"}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::refused) << line;
    EXPECT_EQ(io.output, "") << line;
    EXPECT_EQ(std::count(io.errors.begin(), io.errors.end(), '\n'), 1) << line;
  }
}

TEST_F(CommandsTest, what_may_be_granted_later_is_refused_with_status_3) {
  caller.refusal = Refusal{"not today", true};
  caller.who = Standing::newcomer;
  run("claim");
  EXPECT_EQ(status, ExitStatus::not_now);
  caller.who = Standing::user;
  for (const char* line : {"claim", "invite list", "spool off"}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::not_now) << line;
    EXPECT_EQ(io.errors, "not today\n") << line;
  }
}

TEST_F(CommandsTest, invite_list_shows_codes_only_as_long_as_they_are_good) {
  caller.who = Standing::user;
  run("invite list");
  EXPECT_EQ(io.output, "You have no invitation codes.\n");
  run("invite list --json");
  EXPECT_EQ(io.output, "");
  Invite open = invite(InviteState::open);
  open.code = "3k9f-1234";
  Invite used = invite(InviteState::used);
  used.used_by = "otto";
  caller.own_invites = {open, used};
  run("invite list");
  EXPECT_NE(io.output.find("3k9f-1234"), std::string::npos);
  EXPECT_NE(io.output.find("by otto"), std::string::npos);
  run("invite list --json");
  const Json first = Json::parse(io.output.substr(0, io.output.find('\n')));
  EXPECT_EQ(first["code"], "3k9f-1234");
  EXPECT_EQ(first["grants"], 2);
  const Json second = Json::parse(io.output.substr(io.output.find('\n')));
  EXPECT_FALSE(second.contains("code"));
  EXPECT_EQ(second["used_by"], "otto");
}

TEST_F(CommandsTest, status_counts_the_invitations_that_are_left) {
  caller.who = Standing::user;
  caller.known.tier2 = Tier2::on;
  caller.own_invites = {invite(InviteState::open), invite(InviteState::revoked)};
  run("status --json");
  EXPECT_EQ(Json::parse(io.output)["invites"], 1);
  EXPECT_EQ(Json::parse(io.output)["tier2"], true);
  caller.refusal = Refusal{"the registry does not answer", true};
  run("status --json");
  EXPECT_EQ(status, ExitStatus::done);
  EXPECT_FALSE(Json::parse(io.output).contains("invites"));
}

TEST_F(CommandsTest, lookup_gives_a_key_that_ssh_can_read) {
  caller.who = Standing::user;
  run("lookup otto");
  EXPECT_EQ(io.output, std::string(FakeCaller::otto_key) + "\n");
  run("lookup otto --json");
  EXPECT_EQ(Json::parse(io.output)["key"], FakeCaller::otto_key);
  EXPECT_EQ(Json::parse(io.output)["name"], "otto");
}

TEST_F(CommandsTest, spool_changes_tier_2_and_says_what_that_means) {
  caller.who = Standing::user;
  run("spool on");
  EXPECT_EQ(caller.known.tier2, Tier2::on);
  EXPECT_NE(io.output.find("\"spool off\""), std::string::npos);
  run("spool off --json");
  EXPECT_EQ(caller.known.tier2, Tier2::off);
  EXPECT_EQ(io.output, "{\"tier2\":false}\n");
}

TEST_F(CommandsTest, usage_errors_in_arguments_are_one_line_with_status_2) {
  caller.who = Standing::user;
  for (const char* line : {"claim code", "claim --invite", "claim --invite=", "claim --invite a --invite b",
                           "claim --inv x", "invite", "invite mint", "invite list x", "lookup", "lookup a b",
                           "lookup --x", "spool", "spool maybe", "spool on off", "spool --on", "whoami --invite x"}) {
    run(line);
    EXPECT_EQ(status, ExitStatus::usage) << line;
    EXPECT_EQ(io.output, "") << line;
    EXPECT_NE(io.errors.find("usage: "), std::string::npos) << io.errors;
    EXPECT_EQ(std::count(io.errors.begin(), io.errors.end(), '\n'), 1) << line;
  }
}

TEST_F(CommandsTest, a_command_too_many_is_refused_whatever_it_is) {
  caller.commands_left = 1;
  run("nonsense");
  EXPECT_EQ(status, ExitStatus::usage);
  run("whoami");
  EXPECT_EQ(status, ExitStatus::not_now);
  EXPECT_EQ(io.errors, "too many commands\n");
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
