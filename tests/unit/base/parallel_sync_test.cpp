#include "common/base/parallel_sync.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace sisu {
namespace {

class Files {
 public:
  explicit Files(int count) {
    for (int i = 0; i < count; ++i) {
      const int descriptor =
          ::open(std::filesystem::temp_directory_path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
      EXPECT_GE(descriptor, 0);
      EXPECT_EQ(::write(descriptor, "text", 4), 4);
      descriptors.push_back(descriptor);
    }
  }
  ~Files() {
    for (const int descriptor : descriptors) ::close(descriptor);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::vector<int> descriptors;
};

std::vector<int> numbers(const std::vector<std::error_code>& errors) {
  std::vector<int> found;
  for (const auto& error : errors) found.push_back(error.value());
  return found;
}

TEST(ParallelSync, none_is_none) { EXPECT_TRUE(sync_in_parallel({}).empty()); }

TEST(ParallelSync, any_number_of_files_is_synced) {
  for (const int count : {1, 2, 31, 32, 33, 100}) {
    const Files files(count);
    EXPECT_EQ(numbers(sync_in_parallel(files.descriptors)), std::vector<int>(static_cast<std::size_t>(count), 0));
  }
}

TEST(ParallelSync, each_file_has_its_own_outcome) {
  const Files files(3);
  for (std::size_t bad = 0; bad <= 3; ++bad) {
    auto descriptors = files.descriptors;
    descriptors.insert(descriptors.begin() + static_cast<std::ptrdiff_t>(bad), -1);
    std::vector<int> expected(4, 0);
    expected[bad] = EBADF;
    EXPECT_EQ(numbers(sync_in_parallel(descriptors)), expected);
  }
}

TEST(ParallelSync, what_cannot_be_synced_says_so) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  EXPECT_EQ(numbers(sync_in_parallel(std::vector<int>{ends[1]})), std::vector<int>{EINVAL});
  EXPECT_EQ(numbers(sync_in_parallel(std::vector<int>{ends[1], -1, ends[1]})),
            (std::vector<int>{EINVAL, EBADF, EINVAL}));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace sisu
