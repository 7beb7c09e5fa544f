#include "common/sqlite/backup.hpp"

#include "common/sqlite/transaction.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/sqlite/notes_schema.hpp"

#include <gtest/gtest.h>

namespace sisu::sqlite {
namespace {

using sisu::test::ChildProcess;
using sisu::test::ScratchDirectory;
using test::notes;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() { create_database(file_, notes); }
  ScratchDirectory directory_;
  std::filesystem::path file_ = directory_ / "notes.db";
  std::filesystem::path copy_ = directory_ / "copy.db";
};

TEST_F(BackupTest, a_copy_holds_what_is_still_in_the_write_ahead_log) {
  const Database database = open_database(file_, notes);
  database.run("INSERT INTO notes(text) VALUES ('fresh')");
  back_up(database, copy_);
  EXPECT_EQ(std::filesystem::status(copy_).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(open_database(copy_, notes).integer("SELECT count(*) FROM notes"), 1);
}

TEST_F(BackupTest, an_existing_file_is_not_overwritten) {
  sisu::test::write_file(copy_, "precious");
  const Database database = open_database(file_, notes);
  EXPECT_THROW(back_up(database, copy_), std::system_error);
  EXPECT_EQ(sisu::test::read_file(copy_), "precious");
}

TEST_F(BackupTest, a_failure_leaves_no_file) {
  const Database database = open_database(file_, notes);
  EXPECT_THROW(back_up(database, directory_ / "missing" / "copy.db"), std::system_error);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "missing"));
}

// Each transaction adds a pair: a copy with half a pair would not be of one commit.
TEST_F(BackupTest, copies_taken_while_another_process_writes_are_each_of_one_commit) {
  ChildProcess writer([this](const ChildProcess::Parent& parent) {
    const Database database = open_database(file_, notes);
    const Statement insert = database.prepare("INSERT INTO notes(text, author) VALUES (?, 'w')");
    for (int i = 0;; ++i) {
      Transaction transaction(database);
      insert.execute({"left " + std::to_string(i) + std::string(500, 'x')});
      insert.execute({"right " + std::to_string(i) + std::string(500, 'x')});
      transaction.commit();
      if (i == 5) parent.announce();
    }
    return 0;
  });
  ASSERT_TRUE(writer.await_announcement());
  const Database database = open_database(file_, notes);
  for (int i = 0; i < 10; ++i) {
    const auto copy = directory_ / ("copy" + std::to_string(i) + ".db");
    back_up(database, copy);
    const Database copied = open_database(copy, notes, {.access = Access::read_only});
    EXPECT_EQ(copied.integer("SELECT count(*) % 2 FROM notes"), 0);
    EXPECT_GE(copied.integer("SELECT count(*) FROM notes"), 12);
  }
}

}  // namespace
}  // namespace sisu::sqlite
