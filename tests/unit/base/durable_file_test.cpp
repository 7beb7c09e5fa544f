#include "common/base/durable_file.hpp"

#include "tests/support/memory_file_system.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sisu {
namespace {

using test::Call;
using test::MemoryFileSystem;
using test::Survives;
using Lines = std::vector<std::string>;

TEST(DurableDirectories, every_new_entry_is_synced_before_the_next_is_made) {
  MemoryFileSystem files;
  ASSERT_TRUE(make_durable_directories(files, "/data/u/mail", 0700));
  EXPECT_EQ(files.changes(), (Lines{"mkdir /data/u/mail", "mkdir /data/u", "mkdir /data", "syncdir /", "mkdir /data/u",
                                    "syncdir /data", "mkdir /data/u/mail", "syncdir /data/u"}));
  for (const char* path : {"/data", "/data/u", "/data/u/mail"})
    EXPECT_TRUE(files.after_crash(files.step_count(), Survives::synced_only).status(path)) << path;
}

// The process, not the machine, died between mkdir and fsync: the next start cannot know.
TEST(DurableDirectories, an_entry_that_is_found_is_synced_too) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.make_directory("/mail", 0700));
  ASSERT_TRUE(make_durable_directories(files, "/mail", 0700));
  EXPECT_TRUE(files.after_crash(files.step_count(), Survives::synced_only).status("/mail"));
}

TEST(DurableDirectories, a_parent_that_may_not_be_read_is_no_error_when_nothing_is_made) {
  MemoryFileSystem files;
  ASSERT_TRUE(make_durable_directories(files, "/data/u", 0700));
  files.fail_all(Call::sync_directory, EACCES);
  EXPECT_TRUE(make_durable_directories(files, "/data/u", 0700));
  EXPECT_FALSE(make_durable_directories(files, "/data/u/mail", 0700));
}

TEST(DurableDirectories, a_slash_at_the_end_and_relative_paths_work) {
  MemoryFileSystem files;
  EXPECT_TRUE(make_durable_directories(files, "mail/box/", 0700));
  EXPECT_TRUE(files.status("/mail/box"));
  EXPECT_TRUE(make_durable_directories(files, "/", 0700));
}

TEST(DurableDirectories, a_file_in_the_way_is_an_error) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("/mail", 0600));
  EXPECT_EQ(make_durable_directories(files, "/mail", 0700).error(), std::errc::not_a_directory);
  EXPECT_EQ(make_durable_directories(files, "/mail/box", 0700).error(), std::errc::not_a_directory);
}

TEST(DurableDirectories, an_error_at_any_step_is_reported) {
  for (const Call call : {Call::make_directory, Call::sync_directory}) {
    for (int nth = 1; nth <= 2; ++nth) {
      MemoryFileSystem files;
      files.fail_call(call, nth, EIO);
      EXPECT_EQ(make_durable_directories(files, "/a/b", 0700).error().value(), EIO) << test::name_of(call) << nth;
    }
  }
}

TEST(DurableFile, the_real_one_has_its_content_and_mode) {
  const test::ScratchDirectory scratch;
  FileSystem& files = real_file_system();
  ASSERT_TRUE(write_durable_file(files, scratch / "key", "old", 0600));
  ASSERT_TRUE(write_durable_file(files, scratch / "key", "new", 0600));
  EXPECT_EQ(files.read(scratch / "key", 100).value(), "new");
  EXPECT_EQ(files.status(scratch / "key").value().permissions, 0600U);
  EXPECT_EQ(files.list(scratch.path()).value(), Lines{"key"});
}

TEST(DurableFile, an_error_at_any_step_leaves_the_old_content_and_nothing_else) {
  for (const Call call : {Call::create, Call::write, Call::sync_file, Call::replace}) {
    MemoryFileSystem files;
    ASSERT_TRUE(write_durable_file(files, "/key", "old", 0600));
    files.fail_call(call, 1, ENOSPC);
    EXPECT_EQ(write_durable_file(files, "/key", "new", 0600).error().value(), ENOSPC) << test::name_of(call);
    EXPECT_EQ(files.disk().content("/key").value(), "old");
    EXPECT_EQ(files.disk().list("/").value(), Lines{"key"});
  }
}

TEST(DurableFile, a_failed_sync_of_the_directory_is_reported) {
  MemoryFileSystem files;
  files.fail_call(Call::sync_directory, 1, EIO);
  EXPECT_EQ(write_durable_file(files, "/key", "new", 0600).error().value(), EIO);
}

TEST(DurableFile, a_crash_at_any_step_leaves_old_or_new_whole) {
  MemoryFileSystem files;
  ASSERT_TRUE(write_durable_file(files, "/key", "old content", 0600));
  const std::size_t before = files.step_count();
  ASSERT_TRUE(write_durable_file(files, "/key", "new content", 0600));
  for (std::size_t step = before; step <= files.step_count(); ++step) {
    for (const Survives survives : {Survives::synced_only, Survives::names_not_data, Survives::by_chance}) {
      for (unsigned seed = 0; seed < 20; ++seed) {
        const auto content = files.after_crash(step, survives, seed).content("/key").value_or("missing");
        EXPECT_TRUE(content == "new content" || (content == "old content" && step < files.step_count()))
            << "after step " << step << ": " << content;
      }
    }
  }
}

TEST(MoveToFreeName, falls_back_to_link_and_unlink_where_rename_cannot) {
  for (const int error : {EINVAL, ENOSYS}) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.create("/a", 0600));
    files.fail_all(Call::rename, error);
    ASSERT_TRUE(move_to_free_name(files, "/a", "/b"));
    EXPECT_EQ(files.disk().list("/").value(), Lines{"b"});
  }
}

TEST(MoveToFreeName, never_replaces_either_way) {
  MemoryFileSystem files;
  ASSERT_TRUE((*files.create("/a", 0600))->write("a"));
  ASSERT_TRUE((*files.create("/b", 0600))->write("b"));
  EXPECT_EQ(move_to_free_name(files, "/a", "/b").error(), std::errc::file_exists);
  files.fail_all(Call::rename, EINVAL);
  EXPECT_EQ(move_to_free_name(files, "/a", "/b").error(), std::errc::file_exists);
  EXPECT_EQ(files.disk().content("/b").value(), "b");
  EXPECT_EQ(files.disk().content("/a").value(), "a");
}

TEST(MoveToFreeName, other_errors_do_not_fall_back) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("/a", 0600));
  files.fail_all(Call::rename, EIO);
  EXPECT_EQ(move_to_free_name(files, "/a", "/b").error().value(), EIO);
  EXPECT_FALSE(files.status("/b"));
}

}  // namespace
}  // namespace sisu
