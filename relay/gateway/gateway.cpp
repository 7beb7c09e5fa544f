#include "relay/gateway/gateway.hpp"

#include "common/base/expects.hpp"
#include "common/net/task_group.hpp"
#include "relay/gateway/session.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <pthread.h>
#include <semaphore>
#include <thread>

namespace sisu::relay::gateway {
namespace {

constexpr int ssh_backlog = 512;

asio::awaitable<void> live(std::shared_ptr<Session> session) { co_await session->run(); }

}  // namespace

/// One thread's event loop and the sessions on it.
class Gateway::Loop {
 public:
  explicit Loop(Environment& environment)
      : environment_(environment), context_(1), work_(context_.get_executor()), running_(context_.get_executor()) {}

  asio::any_io_executor executor() { return context_.get_executor(); }
  void run() { context_.run(); }

  /// From any thread: `socket` is of this loop.
  void take(asio::ip::tcp::socket socket, SourceTicket place) {
    asio::post(context_, [this, socket = std::move(socket), place = std::move(place)]() mutable {
      start(std::move(socket), std::move(place));
    });
  }

  /// From any thread. The loop ends when its last session has.
  void stop() {
    asio::post(context_, [this] {
      if (std::exchange(stopping_, true)) return;
      for (const auto& weak : sessions_) {
        if (const auto session = weak.lock()) session->stop();
      }
      asio::co_spawn(context_, wait_for_sessions(), asio::detached);
    });
  }

 private:
  void start(asio::ip::tcp::socket socket, SourceTicket place) {
    if (stopping_) return;
    const auto session = std::make_shared<Session>(std::move(socket), environment_, std::move(place));
    forget_ended();
    sessions_.push_back(session);
    running_.spawn(live(session));
  }

  /// Now and then, so that it costs little per session and the list stays within twice what lives.
  void forget_ended() {
    if (sessions_.size() < 2 * running_.size() + 16) return;
    std::erase_if(sessions_, [](const auto& session) { return session.expired(); });
  }

  asio::awaitable<void> wait_for_sessions() {
    co_await running_.join();
    context_.stop();  // others than sessions may wait on this loop: signals
  }

  Environment& environment_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  net::TaskGroup running_;
  std::vector<std::weak_ptr<Session>> sessions_;
  bool stopping_ = false;
};

Gateway::Gateway(Environment& environment, std::size_t loops)
    : environment_(environment), early_drop_(environment.limits.early_drop_start, environment.limits.early_drop_rate) {
  expects(loops >= 1, "at least one event loop");
  for (std::size_t i = 0; i < loops; ++i) loops_.push_back(std::make_unique<Loop>(environment));
}

Gateway::~Gateway() = default;

Result<void, std::string> Gateway::listen(std::span<const Endpoint> addresses) {
  auto sockets = tier1::ListeningSockets::open(addresses, ssh_backlog, environment_.logger.with({{"for", "ssh"}}));
  if (!sockets) return fail(std::move(sockets.error()));
  sockets_ = *std::move(sockets);
  return {};
}

std::vector<Endpoint> Gateway::addresses() const {
  std::vector<Endpoint> addresses;
  for (const auto& socket : sockets_->sockets()) addresses.push_back(socket.address);
  return addresses;
}

asio::any_io_executor Gateway::executor() { return loops_.front()->executor(); }

asio::any_io_executor Gateway::next_executor() { return loops_[chosen_++ % loops_.size()]->executor(); }

Gateway::Loop& Gateway::loop_of(asio::ip::tcp::socket& socket) {
  const auto home = std::ranges::find(loops_, socket.get_executor(), [](const auto& loop) { return loop->executor(); });
  expects(home != loops_.end(), "a socket of one of the loops");
  return **home;
}

bool Gateway::drops_early(const IpAddress& source) {
  const Limits& limits = environment_.limits;
  const auto& present = environment_.usage.unauthenticated;
  const std::uint64_t of_source = present.count(source);
  const std::uint64_t in_all = present.total();
  // Once there is no place left it is the cap that bites, and is named.
  if (of_source >= limits.unauthenticated_per_source || in_all >= limits.unauthenticated) return false;
  return early_drop_.drops(of_source, limits.unauthenticated_per_source) ||
         early_drop_.drops(in_all, limits.unauthenticated);
}

void Gateway::run() {
  expects(sockets_ != nullptr, "listen() before run()");
  const auto take = [this](asio::ip::tcp::socket socket, const Endpoint& peer, const tier1::ListeningSocket& listener) {
    const IpAddress source = source_prefix(peer.address);
    if (!environment_.usage.ssh_arrivals_by_source.admit(source)) {
      return environment_.limit_log.bite(LimitName::ssh_arrivals_per_source,
                                         {{"source", source}, {"listener", listener.id}});
    }
    if (drops_early(source)) {
      return environment_.limit_log.bite(LimitName::early_drop_start, {{"source", source}, {"listener", listener.id}});
    }
    auto [place, full] = environment_.usage.unauthenticated.admit(source);
    if (place) {
      Loop& home = loop_of(socket);
      return home.take(std::move(socket), std::move(*place));
    }
    const bool source_full = full == Counted<IpAddress>::Full::for_this_key;
    environment_.limit_log.bite(source_full ? LimitName::unauthenticated_per_source : LimitName::unauthenticated,
                                {{"source", source}, {"listener", listener.id}});
  };
  listener_ = std::make_unique<tier1::Listener>(executor(), sockets_, take, environment_.logger,
                                                [this] { return next_executor(); });
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    threads.emplace_back([loop = loops_[i].get(), name = "loop " + std::to_string(i)] {
      ::pthread_setname_np(::pthread_self(), name.c_str());
      loop->run();
    });
  }
  loops_.front()->run();
}

bool Gateway::responds(std::chrono::milliseconds patience) {
  const auto answers = std::make_shared<std::counting_semaphore<>>(0);
  for (const auto& loop : loops_) asio::post(loop->executor(), [answers] { answers->release(); });
  const auto end = std::chrono::steady_clock::now() + patience;
  return std::ranges::all_of(loops_, [&](const auto&) { return answers->try_acquire_until(end); });
}

void Gateway::stop() {
  asio::post(executor(), [this] { stop_here(); });
}

void Gateway::stop_here() {
  if (std::exchange(stopping_, true)) return;
  listener_.reset();
  sockets_.reset();
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace sisu::relay::gateway
