#include "client/cli/subcommand.hpp"

#include "client/agent/control_server.hpp"
#include "client/state/state_directory.hpp"
#include "common/keys/key_ring.hpp"
#include "common/net/task_group.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

namespace sisu::client {
namespace {

template <class Report>
asio::awaitable<Report> given(Report report) {
  co_return report;
}

class Subcommands : public testing::Test {
 protected:
  ~Subcommands() override {
    if (!thread.joinable()) return;
    asio::post(loop, [this] { tasks.stop(); });
    thread.join();
  }

  /// A client that answers with `report`, whose roll takes `looks` looks.
  void start_client() {
    auto listener = listen_control(place.path());
    ASSERT_TRUE(listener);
    ControlHandler handler{[this] { return given(report); },
                           [this] {
                             if (looks > 0 && --looks == 0) report.key.ring.roll_away_from.reset();
                             return given(report.key);
                           },
                           [this] { return wish(); }};
    server = std::make_unique<ControlServer>(loop.get_executor(), std::move(*listener), handler, ControlLimits{},
                                             log::Logger());
    tasks.spawn(server->serve());
    thread = std::thread([this] { loop.run(); });
  }
  asio::awaitable<Result<void, std::string>> wish() {
    report.key.ring.roll_away_from = report.key.ring.current;
    co_return Result<void, std::string>();
  }

  int run(std::vector<std::string> words) {
    out.str("");
    err.str("");
    words.insert(words.end(), {"--state", place.path().string()});
    const auto status = run_subcommand(
        std::move(words), [](const char*) -> const char* { return nullptr; }, terminal);
    return status.value_or(-1);
  }
  std::string in(const char* words) const {
    return out.str().find(words) == std::string::npos ? out.str() + err.str() : "found";
  }

