#include "common/sqlite/schema.hpp"

#include "tests/support/child_process.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/sqlite/notes_schema.hpp"

#include <gtest/gtest.h>

namespace sisu::sqlite {
namespace {

using sisu::test::ChildProcess;
using sisu::test::read_file;
using sisu::test::ScratchDirectory;
using test::cards;
using test::failure_of;
using test::notes;
using test::notes_version_1;
using test::says;

class SchemaTest : public ::testing::Test {
 protected:
  ScratchDirectory directory_;
  std::filesystem::path file_ = directory_ / "notes.db";
};

TEST_F(SchemaTest, a_new_database_has_every_version_recorded_and_is_private) {
  create_database(file_, notes);
  const Database database = open_database(file_, notes);
  EXPECT_EQ(checked_version(database, notes), 2);
  EXPECT_EQ(database.integer("SELECT count(*) FROM schema_version"), 2);
  EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms(0600));
}

TEST_F(SchemaTest, making_it_leaves_no_other_file) {
  create_database(file_, notes);
  const auto entries = std::filesystem::directory_iterator(directory_.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(SchemaTest, making_it_again_changes_nothing) {
  create_database(file_, notes);
  open_database(file_, notes).run("INSERT INTO notes(text) VALUES ('kept')");
  create_database(file_, notes);
  EXPECT_EQ(open_database(file_, notes).integer("SELECT count(*) FROM notes"), 1);
}

TEST_F(SchemaTest, a_folder_that_is_missing_is_named) {
  try {
    create_database(directory_ / "missing" / "notes.db", notes);
    FAIL() << "it was made";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find("notes.db"), std::string::npos);
  }
}

TEST_F(SchemaTest, an_older_database_is_brought_up_with_its_content) {
  create_database(file_, notes_version_1);
  open_database(file_, notes_version_1).run("INSERT INTO notes(text) VALUES ('old')");
  const Database database = open_database(file_, notes);
  EXPECT_EQ(database.integer("SELECT count(*) FROM notes WHERE author IS NULL"), 1);
  EXPECT_EQ(checked_version(database, notes), 2);
}

TEST_F(SchemaTest, a_migration_that_fails_leaves_the_old_version) {
  create_database(file_, notes_version_1);
  constexpr std::array<const char*, 3> steps = {test::notes_steps[0], test::notes_steps[1], "CREATE NONSENSE"};
  const Schema broken{"the notes", notes.application_id, steps};
  EXPECT_TRUE(failure_of([&] { (void)open_database(file_, broken); }));
  EXPECT_EQ(checked_version(Database::open(file_), notes), 1);
}

TEST_F(SchemaTest, a_newer_database_is_refused_and_left_as_it_is) {
  create_database(file_, notes);
  const std::string before = read_file(file_);
  EXPECT_TRUE(
      says(failure_of([&] { (void)open_database(file_, notes_version_1); }), ErrorKind::newer, "newer version"));
  EXPECT_EQ(read_file(file_), before);
}

TEST_F(SchemaTest, a_database_of_another_program_is_refused_and_left_as_it_is) {
  create_database(file_, cards);
  const std::string before = read_file(file_);
  EXPECT_TRUE(says(failure_of([&] { (void)open_database(file_, notes); }), ErrorKind::foreign, "not the notes"));
  EXPECT_EQ(read_file(file_), before);
}

TEST_F(SchemaTest, a_database_without_a_version_table_is_refused) {
  Database::create(file_).run("CREATE TABLE something(a)");
  EXPECT_TRUE(says(failure_of([&] { (void)open_database(file_, notes); }), ErrorKind::foreign, "not the notes"));
}

TEST_F(SchemaTest, read_only_does_not_migrate) {
  create_database(file_, notes_version_1);
  const auto open = [&] { (void)open_database(file_, notes, {.access = Access::read_only}); };
  EXPECT_TRUE(says(failure_of(open), ErrorKind::read_only, "older version"));
}

TEST_F(SchemaTest, two_processes_that_make_and_migrate_it_at_once_agree) {
  create_database(file_, notes_version_1);
  const auto migrate = [this](const ChildProcess::Parent& parent) {
    parent.announce();
    parent.wait_for_go_on();
    create_database(directory_ / "new.db", notes);
    (void)open_database(directory_ / "new.db", notes);
    return static_cast<int>(checked_version(open_database(file_, notes), notes));
  };
  ChildProcess first(migrate);
  ChildProcess second(migrate);
  ASSERT_TRUE(first.await_announcement() && second.await_announcement());
  first.go_on();
  second.go_on();
  EXPECT_EQ(first.wait(), 2);
  EXPECT_EQ(second.wait(), 2);
  EXPECT_TRUE(open_database(file_, notes).integrity_findings().empty());
}

}  // namespace
}  // namespace sisu::sqlite
