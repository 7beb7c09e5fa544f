// fsync(2) of several files at the same time by one thread, through the kernel's asynchronous I/O (io_submit(2)): their
// writes and the flushes of the disk's cache go together, where one after the other would wait for each.
#pragma once

#include <span>
#include <system_error>
#include <vector>

namespace sisu {

/// The outcome of fsync(2) for each descriptor, in their order. Blocks until all have ended. Safe from any thread.
std::vector<std::error_code> sync_in_parallel(std::span<const int> descriptors);

}  // namespace sisu
