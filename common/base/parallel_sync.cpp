#include "common/base/parallel_sync.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <optional>
#include <sys/syscall.h>
#include <unistd.h>

namespace sisu {
namespace {

std::error_code error_of(long number) { return {static_cast<int>(number), std::system_category()}; }

std::error_code sync_one(int descriptor) { return ::fsync(descriptor) == 0 ? std::error_code() : error_of(errno); }

/// A thread's queue of asynchronous operations. glibc has no functions for these calls.
class SyncQueue {
 public:
  static constexpr std::size_t room = 32;

  SyncQueue() {
    if (::syscall(SYS_io_setup, room, &context_) != 0) context_ = 0;
  }
  ~SyncQueue() { close(); }
  SyncQueue(const SyncQueue&) = delete;
  SyncQueue& operator=(const SyncQueue&) = delete;

  /// Begins as many of the first as it can, and says how many: none where the kernel gives no queue.
  std::size_t begin(std::span<const int> descriptors) {
    if (context_ == 0) return 0;
    std::array<iocb, room> operations{};
    std::array<iocb*, room> list{};
    const std::size_t count = std::min(descriptors.size(), room);
    for (std::size_t i = 0; i < count; ++i) {
      operations[i].aio_lio_opcode = IOCB_CMD_FSYNC;
      operations[i].aio_fildes = static_cast<std::uint32_t>(descriptors[i]);
      operations[i].aio_data = i;
      list[i] = &operations[i];
    }
    const long begun = ::syscall(SYS_io_submit, context_, static_cast<long>(count), list.data());
    return begun > 0 ? static_cast<std::size_t>(begun) : 0;
  }

  /// Waits for all that begin() has begun. What is not known to have succeeded stays the error that it was.
  void finish(std::size_t begun, std::span<std::error_code> outcomes) {
    std::array<io_event, room> events{};
    while (begun > 0) {
      const long ended = ::syscall(SYS_io_getevents, context_, 1L, static_cast<long>(begun), events.data(), nullptr);
      if (ended < 0 && errno == EINTR) continue;
      if (ended <= 0) return close();
      for (long i = 0; i < ended; ++i) {
        const io_event& event = events[static_cast<std::size_t>(i)];
        outcomes[event.data] = error_of(event.res < 0 ? -event.res : 0);
      }
      begun -= static_cast<std::size_t>(ended);
    }
  }

 private:
  /// Waits for what has not ended.
  void close() {
    if (context_ != 0) ::syscall(SYS_io_destroy, context_);
    context_ = 0;
  }

  aio_context_t context_ = 0;
};

}  // namespace

std::vector<std::error_code> sync_in_parallel(std::span<const int> descriptors) {
  if (descriptors.size() == 1) return {sync_one(descriptors.front())};
  // Only a hint to the disk to begin with all; what goes wrong is told by the sync.
  for (const int descriptor : descriptors) (void)::sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
  thread_local SyncQueue queue;
  std::vector<std::error_code> outcomes(descriptors.size(), error_of(EIO));
  const std::span all(outcomes);
  for (std::size_t done = 0; done < descriptors.size();) {
    const std::size_t begun = queue.begin(descriptors.subspan(done));
    queue.finish(begun, all.subspan(done));
    done += begun;
    if (begun > 0) continue;
    all[done] = sync_one(descriptors[done]);  // never one that was begun: a second fsync after an error may say "fine"
    ++done;
  }
  return outcomes;
}

}  // namespace sisu
