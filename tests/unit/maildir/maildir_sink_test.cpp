#include "client/maildir/maildir_sink.hpp"

#include "tests/support/memory_file_system.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace sisu::client {
namespace {

using test::Call;
using test::MemoryFileSystem;
using Lines = std::vector<std::string>;

constexpr MaildirLimits small_limits{.block_bytes = 64, .memory_bytes = 1000, .least_block_bytes = 8};

struct Outcome {
  bool began = false;
  std::optional<smtp::Reply> refusal;  ///< of begin, write or commit
  std::optional<smtp::Reply> stored;
};

using Pieces = std::vector<std::string>;

asio::awaitable<void> send(smtp::MessageSink& sink, const mail::Envelope& envelope, DeliveryId id, Pieces pieces,
                           Outcome& outcome) {
  const smtp::ConnectionInfo connection;
  auto writer = co_await sink.begin(connection, envelope, id);
  outcome.began = writer.has_value();
  if (!writer) co_return;
  for (const std::string& piece : pieces) {
    const auto written = co_await (*writer)->write(piece);
    if (!written) {
      outcome.refusal = written.error();
      (*writer)->abort();
      co_return;
    }
  }
  auto stored = co_await (*writer)->commit();
  if (stored) outcome.stored = *stored;
  if (!stored) outcome.refusal = stored.error();
}

asio::awaitable<void> send_and_abort(smtp::MessageSink& sink, const mail::Envelope& envelope, std::string text) {
  const smtp::ConnectionInfo connection;
  auto writer = co_await sink.begin(connection, envelope, DeliveryId::random());
  const auto written = co_await (*writer)->write(text);
  EXPECT_TRUE(written);
}

class Sink : public ::testing::Test {
 protected:
  void SetUp() override { reopen({}); }

  void reopen(MaildirLimits limits) {
    sink.reset();
    pool.reset();
    maildir = std::move(Maildir::open(files, "/m", std::chrono::system_clock::now()).value());
    pool = std::make_unique<net::WorkerPool>(2, "test");
    sink = std::make_unique<MaildirSink>(*maildir, *pool, "SHA256:abc", log::Logger(), limits);
  }

  Outcome deliver(Pieces pieces, DeliveryId id = DeliveryId::random()) {
    Outcome outcome;
    asio::io_context loop;
    asio::co_spawn(loop, send(*sink, envelope, id, std::move(pieces), outcome), asio::detached);
    loop.run();
    return outcome;
  }

  Lines new_contents() {
    Lines contents;
    const auto names = files.disk().list("/m/new").value();
    for (const auto& name : names) contents.push_back(files.disk().content("/m/new/" + name).value());
    return contents;
  }
  bool tmp_is_empty() { return files.disk().list("/m/tmp").value().empty(); }
  long calls(Call call) {
    const auto steps = files.steps();
    return std::count_if(steps.begin(), steps.end(), [call](const auto& step) { return step.call == call; });
  }

