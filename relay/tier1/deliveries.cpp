#include "relay/tier1/deliveries.hpp"

#include "common/net/tcp_stream.hpp"
#include "proto/proxy_v2.hpp"
#include "relay/tier1/refusal.hpp"

#include <chrono>
#include <utility>

namespace sisu::relay::tier1 {

using std::chrono::steady_clock;
using std::chrono::system_clock;

DeliveryCounters::DeliveryCounters(metrics::Registry& registry) {
  const std::string name = "sisumail_relay_connections_total";
  const std::string help = "Senders' connections by what became of them.";
  piped = registry.counter(name, help, {{"outcome", "piped"}});
  refused = registry.counter(name, help, {{"outcome", "refused"}});
  denied = registry.counter(name, help, {{"outcome", "denied"}});
  unconfirmed = registry.counter(name, help, {{"outcome", "unconfirmed"}});
  const std::string bytes = "sisumail_relay_bytes_total";
  const std::string bytes_help = "Bytes piped.";
  bytes_to_client = registry.counter(bytes, bytes_help, {{"direction", "to_client"}});
  bytes_to_sender = registry.counter(bytes, bytes_help, {{"direction", "to_sender"}});
  open = registry.gauge("sisumail_relay_connections", "Senders' connections open now.");
}

/// One more on a gauge as long as it lives.
class CountedOn {
 public:
  explicit CountedOn(metrics::Gauge gauge) : gauge_(gauge) { gauge_.add(1); }
  ~CountedOn() { gauge_.add(-1); }
  CountedOn(const CountedOn&) = delete;
  CountedOn& operator=(const CountedOn&) = delete;

 private:
  metrics::Gauge gauge_;
};

/// False: there is no place for `key`.
template <class Key>
bool take_place(Counted<Key>& places, const Key& key, typename Counted<Key>::Ticket& ticket) {
  auto place = places.admit(key).first;
  if (place) ticket = std::move(*place);
  return place.has_value();
}

struct Deliveries::Delivery {
  Delivery(asio::ip::tcp::socket socket, const Endpoint& sender, const ListeningSocket& at, proto::ForwardKind forward)
      : stream(std::move(socket)), peer(sender), local(at.address), listener(at.id), kind(forward) {}

