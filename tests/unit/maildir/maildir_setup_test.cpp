// What open() makes, refuses and cleans.
#include "client/maildir/maildir.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <unistd.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;
using test::Call;
using test::MemoryFileSystem;
using test::Survives;
using Lines = std::vector<std::string>;

const auto now = std::chrono::system_clock::now();

std::string problem_with(FileSystem& files, const FileSystem::Path& path = "/m") {
  const auto opened = Maildir::open(files, path, now);
  return opened ? "" : opened.error();
}

void expect_one_line(const std::string& problem, const std::string& part) {
  EXPECT_NE(problem.find(part), std::string::npos) << problem;
  EXPECT_EQ(problem.find('\n'), std::string::npos) << problem;
}

TEST(MaildirSetup, folders_that_it_makes_survive_a_crash) {
  MemoryFileSystem files;
  ASSERT_EQ(problem_with(files, "/data/u/Maildir"), "");
  const auto disk = files.after_crash(files.step_count(), Survives::synced_only);
  EXPECT_EQ(disk.list("/data/u/Maildir").value(), (Lines{"cur", "new", "tmp"}));
}

TEST(MaildirSetup, the_probe_leaves_nothing) {
  MemoryFileSystem files;
  ASSERT_EQ(problem_with(files), "");
  EXPECT_TRUE(files.disk().list("/m/tmp").value().empty());
}

TEST(MaildirSetup, an_existing_maildir_with_mail_is_left_as_it_is) {
  MemoryFileSystem files;
  ASSERT_EQ(problem_with(files), "");
  ASSERT_TRUE(files.create("/m/new/mail", 0600));
  ASSERT_TRUE(files.create("/m/cur/mail:2,S", 0600));
  files.disk().status_of("/m").permissions = 0750;
  ASSERT_EQ(problem_with(files), "");
  EXPECT_EQ(files.disk().list("/m/new").value(), Lines{"mail"});
  EXPECT_EQ(files.disk().status("/m").value().permissions, 0750U);
}

TEST(MaildirSetup, an_error_at_any_step_names_the_folder_and_the_reason) {
  for (const Call call : {Call::make_directory, Call::sync_directory, Call::create, Call::sync_file, Call::rename}) {
    MemoryFileSystem files;
    files.fail_all(call, EROFS);
    const auto problem = problem_with(files);
    expect_one_line(problem, "/m");
    expect_one_line(problem, "Read-only file system");
    EXPECT_TRUE(!files.disk().list("/m/tmp") || files.disk().list("/m/tmp").value().empty());
  }
}

TEST(MaildirSetup, a_file_in_place_of_a_folder_is_refused) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.make_directory("/m", 0700));
  ASSERT_TRUE(files.create("/m/new", 0600));
  expect_one_line(problem_with(files), "/m/new");
  expect_one_line(problem_with(files, "/m/new"), "Not a directory");
}

TEST(MaildirSetup, another_owner_is_refused_with_both_uids) {
  for (const char* folder : {"/m", "/m/tmp", "/m/new", "/m/cur"}) {
    MemoryFileSystem files;
    ASSERT_EQ(problem_with(files), "");
    files.disk().status_of(folder).owner = ::geteuid() + 7;
    const auto problem = problem_with(files);
    expect_one_line(problem, "belongs to uid " + std::to_string(::geteuid() + 7));
    expect_one_line(problem, "runs as uid " + std::to_string(::geteuid()));
  }
}

TEST(MaildirSetup, a_folder_that_everyone_may_write_to_is_refused) {
  MemoryFileSystem files;
  ASSERT_EQ(problem_with(files), "");
  files.disk().status_of("/m/new").permissions = 0777;
  expect_one_line(problem_with(files), "everyone may write to /m/new");
}

TEST(MaildirSetup, tmp_and_new_on_two_file_systems_are_refused) {
  MemoryFileSystem files;
  ASSERT_EQ(problem_with(files), "");
  files.disk().status_of("/m/tmp").device = 1;
  expect_one_line(problem_with(files), "different file systems");
}

TEST(MaildirSetup, a_real_folder_of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a folder away";
  const test::ScratchDirectory scratch;
  ASSERT_TRUE(real_file_system().make_directory(scratch / "m", 0700));
  ASSERT_EQ(::chown((scratch / "m").c_str(), 65534, 65534), 0);
  expect_one_line(problem_with(real_file_system(), scratch / "m"), "belongs to uid 65534");
}

class StaleFiles : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(problem_with(files), ""); }
  void add(const FileSystem::Path& path, std::chrono::system_clock::duration age) {
    ASSERT_TRUE(files.create(path, 0600));
    files.disk().status_of(path).modified = now - age;
  }
  MemoryFileSystem files;
};

TEST_F(StaleFiles, only_those_of_36_hours_go) {
  add("/m/tmp/old", 36h + 1s);
  add("/m/tmp/young", 36h - 1s);
  add("/m/tmp/from-the-future", -1h);
  ASSERT_EQ(problem_with(files), "");
  EXPECT_EQ(files.disk().list("/m/tmp").value(), (Lines{"from-the-future", "young"}));
}

TEST_F(StaleFiles, new_and_cur_and_directories_are_not_touched) {
  add("/m/new/old", 1000h);
  add("/m/cur/old", 1000h);
  ASSERT_TRUE(files.make_directory("/m/tmp/folder", 0700));
  files.disk().status_of("/m/tmp/folder").modified = now - 1000h;
  ASSERT_EQ(problem_with(files), "");
  EXPECT_TRUE(files.disk().status("/m/new/old"));
  EXPECT_TRUE(files.disk().status("/m/cur/old"));
  EXPECT_TRUE(files.disk().status("/m/tmp/folder"));
}

TEST_F(StaleFiles, one_that_cannot_be_removed_does_not_stop_the_start) {
  add("/m/tmp/old", 1000h);
  files.fail_call(Call::unlink, 2, EACCES);  // the first is the probe's
  EXPECT_EQ(problem_with(files), "");
}

TEST(RealStaleFiles, a_link_to_an_old_file_elsewhere_is_left_with_its_target) {
  const test::ScratchDirectory scratch;
  ASSERT_EQ(problem_with(real_file_system(), scratch / "m"), "");
  ASSERT_TRUE(real_file_system().create(scratch / "precious", 0600));
  ASSERT_EQ(::symlink((scratch / "precious").c_str(), (scratch / "m/tmp/link").c_str()), 0);
  const auto opened = Maildir::open(real_file_system(), scratch / "m", now + 1000h);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(real_file_system().status(scratch / "precious"));
  EXPECT_TRUE(real_file_system().status(scratch / "m/tmp/link"));
}

}  // namespace
}  // namespace sisu::client
