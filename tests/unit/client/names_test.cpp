#include "client/names/names.hpp"

#include "tests/support/run_coroutine.hpp"

#include <asio/error.hpp>
#include <gtest/gtest.h>

#include <system_error>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

/// A relay that gives one answer to everything.
struct PlayedRelay {
  CommandAnswer answer{"", "", 0};
  std::error_code failure;
  std::vector<std::string> commands;
  std::vector<std::chrono::milliseconds> deadlines;

  asio::awaitable<CommandAnswer> run(std::string command, std::chrono::milliseconds within) {
    commands.push_back(std::move(command));
    deadlines.push_back(within);
    if (failure) throw std::system_error(failure);
    co_return answer;
  }
};

class NamesTest : public testing::Test {
 protected:
  template <class T>
  T wait_for(asio::awaitable<T> call) {
    asio::io_context loop;
    std::optional<T> result;
    test::run_all(loop, keep(std::move(call), result));
    return std::move(*result);
  }

  PlayedRelay relay;
  Names names{
      [this](std::string command, std::chrono::milliseconds within) { return relay.run(std::move(command), within); }};

 private:
  template <class T>
  static asio::awaitable<void> keep(asio::awaitable<T> call, std::optional<T>& result) {
    result.emplace(co_await std::move(call));
  }
};

TEST_F(NamesTest, publishing_names_each_digest) {
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  EXPECT_TRUE(wait_for(names.publish_tlsa({b, a})));
  EXPECT_EQ(relay.commands, std::vector<std::string>{"tlsa publish --json " + a + " " + b});
}

TEST_F(NamesTest, challenges_and_the_account_are_one_command_each) {
  EXPECT_TRUE(wait_for(names.present("niklas.v6.example.org", "abc")));
  EXPECT_TRUE(wait_for(names.cleanup("niklas.v6.example.org", "abc")));
  EXPECT_TRUE(wait_for(names.bind_account("https://ca.test/acct/1?a=b&c")));
  ASSERT_EQ(relay.commands.size(), 3U);
  EXPECT_EQ(relay.commands[0], "acme present --json -- niklas.v6.example.org abc");
  EXPECT_EQ(relay.commands[1], "acme cleanup -- niklas.v6.example.org abc");
  EXPECT_EQ(relay.commands[2], "acme account 'https://ca.test/acct/1?a=b&c'");
  EXPECT_GT(relay.deadlines[0], 2min) << "the relay waits for every server";
}

TEST_F(NamesTest, status_is_read) {
  relay.answer.output = R"({"dns":{"state":"live","signed":true}})";
  const auto status = wait_for(names.dns_status());
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->live);
}

TEST_F(NamesTest, a_refusal_for_good_has_the_relays_reason) {
  relay.answer = {"", "this name is not yours", 1};
  const auto refused = wait_for(names.present("otto.v6.example.org", "abc"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "this name is not yours");
  EXPECT_FALSE(refused.error().for_now);
}

TEST_F(NamesTest, not_now_is_for_now) {
  relay.answer = {"", "too many commands within a minute", 3};
  EXPECT_TRUE(wait_for(names.cleanup("h", "v")).error().for_now);
}

TEST_F(NamesTest, a_command_that_the_relay_does_not_know_is_said_to_be_unknown) {
  relay.answer = {"", "unknown command: tlsa", 2};
  const auto refused = wait_for(names.publish_tlsa({std::string(64, 'a')}));
  EXPECT_EQ(refused.error(), (Refusal{"unknown command: tlsa", false, true}));
}

TEST_F(NamesTest, a_session_that_ends_in_between_is_for_now) {
  relay.answer = {"{\"dns\"", "", -1};
  EXPECT_TRUE(wait_for(names.dns_status()).error().for_now);
  relay.failure = asio::error::not_connected;
  EXPECT_TRUE(wait_for(names.dns_status()).error().for_now);
  relay.failure = asio::error::timed_out;
  EXPECT_EQ(wait_for(names.dns_status()).error().reason, "the relay did not answer in time");
}

TEST_F(NamesTest, an_answer_that_makes_no_sense_is_refused) {
  relay.answer.output = "live, thank you";
  const auto refused = wait_for(names.dns_status());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().reason.find("not a JSON object"), std::string::npos);
}

TEST_F(NamesTest, cancellation_is_no_refusal) {
  relay.failure = asio::error::operation_aborted;
  EXPECT_THROW(wait_for(names.dns_status()), std::system_error);
}

}  // namespace
}  // namespace sisu::client
