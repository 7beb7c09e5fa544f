#include "relay/host/state_directory.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace sisu::relay::host {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

TEST(StateDirectory, it_is_made_with_its_parents_for_the_owner_alone) {
  const test::ScratchDirectory scratch;
  const auto state = StateDirectory::open(scratch / "a/b");
  ASSERT_TRUE(state) << state.error();
  EXPECT_EQ(mode_of(scratch / "a/b"), 0700U);
  EXPECT_EQ(mode_of(scratch / "a"), 0700U);
}

TEST(StateDirectory, a_second_relay_is_refused_until_the_first_has_ended) {
  const test::ScratchDirectory scratch;
  {
    const auto first = StateDirectory::open(scratch / "s");
    const auto second = StateDirectory::open(scratch / "s");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("another sisumail-relay"), std::string::npos);
  }
  EXPECT_TRUE(StateDirectory::open(scratch / "s"));
}

TEST(StateDirectory, a_directory_that_others_may_enter_is_refused) {
  const test::ScratchDirectory scratch;
  fs::create_directory(scratch / "s");
  for (const mode_t mode : {0750U, 0701U, 0777U}) {
    ::chmod((scratch / "s").c_str(), mode);
    const auto state = StateDirectory::open(scratch / "s");
    ASSERT_FALSE(state) << mode;
    EXPECT_NE(state.error().find("chmod 700"), std::string::npos);
  }
}

TEST(StateDirectory, a_file_in_its_place_is_refused) {
  const test::ScratchDirectory scratch;
  test::write_file(scratch / "s", "");
  const auto state = StateDirectory::open(scratch / "s");
  ASSERT_FALSE(state);
  EXPECT_NE(state.error().find((scratch / "s").string()), std::string::npos);
}

TEST(StateDirectory, a_lock_that_is_a_symbolic_link_is_refused) {
  const test::ScratchDirectory scratch;
  fs::create_directory(scratch / "s");
  ::chmod((scratch / "s").c_str(), 0700);
  fs::create_symlink("/dev/null", scratch / "s/lock");
  EXPECT_FALSE(StateDirectory::open(scratch / "s"));
}

}  // namespace
}  // namespace sisu::relay::host