  ConnectionId id = ConnectionId::random();
  net::TcpStream stream;
  Endpoint peer;
  Endpoint local;
  ListenerId listener;
  proto::ForwardKind kind;
  proto::AcceptedTime accepted = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
  steady_clock::time_point began = steady_clock::now();
  Counted<std::string>::Ticket place;
  Counted<UserSource>::Ticket place_of_source;
  Counted<IpAddress>::Ticket place_of_address;
  Counted<IpAddress>::Ticket place_of_prefix;
  MemoryBudget::Reservation buffers;
  std::optional<CountedOn> counted;  // once admitted
  net::TaskGroup::Child task;
  bool late = false;  // its channel was not confirmed in time
};

Deliveries::Deliveries(const asio::any_io_executor& executor, DeliveryEnvironment environment, std::string user,
                       SessionId session_id, ssh::ServerSession& session, std::function<void()> unconfirmed)
    : environment_(std::move(environment)),
      user_(std::move(user)),
      session_id_(session_id),
      session_(session),
      unconfirmed_(std::move(unconfirmed)),
      rate_(environment_.usage.rate_of(user_)),
      unconfirmed_channels_(executor, environment_.limits.channel_open),
      watch_(executor, environment_.limits),
      pipe_environment_{
          environment_.limits, *rate_, watch_,
          [this] {
            environment_.limit_log.bite(LimitName::user_rate, {{"user", user_}, {"session", session_id_}});
          }},
      running_(executor) {}

Deliveries::~Deliveries() = default;

void Deliveries::take(asio::ip::tcp::socket socket, const Endpoint& peer, const ListeningSocket& listener,
                      proto::ForwardKind kind) {
  auto delivery = std::make_shared<Delivery>(std::move(socket), peer, listener, kind);
  if (!cut_because_.empty()) return turn_away(*delivery, "the recipient is going offline", "connection refused");
  if (!admit(*delivery)) return;
  if (environment_.logger.enabled(log::Level::debug)) {
    environment_.logger.debug("connection accepted", {{"connection", delivery->id},
                                                      {"listener", delivery->listener},
                                                      {"session", session_id_},
                                                      {"user", user_},
                                                      {"source", delivery->peer},
                                                      {"destination", delivery->local}});
  }
  delivery->counted.emplace(environment_.counters.open);
  delivery->task = running_.spawn(serve(delivery));
}

bool Deliveries::admit(Delivery& delivery) {
  const IpAddress prefix = source_prefix(delivery.peer.address);
  const auto limit = over_limit(delivery, prefix);
  if (!limit) return true;
  environment_.limit_log.bite(*limit, {{"user", user_}, {"source", prefix}, {"connection", delivery.id}});
  environment_.counters.refused.add();
  turn_away(delivery, *limit == LimitName::memory ? "the relay is short of memory" : "too many connections",
            "connection refused");
  return false;
}

/// Takes a place under each limit, or says which has none left. The narrowest come first, so that a source that is too
/// many takes nothing from its user.
std::optional<LimitName> Deliveries::over_limit(Delivery& delivery, const IpAddress& prefix) {
  Usage& usage = environment_.usage;
  const IpAddress& address = delivery.peer.address;
  if (!usage.arrivals_by_address.admit(address)) return LimitName::arrivals_per_address;
  if (!usage.arrivals_by_prefix.admit(prefix)) return LimitName::arrivals_per_prefix;
  if (!take_place(usage.connections_by_address, address, delivery.place_of_address)) {
    return LimitName::connections_per_address;
  }
  if (!take_place(usage.connections_by_prefix, prefix, delivery.place_of_prefix)) {
    return LimitName::connections_per_prefix;
  }
  if (!take_place(usage.connections_by_source, UserSource{user_, prefix}, delivery.place_of_source)) {
    return LimitName::connections_per_source;
  }
  if (!usage.arrivals_by_user.admit(user_)) return LimitName::arrivals_per_user;
  auto [of_user, full] = usage.connections.admit(user_);
  if (!of_user) {
    const bool user_full = full == Counted<std::string>::Full::for_this_key;
    return user_full ? LimitName::connections_per_user : LimitName::connections;
  }
  delivery.place = std::move(*of_user);
  auto buffers = usage.memory.reserve(2 * environment_.limits.pipe_buffer);
  if (!buffers) return LimitName::memory;
  delivery.buffers = std::move(*buffers);
  return std::nullopt;
}

// A refused flood must not flood the log: its lines are for debugging, the line of the limit says the rest.
void Deliveries::turn_away(Delivery& delivery, std::string_view reason, std::string_view event) {
  environment_.logger.debug(event, {{"connection", delivery.id},
                                    {"session", session_id_},
                                    {"user", user_},
                                    {"source", delivery.peer},
                                    {"reason", reason}});
  refuse(std::move(delivery.stream.socket()), reason);
}

asio::awaitable<void> Deliveries::serve(std::shared_ptr<Delivery> delivery) {
  const auto channel = co_await open_channel(*delivery);
  if (channel) co_await pipe(*delivery, *channel);
}

asio::awaitable<std::unique_ptr<ssh::Channel>> Deliveries::open_channel(Delivery& delivery) {
  const auto place = unconfirmed_channels_.add([&delivery] {
    delivery.late = true;
    delivery.task.cancel();
  });
  std::string_view reason;
  try {
    auto channel = co_await session_.open_forwarded(std::string(forward_address(delivery.kind)), proto::forward_port,
                                                    delivery.peer);
    unconfirmed_channels_.remove(place);
    environment_.counters.piped.add();
    co_return channel;
  } catch (const std::system_error& error) {
    unconfirmed_channels_.remove(place);
    reason = channel_refused(delivery, error);
  }
  turn_away(delivery, "the recipient's device does not answer", "connection turned away");
  log_end(delivery, reason, 0, 0);
  co_return nullptr;
}

std::string_view Deliveries::channel_refused(const Delivery& delivery, const std::system_error& error) {
  if (delivery.late) {
    environment_.limit_log.bite(LimitName::channel_open, {{"user", user_}, {"session", session_id_}});
    environment_.counters.unconfirmed.add();
    unconfirmed_();
    return "channel not confirmed";
  }
  if (error.code() == asio::error::no_buffer_space) {
    environment_.limit_log.bite(LimitName::unconfirmed_opens, {{"user", user_}, {"session", session_id_}});
    return "too many channels that are not confirmed";
  }
  if (error.code() == asio::error::connection_refused) {
    environment_.counters.denied.add();
    return "channel denied by the client";
  }
  return cut_because_.empty() ? "client lost" : std::string_view(cut_because_);
}

asio::awaitable<void> Deliveries::pipe(Delivery& delivery, ssh::Channel& channel) {
  std::string preface;
  if (delivery.kind == proto::ForwardKind::smtp_delivery) {
    preface = proto::format_preface({delivery.peer, delivery.local, delivery.id, delivery.accepted});
  }
  Pipe pipe(delivery.stream, channel, pipe_environment_);
  const auto place = pipes_.insert(pipes_.end(), &pipe);
  const PipeReport report = co_await pipe.run(std::move(preface));
  pipes_.erase(place);
  environment_.counters.bytes_to_client.add(static_cast<double>(report.to_client));
  environment_.counters.bytes_to_sender.add(static_cast<double>(report.to_sender));
  const log::Field who("connection", delivery.id);
  if (report.end == PipeEnd::idle) environment_.limit_log.bite(LimitName::idle, {who});
  if (report.end == PipeEnd::half_closed) environment_.limit_log.bite(LimitName::half_closed_idle, {who});
  if (report.end == PipeEnd::stalled) environment_.limit_log.bite(LimitName::progress, {who});
  const bool was_cut = report.end == PipeEnd::cut && !cut_because_.empty();
  log_end(delivery, was_cut ? cut_because_ : to_text(report.end), report.to_client, report.to_sender);
}

void Deliveries::log_end(const Delivery& delivery, std::string_view reason, std::uint64_t to_client,
                         std::uint64_t to_sender) {
  const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - delivery.began);
  environment_.logger.info("connection ended", {{"connection", delivery.id},
                                                {"listener", delivery.listener},
                                                {"session", session_id_},
                                                {"user", user_},
                                                {"source", delivery.peer},
                                                {"destination", delivery.local},
                                                {"reason", reason},
                                                {"bytes_to_client", to_client},
                                                {"bytes_to_sender", to_sender},
                                                {"milliseconds", lasted.count()}});
}

void Deliveries::cut(std::string why) {
  if (!cut_because_.empty()) return;
  cut_because_ = std::move(why);
  running_.stop();
  for (auto next = pipes_.begin(); next != pipes_.end();) {
    Pipe* const pipe = *next++;  // a pipe that ends leaves the list
    pipe->cut();
  }
}

}  // namespace sisu::relay::tier1
