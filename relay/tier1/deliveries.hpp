// Deliveries: the senders' connections that one session serves. Each is admitted against the limits, gets a channel
// toward the client and the preface ahead of its bytes, and is piped until both sides are done.
#pragma once

#include "common/log/logger.hpp"
#include "common/metrics/metrics.hpp"
#include "common/net/task_group.hpp"
#include "common/ssh/server_session.hpp"
#include "proto/forward_kind.hpp"
#include "relay/limits/limit_log.hpp"
#include "relay/limits/usage.hpp"
#include "relay/tier1/deadline_queue.hpp"
#include "relay/tier1/listening_sockets.hpp"
#include "relay/tier1/pipe.hpp"

#include <asio/ip/tcp.hpp>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace sisu::relay::tier1 {

/// Counters of all deliveries of the process.
struct DeliveryCounters {
  explicit DeliveryCounters(metrics::Registry& registry);
  metrics::Counter piped;        ///< a channel was confirmed
  metrics::Counter refused;      ///< a limit kept it out
  metrics::Counter denied;       ///< the client refused the channel
  metrics::Counter unconfirmed;  ///< the client did not answer in time
  metrics::Counter bytes_to_client;
  metrics::Counter bytes_to_sender;
  metrics::Gauge open;
};

/// What deliveries need of the process; all of it outlives them.
struct DeliveryEnvironment {
  const Limits& limits;
  Usage& usage;
  LimitLog& limit_log;
  const DeliveryCounters& counters;
  log::Logger logger;
};

/// Used from the session's executor only.
class Deliveries {
 public:
  /// `unconfirmed` is called when a channel was not confirmed within the limit channel-open. `session` outlives this.
  Deliveries(const asio::any_io_executor& executor, DeliveryEnvironment environment, std::string user,
             SessionId session_id, ssh::ServerSession& session, std::function<void()> unconfirmed);
  ~Deliveries();
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  /// Takes a connection that was just accepted, or refuses it.
  void take(asio::ip::tcp::socket socket, const Endpoint& peer, const ListeningSocket& listener,
            proto::ForwardKind kind);

  /// Ends all of them; no new ones start. `why` goes into their log lines.
  void cut(std::string why);
  /// Completes when none runs any more.
  asio::awaitable<void> join() { return running_.join(); }
  std::size_t size() const { return running_.size(); }

 private:
  struct Delivery;

  bool admit(Delivery& delivery);
  std::optional<LimitName> over_limit(Delivery& delivery, const IpAddress& prefix);
  asio::awaitable<void> serve(std::shared_ptr<Delivery> delivery);
  asio::awaitable<std::unique_ptr<ssh::Channel>> open_channel(Delivery& delivery);
  std::string_view channel_refused(const Delivery& delivery, const std::system_error& error);
  asio::awaitable<void> pipe(Delivery& delivery, ssh::Channel& channel);
  void turn_away(Delivery& delivery, std::string_view reason, std::string_view event);
  void log_end(const Delivery& delivery, std::string_view reason, std::uint64_t to_client, std::uint64_t to_sender);

  DeliveryEnvironment environment_;
  std::string user_;
  SessionId session_id_;
  ssh::ServerSession& session_;
  std::function<void()> unconfirmed_;
  std::shared_ptr<UserRate> rate_;
  DeadlineQueue unconfirmed_channels_;
  PipeWatch watch_;
  PipeEnvironment pipe_environment_;
  std::list<Pipe*> pipes_;  // so that cut() reaches them
  net::TaskGroup running_;
  std::string cut_because_;
};

}  // namespace sisu::relay::tier1
