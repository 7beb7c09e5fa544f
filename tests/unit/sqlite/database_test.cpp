#include "common/sqlite/database.hpp"

#include "common/sqlite/transaction.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/sqlite/notes_schema.hpp"

#include <gtest/gtest.h>

namespace sisu::sqlite {
namespace {

using namespace std::chrono_literals;
using sisu::test::ChildProcess;
using sisu::test::ScratchDirectory;
using test::failure_of;
using test::notes;
using test::says;

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() { create_database(file_, notes); }
  Database open(OpenOptions options = {}) const { return open_database(file_, notes, options); }

  ScratchDirectory directory_;
  std::filesystem::path file_ = directory_ / "notes.db";
};

std::int64_t count_notes(const Database& database) { return database.integer("SELECT count(*) FROM notes"); }

TEST_F(DatabaseTest, values_of_every_type_come_back) {
  const Database database = open();
  database.run("CREATE TABLE kinds(a, b, c, d)");
  const std::vector<std::uint8_t> bytes = {0, 1, 255};
  const std::string text("a\0b'; DROP TABLE notes; --", 26);
  EXPECT_EQ(database.prepare("INSERT INTO kinds VALUES (?, ?, ?, ?)")
                .execute({std::int64_t{-5}, text, std::span<const std::uint8_t>(bytes), std::nullopt}),
            1);
  const Statement select = database.prepare("SELECT * FROM kinds");
  Rows rows = select.query();
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.integer(0), -5);
  EXPECT_EQ(rows.text(1), text);
  EXPECT_EQ(rows.bytes(2), bytes);
  EXPECT_TRUE(rows.is_null(3));
  EXPECT_EQ(rows.optional_integer(3), std::nullopt);
  EXPECT_FALSE(rows.next());
}

TEST_F(DatabaseTest, empty_text_and_bytes_are_not_null) {
  const Database database = open();
  const Statement select = database.prepare("SELECT ? IS NULL, ? IS NULL");
  Rows rows = select.query({std::string_view(), std::span<const std::uint8_t>()});
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.integer(0), 0);
  EXPECT_EQ(rows.integer(1), 0);
}