  asio::io_context loop;
  net::TaskGroup tasks{loop.get_executor()};
  test::ScratchDirectory place;
  StatusReport report = [] {
    StatusReport made;
    made.address = "*@niklas.test";
    made.relay = "relay.test:22";
    made.link = "online";
    made.records = "live";
    made.dane = "ok";
    made.certificate = "self-signed, DANE ok";
    made.maildir = "/mail/niklas/Mail";
    made.key.ring = {std::string(64, 'a'), std::string(64, 'b')};
    made.key.served = std::string(64, 'a');
    return made;
  }();
  int looks = 0;
  std::unique_ptr<ControlServer> server;
  std::thread thread;
  std::ostringstream out, err;
  int sleeps = 0;
  Terminal terminal{out, err, false, [this](std::chrono::milliseconds) { ++sleeps; }};
};

TEST_F(Subcommands, options_are_no_command) {
  EXPECT_EQ(run_subcommand({"--relay", "x"}, nullptr, terminal), std::nullopt);
  EXPECT_EQ(run_subcommand({}, nullptr, terminal), std::nullopt);
}

TEST_F(Subcommands, a_client_that_is_ready_is_status_0) {
  report.ready = true;
  start_client();
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_EQ(in("yes: mail to *@niklas.test reaches you"), "found");
  EXPECT_EQ(in("certificate   self-signed, DANE ok"), "found");
  EXPECT_EQ(in("\x1B"), out.str()) << "no colours where they are not wanted";
}

TEST_F(Subcommands, colours_come_where_they_are_wanted) {
  terminal.colour = true;
  report.ready = true;
  start_client();
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_EQ(in("\x1B[32m"), "found");
}

TEST_F(Subcommands, what_is_missing_is_said_and_is_status_1) {
  report.missing = {"your address records are not live at every name server yet: timeout"};
  start_client();
  EXPECT_EQ(run({"status"}), 1);
  EXPECT_EQ(in("- your address records are not live"), "found");
}

TEST_F(Subcommands, json_is_the_report) {
  start_client();
  EXPECT_EQ(run({"status", "--json"}), 1);
  EXPECT_EQ(out.str(), status_json(report));
  EXPECT_EQ(parse_status_line("{\"status\":" + out.str() + "}").value(), report);
  EXPECT_EQ(run({"key", "status", "--json"}), 0);
  EXPECT_EQ(parse_key_line("{\"key\":" + out.str() + "}").value(), report.key);
}

TEST_F(Subcommands, without_a_running_client_it_says_so) {
  EXPECT_EQ(run({"status"}), 1);
  EXPECT_NE(err.str().find("no sisumail runs with the state directory"), std::string::npos);
  EXPECT_EQ(run({"status", "--json"}), 1);
  EXPECT_EQ(out.str(), "{\"running\":false,\"ready\":false}\n");
}

TEST_F(Subcommands, key_status_reads_the_files_when_nobody_runs) {
  EXPECT_EQ(run({"key", "status"}), 1);
  EXPECT_NE(err.str().find("no TLS key"), std::string::npos);
  const auto ring = keys::KeyRing::open(real_file_system(), place.path());
  ASSERT_TRUE(ring);
  EXPECT_EQ(run({"key", "status"}), 0);
  EXPECT_EQ(in(ring->state().current.c_str()), "found");
  EXPECT_EQ(in(ring->state().next->c_str()), "found");
  EXPECT_EQ(in("No client runs"), "found");
}

TEST_F(Subcommands, key_roll_without_a_running_client_stores_the_wish) {
  EXPECT_EQ(run({"key", "roll"}), 1);
  EXPECT_NE(err.str().find("the first start of the client makes it"), std::string::npos);
  ASSERT_TRUE(keys::KeyRing::open(real_file_system(), place.path()));
  EXPECT_EQ(run({"key", "roll"}), 0);
  EXPECT_EQ(in("the next start carries it out"), "found");
  const auto ring = keys::read_ring(real_file_system(), place.path());
  EXPECT_EQ(ring->roll_away_from, ring->current);
}

TEST_F(Subcommands, key_roll_does_not_touch_a_ring_that_somebody_holds) {
  ASSERT_TRUE(keys::KeyRing::open(real_file_system(), place.path()));
  const auto held = StateDirectory::open(place.path());
  ASSERT_TRUE(held);
  EXPECT_EQ(run({"key", "roll"}), 1);
  EXPECT_NE(err.str().find("another sisumail"), std::string::npos);
  EXPECT_EQ(keys::read_ring(real_file_system(), place.path())->roll_away_from, std::nullopt);
}

TEST_F(Subcommands, key_roll_asks_the_running_client) {
  start_client();
  EXPECT_EQ(run({"key", "roll"}), 0);
  EXPECT_EQ(in("The wish is stored"), "found");
  EXPECT_TRUE(report.key.rolling());
}

TEST_F(Subcommands, key_roll_with_wait_looks_until_it_is_done) {
  start_client();
  looks = 4;
  EXPECT_EQ(run({"key", "roll", "--wait"}), 0);
  EXPECT_EQ(in("Done: the key that serves is"), "found");
  EXPECT_GT(sleeps, 0);
}

TEST_F(Subcommands, help_is_status_0) {
  for (std::vector<std::string> words :
       std::vector<std::vector<std::string>>{{"status"}, {"key", "status"}, {"key", "roll"}}) {
    words.push_back("--help");
    EXPECT_EQ(run(words), 0);
    EXPECT_EQ(in("Exit status"), "found");
  }
}

TEST_F(Subcommands, mistakes_are_status_2_and_one_line) {
  for (std::vector<std::string> words : std::vector<std::vector<std::string>>{
           {"statu"}, {"key"}, {"key", "rol"}, {"status", "--wait"}, {"status", "now"}, {"key", "roll", "--force"}}) {
    EXPECT_EQ(run(words), 2);
    EXPECT_EQ(std::ranges::count(err.str(), '\n'), 1) << err.str();
    EXPECT_NE(err.str().find("--help"), std::string::npos);
  }
  EXPECT_EQ(run_subcommand(
                {"status"}, [](const char*) -> const char* { return nullptr; }, terminal),
            2)
      << "no home directory";
}

}  // namespace
}  // namespace sisu::client
