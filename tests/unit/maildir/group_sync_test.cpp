#include "client/maildir/group_sync.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

namespace sisu::client {
namespace {

const std::error_code disk_error(EIO, std::system_category());

/// A sync that ends when the test says so, with the error that it says.
class SlowDisk {
 public:
  std::error_code sync() {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return allowed_ > ended_; });
    ++ended_;
    return ended_ == failing_ ? disk_error : std::error_code();
  }
  void wait_until_begun(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= count; });
  }
  void allow(int count) {
    const std::lock_guard lock(mutex_);
    allowed_ = count;
    changed_.notify_all();
  }
  void fail(int which) { failing_ = which; }
  int begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int begun_ = 0, ended_ = 0, allowed_ = 0, failing_ = 0;
};

/// Threads that are all in wait() once this is made.
class Waiters {
 public:
  Waiters(GroupSync& group, int count) : results_(static_cast<std::size_t>(count)) {
    const int before = group.waiting();
    for (auto& result : results_) threads_.emplace_back([&] { result = group.wait(); });
    while (group.waiting() < before + count) std::this_thread::yield();
  }
  const std::vector<std::error_code>& join() {
    threads_.clear();
    return results_;
  }

 private:
  std::vector<std::error_code> results_;
  std::vector<std::jthread> threads_;
};

TEST(GroupSync, one_caller_gets_the_result_of_one_sync) {
  int syncs = 0;
  GroupSync group([&] {
    ++syncs;
    return disk_error;
  });
  EXPECT_EQ(group.wait(), disk_error);
  EXPECT_EQ(syncs, 1);
}

TEST(GroupSync, a_sync_that_has_begun_does_not_serve_who_comes_later) {
  SlowDisk disk;
  GroupSync group([&] { return disk.sync(); });
  Waiters first(group, 1);
  disk.wait_until_begun(1);
  Waiters late(group, 1);
  disk.allow(1);
  disk.wait_until_begun(2);  // hangs here if the first sync had served both
  disk.allow(2);
  EXPECT_FALSE(first.join()[0]);
  EXPECT_FALSE(late.join()[0]);
}

TEST(GroupSync, those_who_wait_share_one) {
  SlowDisk disk;
  GroupSync group([&] { return disk.sync(); });
  Waiters first(group, 1);
  disk.wait_until_begun(1);
  Waiters late(group, 8);
  disk.allow(100);
  late.join();
  EXPECT_EQ(disk.begun(), 2);
}

TEST(GroupSync, a_failure_reaches_those_who_wait_for_the_next_sync_too_but_no_later_ones) {
  SlowDisk disk;
  disk.fail(1);
  GroupSync group([&] { return disk.sync(); });
  Waiters first(group, 1);
  disk.wait_until_begun(1);
  Waiters second(group, 1);
  disk.allow(100);
  EXPECT_EQ(first.join()[0], disk_error);
  EXPECT_EQ(second.join()[0], disk_error);
  EXPECT_FALSE(group.wait());
}

TEST(GroupSync, many_threads_all_get_an_answer) {
  std::atomic<int> running = 0;
  std::atomic<bool> overlapped = false;
  int syncs = 0;
  GroupSync group([&] {
    overlapped = overlapped || ++running != 1;
    ++syncs;
    --running;
    return std::error_code();
  });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) EXPECT_FALSE(group.wait());
    });
  }
  threads.clear();
  EXPECT_FALSE(overlapped);
  EXPECT_LE(syncs, 8000);
}

}  // namespace
}  // namespace sisu::client