TEST_F(DatabaseTest, commits_are_synced_and_foreign_keys_enforced) {
  const Database database = open();
  EXPECT_EQ(database.text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(database.integer("PRAGMA synchronous"), 2);  // FULL
  EXPECT_EQ(database.integer("PRAGMA foreign_keys"), 1);
}

TEST_F(DatabaseTest, a_transaction_without_commit_leaves_nothing) {
  const Database database = open();
  {
    const Transaction transaction(database);
    database.run("INSERT INTO notes(text) VALUES ('lost')");
  }
  EXPECT_EQ(count_notes(database), 0);
  Transaction transaction(database);
  database.run("INSERT INTO notes(text) VALUES ('kept')");
  transaction.commit();
  EXPECT_EQ(count_notes(database), 1);
}

TEST_F(DatabaseTest, wrong_sql_and_broken_rules_are_errors) {
  const Database database = open();
  EXPECT_TRUE(says(failure_of([&] { (void)database.prepare("SELEKT"); }), ErrorKind::other, "syntax error"));
  database.run("INSERT INTO notes(text) VALUES ('a')");
  EXPECT_TRUE(
      says(failure_of([&] { database.run("INSERT INTO notes(text) VALUES ('a')"); }), ErrorKind::constraint, "UNIQUE"));
}

TEST_F(DatabaseTest, a_missing_file_is_an_error_and_is_not_made) {
  const auto file = directory_ / "other.db";
  EXPECT_TRUE(says(failure_of([&] { (void)Database::open(file); }), ErrorKind::missing, "no such database"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(DatabaseTest, a_garbage_an_empty_and_a_cut_file_are_refused_and_left_as_they_are) {
  const std::string whole = sisu::test::read_file(file_);
  for (const std::string& content :
       {std::string(), std::string("x"), std::string(8192, 'x'), std::string("SQLite format 3\0 and then nothing", 33),
        whole.substr(0, whole.size() / 2)}) {
    const auto file = directory_ / "bad.db";
    sisu::test::write_file(file, content);
    const auto failure = failure_of([&] { (void)open_database(file, notes); });
    EXPECT_TRUE(says(failure, ErrorKind::corrupt, "restore a backup")) << content.size();
    EXPECT_EQ(sisu::test::read_file(file), content);
  }
}

TEST_F(DatabaseTest, the_log_of_a_damaged_database_is_kept) {
  const auto log = file_.string() + "-wal";
  ChildProcess writer([this](const ChildProcess::Parent& parent) {
    const Database database = open();
    database.run("INSERT INTO notes(text) VALUES ('only in the log')");
    parent.announce();
    parent.wait_for_go_on();
    return 0;
  });
  ASSERT_TRUE(writer.await_announcement());
  writer.kill();
  (void)writer.wait();
  const std::string logged = sisu::test::read_file(log);
  ASSERT_FALSE(logged.empty());
  sisu::test::write_file(file_, std::string(20'000, 'x'));
  EXPECT_TRUE(says(failure_of([&] { (void)open(); }), ErrorKind::corrupt, "restore a backup"));
  EXPECT_EQ(sisu::test::read_file(log), logged);
  EXPECT_EQ(sisu::test::read_file(file_), std::string(20'000, 'x'));
}

TEST_F(DatabaseTest, a_database_that_is_full_says_so_and_keeps_what_it_had) {
  const Database database = open();
  database.run("INSERT INTO notes(text) VALUES ('first')");
  database.run("PRAGMA max_page_count = 8");
  const Statement insert = database.prepare("INSERT INTO notes(text) VALUES (?)");
  const auto fill = [&] {
    Transaction transaction(database);
    for (int i = 0; i < 100; ++i) insert.execute({std::string(4000, 'x') + std::to_string(i)});
    transaction.commit();
  };
  EXPECT_TRUE(says(failure_of(fill), ErrorKind::full, "free space"));
  EXPECT_EQ(count_notes(database), 1);
  database.run("INSERT INTO notes(text) VALUES ('second')");
  EXPECT_EQ(count_notes(database), 2);
}

TEST_F(DatabaseTest, a_lock_of_another_process_gives_a_clear_error_and_passes) {
  ChildProcess holder([this](const ChildProcess::Parent& parent) {
    const Database database = open();
    const Transaction transaction(database);
    parent.announce();
    parent.wait_for_go_on();
    return 0;
  });
  ASSERT_TRUE(holder.await_announcement());
  const Database database = open({.busy_timeout = 10ms});
  EXPECT_TRUE(says(failure_of([&] { const Transaction transaction(database); }), ErrorKind::locked, "another process"));
  EXPECT_EQ(count_notes(database), 0);  // readers are not held up
  holder.go_on();
  EXPECT_EQ(holder.wait(), 0);
  database.run("INSERT INTO notes(text) VALUES ('after')");
  EXPECT_EQ(count_notes(database), 1);
}

TEST_F(DatabaseTest, an_exclusive_lock_of_another_process_keeps_even_opening_out) {
  ChildProcess holder([this](const ChildProcess::Parent& parent) {
    const Database database = open();
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("INSERT INTO notes(text) VALUES ('mine')");
    parent.announce();
    parent.wait_for_go_on();
    return 0;
  });
  ASSERT_TRUE(holder.await_announcement());
  EXPECT_TRUE(says(failure_of([&] { (void)open({.busy_timeout = 10ms}); }), ErrorKind::locked, "another process"));
  holder.go_on();
  EXPECT_EQ(holder.wait(), 0);
  EXPECT_EQ(count_notes(open()), 1);
}

TEST_F(DatabaseTest, a_killed_writer_leaves_committed_work_and_nothing_else) {
  ChildProcess writer([this](const ChildProcess::Parent& parent) {
    const Database database = open();
    database.run("INSERT INTO notes(text) VALUES ('committed')");
    const Transaction transaction(database);
    database.run("INSERT INTO notes(text) VALUES ('half done')");
    parent.announce();
    parent.wait_for_go_on();
    return 0;
  });
  ASSERT_TRUE(writer.await_announcement());
  writer.kill();
  EXPECT_EQ(writer.wait(), -1);
  const Database database = open();
  EXPECT_EQ(count_notes(database), 1);
  EXPECT_TRUE(database.integrity_findings().empty());
}

TEST_F(DatabaseTest, the_data_version_tells_of_other_connections_only) {
  const Database mine = open();
  const Database theirs = open();
  const std::int64_t before = mine.data_version();
  mine.run("INSERT INTO notes(text) VALUES ('mine')");
  EXPECT_EQ(mine.data_version(), before);
  theirs.run("INSERT INTO notes(text) VALUES ('theirs')");
  EXPECT_NE(mine.data_version(), before);
}

TEST_F(DatabaseTest, a_read_only_connection_cannot_write) {
  const Database database = open({.access = Access::read_only});
  EXPECT_TRUE(says(failure_of([&] { database.run("DELETE FROM notes"); }), ErrorKind::read_only, "right to write"));
}

}  // namespace
}  // namespace sisu::sqlite
