#include "client/state/state_directory.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace sisu::client {
namespace {

TEST(StateDirectory, is_made_private_with_its_parents) {
  const test::ScratchDirectory place;
  ASSERT_TRUE(StateDirectory::open(place / "a/b"));
  struct stat about {};
  ASSERT_EQ(::stat((place / "a/b").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);
}

TEST(StateDirectory, is_held_by_one_at_a_time) {
  const test::ScratchDirectory place;
  {
    const auto first = StateDirectory::open(place.path());
    ASSERT_TRUE(first);
    const auto second = StateDirectory::open(place.path());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("process " + std::to_string(::getpid())), std::string::npos) << second.error();
    EXPECT_NE(second.error().find("--state"), std::string::npos) << second.error();
  }
  EXPECT_TRUE(StateDirectory::open(place.path())) << "free again";
}

TEST(StateDirectory, a_lock_file_that_a_crash_left_is_no_lock) {
  const test::ScratchDirectory place;
  test::write_file(place / "lock", "999999\n");
  EXPECT_TRUE(StateDirectory::open(place.path()));
}

TEST(StateDirectory, a_file_in_its_place_is_an_error_that_names_it) {
  const test::ScratchDirectory place;
  test::write_file(place / "file", "");
  for (const auto& path : {place / "file", place / "file/below"}) {
    const auto refused = StateDirectory::open(path);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find(path.string()), std::string::npos) << refused.error();
  }
}

TEST(StateDirectory, a_symbolic_link_for_a_lock_is_not_followed) {
  const test::ScratchDirectory place;
  std::filesystem::create_symlink(place / "elsewhere", place / "lock");
  EXPECT_FALSE(StateDirectory::open(place.path()));
  EXPECT_FALSE(std::filesystem::exists(place / "elsewhere"));
}

}  // namespace
}  // namespace sisu::client
