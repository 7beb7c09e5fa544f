#include "common/base/file_system.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace sisu {
namespace {

class RealFileSystem : public ::testing::Test {
 protected:
  void make_file(const std::string& name, std::string_view bytes) {
    const auto file = files.create(scratch / name, 0600);
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_TRUE((*file)->write(bytes));
    ASSERT_TRUE((*file)->sync());
  }
  std::string content(const std::string& name) { return files.read(scratch / name, 1 << 20).value_or("(none)"); }

  FileSystem& files = real_file_system();
  test::ScratchDirectory scratch;
};

template <class T>
std::error_code error_of(const FileResult<T>& result) {
  return result ? std::error_code() : result.error();
}

TEST_F(RealFileSystem, a_file_is_written_with_its_mode_and_read_back) {
  make_file("a", "hello");
  EXPECT_EQ(content("a"), "hello");
  const auto status = files.status(scratch / "a");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->type, FileStatus::Type::regular);
  EXPECT_EQ(status->permissions, 0600U);
  EXPECT_EQ(status->owner, ::geteuid());
  EXPECT_EQ(status->size, 5U);
}

TEST_F(RealFileSystem, create_refuses_a_name_that_is_taken) {
  make_file("a", "first");
  EXPECT_EQ(error_of(files.create(scratch / "a", 0600)), std::errc::file_exists);
  EXPECT_EQ(content("a"), "first");
}

TEST_F(RealFileSystem, create_does_not_follow_a_symbolic_link) {
  ASSERT_EQ(::symlink((scratch / "elsewhere").c_str(), (scratch / "link").c_str()), 0);
  EXPECT_EQ(error_of(files.create(scratch / "link", 0600)), std::errc::file_exists);
  EXPECT_FALSE(files.status(scratch / "elsewhere"));
}

TEST_F(RealFileSystem, rename_and_link_refuse_a_name_that_is_taken) {
  make_file("a", "a");
  make_file("b", "b");
  EXPECT_EQ(error_of(files.rename(scratch / "a", scratch / "b")), std::errc::file_exists);
  EXPECT_EQ(error_of(files.link(scratch / "a", scratch / "b")), std::errc::file_exists);
  EXPECT_EQ(content("b"), "b");
}

TEST_F(RealFileSystem, rename_moves_replace_replaces_unlink_removes) {
  make_file("a", "a");
  make_file("b", "b");
  EXPECT_TRUE(files.rename(scratch / "a", scratch / "c"));
  EXPECT_TRUE(files.replace(scratch / "c", scratch / "b"));
  EXPECT_EQ(content("b"), "a");
  EXPECT_TRUE(files.unlink(scratch / "b"));
  EXPECT_EQ(error_of(files.unlink(scratch / "b")), std::errc::no_such_file_or_directory);
}

TEST_F(RealFileSystem, read_refuses_a_file_over_the_limit) {
  make_file("a", "12345");
  EXPECT_EQ(files.read(scratch / "a", 5).value(), "12345");
  EXPECT_EQ(error_of(files.read(scratch / "a", 4)), std::errc::file_too_large);
  EXPECT_EQ(error_of(files.read(scratch / "a", 0)), std::errc::file_too_large);
}

TEST_F(RealFileSystem, read_takes_a_file_longer_than_its_own_steps) {
  const std::string bytes(300'000, 'x');
  make_file("a", bytes);
  EXPECT_EQ(files.read(scratch / "a", 300'000).value(), bytes);
}

TEST_F(RealFileSystem, read_refuses_directories_and_pipes_without_hanging) {
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_of(files.read(scratch.path(), 10)), std::errc::is_a_directory);
  EXPECT_EQ(error_of(files.read(scratch / "pipe", 10)), std::errc::invalid_argument);
  EXPECT_EQ(error_of(files.read(scratch / "none", 10)), std::errc::no_such_file_or_directory);
}

TEST_F(RealFileSystem, list_gives_every_name_but_dots) {
  make_file("b", "");
  make_file(".a", "");
  ASSERT_TRUE(files.make_directory(scratch / "d", 0700));
  auto names = files.list(scratch.path()).value();
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{".a", "b", "d"}));
  EXPECT_EQ(error_of(files.list(scratch / "b")), std::errc::not_a_directory);
}

TEST_F(RealFileSystem, directories_are_synced_and_files_are_not_taken_for_them) {
  make_file("a", "");
  EXPECT_TRUE(files.sync_directory(scratch.path()));
  EXPECT_EQ(error_of(files.sync_directory(scratch / "a")), std::errc::not_a_directory);
  EXPECT_EQ(error_of(files.make_directory(scratch / "a", 0700)), std::errc::file_exists);
}

TEST_F(RealFileSystem, status_does_not_follow_links_and_space_is_known) {
  ASSERT_EQ(::symlink("nowhere", (scratch / "link").c_str()), 0);
  EXPECT_EQ(files.status(scratch / "link").value().type, FileStatus::Type::symlink);
  EXPECT_GT(files.space(scratch.path()).value().available, 0U);
  EXPECT_FALSE(files.space(scratch / "none"));
}

}  // namespace
}  // namespace sisu