  MemoryFileSystem files;
  mail::Envelope envelope;
  std::unique_ptr<Maildir> maildir;
  std::unique_ptr<net::WorkerPool> pool;
  std::unique_ptr<MaildirSink> sink;
};

TEST_F(Sink, a_stored_message_is_named_in_the_reply_and_in_the_file_name) {
  const auto id = DeliveryId::random();
  const auto outcome = deliver({"hello\r\n"}, id);
  ASSERT_TRUE(outcome.stored);
  EXPECT_EQ(outcome.stored->code, 250);
  EXPECT_EQ(outcome.stored->enhanced, "2.0.0");
  EXPECT_EQ(outcome.stored->text, "stored as " + id.to_string() + " on device key SHA256:abc");
  const auto name = files.disk().list("/m/new").value().at(0);
  EXPECT_NE(name.find("R" + id.to_string() + "."), std::string::npos);
}

TEST_F(Sink, bytes_are_stored_as_they_came_whatever_the_pieces) {
  reopen(small_limits);
  const std::string text = std::string("a\r\n\0\xff\n\r", 8) + std::string(500, 'x');
  for (std::size_t size :
       {std::size_t{1}, std::size_t{7}, std::size_t{63}, std::size_t{64}, std::size_t{65}, text.size()}) {
    Pieces pieces;
    for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
    EXPECT_TRUE(deliver(pieces).stored);
  }
  EXPECT_EQ(new_contents(), Lines(6, text));
}

TEST_F(Sink, an_empty_message_is_a_file_of_no_bytes) {
  EXPECT_TRUE(deliver({}).stored);
  EXPECT_EQ(new_contents(), Lines{""});
}

TEST_F(Sink, a_small_message_touches_the_disk_only_when_it_is_committed) {
  asio::io_context loop;
  asio::co_spawn(loop, send_and_abort(*sink, envelope, std::string(256 * 1024, 'x')), asio::detached);
  const auto before = files.changes();
  loop.run();
  EXPECT_EQ(files.changes(), before);
}

TEST_F(Sink, a_big_message_is_written_in_blocks_of_the_limit) {
  reopen(small_limits);
  ASSERT_TRUE(deliver(Pieces(100, std::string(10, 'x'))).stored);
  EXPECT_EQ(calls(Call::write), 1000 / 64 + 1);
}

TEST_F(Sink, without_memory_blocks_are_smaller_and_the_message_arrives) {
  auto limits = small_limits;
  limits.memory_bytes = 0;
  reopen(limits);
  ASSERT_TRUE(deliver(Pieces(10, std::string(8, 'x'))).stored);
  EXPECT_EQ(new_contents(), Lines{std::string(80, 'x')});
  EXPECT_EQ(calls(Call::write), 10);
}

TEST_F(Sink, an_error_at_any_step_has_its_reply_and_leaves_nothing) {
  const struct {
    int error;
    int code;
    std::string enhanced;
  } answers[] = {{ENOSPC, 452, "4.3.1"},
                 {EDQUOT, 452, "4.3.1"},
                 {EIO, 451, "4.3.0"},
                 {EROFS, 451, "4.3.0"},
                 {EMFILE, 451, "4.3.0"}};
  for (const Call call : {Call::create, Call::write, Call::sync_file, Call::rename, Call::sync_directory}) {
    for (const auto& answer : answers) {
      reopen(small_limits);
      files.fail_call(call, 1, answer.error);
      const auto outcome = deliver(Pieces(20, std::string(10, 'x')));
      ASSERT_TRUE(outcome.refusal) << test::name_of(call);
      EXPECT_EQ(outcome.refusal->code, answer.code) << test::name_of(call);
      EXPECT_EQ(outcome.refusal->enhanced, answer.enhanced);
      EXPECT_TRUE(tmp_is_empty()) << test::name_of(call);
      EXPECT_TRUE(new_contents().empty()) << test::name_of(call);
    }
  }
}

TEST_F(Sink, every_block_can_be_the_one_that_fails) {
  for (int nth = 1; nth <= 4; ++nth) {
    reopen(small_limits);
    files.fail_call(Call::write, nth, ENOSPC);
    EXPECT_EQ(deliver(Pieces(20, std::string(10, 'x'))).refusal.value().code, 452);
    EXPECT_TRUE(tmp_is_empty());
    EXPECT_TRUE(deliver({"next"}).stored);
  }
}

TEST_F(Sink, a_declared_size_that_cannot_fit_is_refused_at_the_first_block) {
  reopen(small_limits);
  files.set_space(1000);
  envelope.declared_size = 1001;
  EXPECT_EQ(deliver(Pieces(20, std::string(10, 'x'))).refusal.value().code, 452);
  EXPECT_EQ(calls(Call::write), 0);
  envelope.declared_size = 1000;
  EXPECT_TRUE(deliver(Pieces(20, std::string(10, 'x'))).stored);
}

TEST_F(Sink, a_space_that_cannot_be_asked_for_does_not_stop_a_message) {
  reopen(small_limits);
  files.fail_all(Call::space, EIO);
  envelope.declared_size = 100;
  EXPECT_TRUE(deliver(Pieces(20, std::string(10, 'x'))).stored);
}

TEST_F(Sink, a_writer_destroyed_half_way_leaves_nothing) {
  reopen(small_limits);
  asio::io_context loop;
  asio::co_spawn(loop, send_and_abort(*sink, envelope, std::string(1000, 'x')), asio::detached);
  loop.run();
  pool.reset();  // waits for the removal, or does it
  EXPECT_GT(calls(Call::write), 0);
  EXPECT_TRUE(tmp_is_empty());
  EXPECT_TRUE(new_contents().empty());
}

// The program ends: the loop goes away while connections wait for the disk.
TEST_F(Sink, a_loop_that_dies_under_a_running_job_leaves_nothing_partial) {
  for (int turns = 0; turns < 12; ++turns) {
    reopen(small_limits);
    {
      Outcome outcome;
      asio::io_context loop;
      asio::co_spawn(loop, send(*sink, envelope, DeliveryId::random(), Pieces(4, std::string(60, 'x')), outcome),
                     asio::detached);
      for (int turn = 0; turn < turns; ++turn) loop.run_one_for(std::chrono::milliseconds(50));
      pool->join();
    }
    sink.reset();
    pool.reset();
    EXPECT_TRUE(tmp_is_empty()) << turns;
    for (const auto& content : new_contents()) EXPECT_EQ(content.size(), 240U);
  }
}

TEST_F(Sink, many_at_once_all_arrive_and_share_syncs_of_the_folder) {
  reopen(small_limits);
  constexpr int count = 200;
  const long before = calls(Call::sync_directory);
  std::vector<Outcome> outcomes(count);
  asio::io_context loop;
  for (auto& outcome : outcomes)
    asio::co_spawn(loop, send(*sink, envelope, DeliveryId::random(), Pieces(3, std::string(50, 'x')), outcome),
                   asio::detached);
  loop.run();
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome.stored);
  EXPECT_EQ(new_contents().size(), static_cast<std::size_t>(count));
  EXPECT_LE(calls(Call::sync_directory) - before, count);
  EXPECT_TRUE(tmp_is_empty());
}

}  // namespace
}  // namespace sisu::client
