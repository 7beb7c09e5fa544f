// Many users of one relay: each with a key of its own in the registry, and, when asked, a session that answers senders
// with the user's own banner.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/net/task_group.hpp"
#include "common/net/worker_pool.hpp"
#include "common/ssh/client_session.hpp"

#include <asio/awaitable.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sisu::test {

struct CrowdUser {
  std::string name;
  std::string address;
  ssh::PrivateKey key;
  std::unique_ptr<ssh::ClientSession> session = {};
};

class Crowd {
 public:
  explicit Crowd(const asio::any_io_executor& executor) : workers_(1, "worker"), running_(executor) {}

  /// Puts `count` users into the registry of `state`, which no relay may be using yet.
  void register_users(const std::filesystem::path& state, const std::string& prefix, std::size_t count);
  const std::vector<CrowdUser>& users() const { return users_; }
  CrowdUser& find(const std::string& name);

  /// The first `count` log in, `lanes` at a time, and ask for deliveries.
  asio::awaitable<void> become_present(Endpoint relay, std::size_t count, std::size_t lanes);
  /// The user's session ends.
  void leave(const std::string& name);
  asio::awaitable<void> end();

 private:
  asio::awaitable<void> lane(Endpoint relay, std::size_t& next, std::size_t count);
  asio::awaitable<void> log_in(Endpoint relay, CrowdUser& user);
  asio::awaitable<void> answer_senders(CrowdUser& user);

  std::vector<CrowdUser> users_;
  net::WorkerPool workers_;
  net::TaskGroup running_;
};

}  // namespace sisu::test
