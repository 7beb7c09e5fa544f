// Link: the relay's end of the socket of sisumail-dns (proto/naming.md), on a thread of its own. It declares every
// owner's records when it connects and each change after that; nobody waits for it. While sisumail-dns is away it tries
// again, for ever, and remembers only who has changed: what is declared is always what holds then.
#pragma once

#include "common/log/logger.hpp"
#include "common/net/worker_pool.hpp"
#include "relay/naming/link/owner_states.hpp"
#include "relay/naming/record.hpp"

#include <asio/awaitable.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace sisu::relay::naming {

struct LinkOptions {
  std::filesystem::path socket;
  std::string zone;                               ///< "example.org."
  std::chrono::milliseconds first_retry{250};     ///< doubled after each failure
  std::chrono::milliseconds longest_retry{2000};  ///< a connection that stood longer is none
  std::chrono::milliseconds patience{30'000};     ///< for the greeting, and for the other side to read what is written
  log::Logger logger = {};
};

/// Safe from any thread.
class Link {
 public:
  /// What is declared; both are called on the link's thread.
  struct Source {
    std::function<std::vector<std::string>()> owners;
    std::function<RecordSet(const std::string& owner)> records;  ///< none: the owner is not there any more
  };
  /// What is known of the other side.
  struct Service {
    bool connected = false;
    bool is_signed = false;  ///< as last said
    std::string problem;     ///< why it is not connected
  };

  Link(LinkOptions options, Source source);
  ~Link() { stop(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void start();
  /// Blocks until the thread has ended; `source` is not called any more. Not from its callbacks.
  void stop();

  /// The owner's records are other ones now, or gone. Cheap; may be called before start() and after stop().
  void changed(const std::string& owner);

  Service service() const;
  OwnerStates& states() { return states_; }
  const OwnerStates& states() const { return states_; }

 private:
  using Socket = asio::local::stream_protocol::socket;
  struct Connection;

  asio::awaitable<void> keep_connected();
  asio::awaitable<void> serve_connection();
  asio::awaitable<void> greet(std::shared_ptr<Connection> connection);
  asio::awaitable<void> declare_all(std::shared_ptr<Connection> connection);
  asio::awaitable<void> write(std::shared_ptr<Connection> connection, std::string lines);
  asio::awaitable<std::string> read_line(std::shared_ptr<Connection> connection);
  asio::awaitable<void> listen(std::shared_ptr<Connection> connection);
  void hear(const std::string& line);
  void hear_hello(const proto::naming::ServiceHello& hello);
  void log_problem(const std::string& what);
  std::vector<std::string> take_changed();
  std::string line_of(const std::string& owner);
  void lost(const std::string& reason);

  LinkOptions options_;
  Source source_;
  OwnerStates states_;

  mutable std::mutex mutex_;
  std::set<std::string> changed_;  // owners to be declared
  Service service_;
  std::weak_ptr<Connection> connection_;
  bool stopped_ = false;

  bool outage_logged_ = false;  // on the link's thread, as the next
  std::chrono::steady_clock::time_point problem_logged_{};

  std::unique_ptr<net::WorkerPool> worker_;  // last: what runs on it uses the rest
};

}  // namespace sisu::relay::naming
