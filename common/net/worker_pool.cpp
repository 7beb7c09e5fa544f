#include "common/net/worker_pool.hpp"

#include "common/base/expects.hpp"

#include <asio/post.hpp>

#include <barrier>
#include <memory>
#include <pthread.h>
#include <string>

namespace sisu::net {

WorkerPool::WorkerPool(std::size_t threads, const char* name) : pool_(threads) {
  expects(threads >= 1, "at least one worker");
  // Each thread must name itself: the barrier keeps one from taking two of the tasks. This thread waits with them, so
  // that a pool that ends at once does not drop one of the tasks and leave the others waiting.
  const auto all_here = std::make_shared<std::barrier<>>(static_cast<std::ptrdiff_t>(threads) + 1);
  for (std::size_t i = 0; i < threads; ++i) {
    asio::post(pool_, [all_here, title = std::string(name).substr(0, 15)] {
      ::pthread_setname_np(::pthread_self(), title.c_str());
      all_here->arrive_and_wait();
    });
  }
  all_here->arrive_and_wait();
}

WorkerPool::~WorkerPool() {
  pool_.stop();
  pool_.join();
}

}  // namespace sisu::net
