#include "tests/unit/naming/link/fake_service.hpp"

#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sisu::test {
namespace {

namespace messages = proto::naming;
using namespace std::chrono_literals;

constexpr int look_again = 5;  // ms between looks whether the test wants something else

bool readable(int fd) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, look_again) == 1;
}

}  // namespace

FakeService::FakeService(std::filesystem::path socket) : path_(std::move(socket)) {}

FakeService::~FakeService() { go_away(); }

void FakeService::listen() {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 5) != 0)
    throw std::runtime_error(path_.string() + ": cannot listen");
  listener_ = fd;
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

void FakeService::go_away() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
  std::filesystem::remove(path_);
}

void FakeService::cut() {
  const std::lock_guard lock(mutex_);
  if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
}

void FakeService::change(const std::function<void(Manners&)>& with) {
  const std::lock_guard lock(mutex_);
  with(manners_);
}

void FakeService::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!readable(listener_)) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const std::lock_guard lock(mutex_);
      connection_ = fd;
    }
    converse(fd, stop);
    const std::lock_guard lock(mutex_);
    connection_ = -1;
    ::close(fd);
  }
}

void FakeService::converse(int fd, const std::stop_token& stop) {
  std::string received;
  std::size_t sets = 0;
  while (!stop.stop_requested()) {
    if (!reads()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(look_again));
      continue;
    }
    if (!readable(fd)) continue;
    char buffer[65536];
    const auto count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count <= 0) return;
    received.append(buffer, static_cast<std::size_t>(count));
    for (auto end = received.find('\n'); end != received.npos; end = received.find('\n')) {
      const std::lock_guard lock(mutex_);
      hear(received.substr(0, end), sets);
      received.erase(0, end + 1);
      heard_something_.notify_all();
    }
  }
}

bool FakeService::reads() const {
  const std::lock_guard lock(mutex_);
  return manners_.reads;
}

void FakeService::hear(const std::string& line, std::size_t& sets) {
  const auto request = messages::parse_request(line);
  if (!request) {
    ++heard_.problems;
    return;
  }
  answer(*request, sets);
}

void FakeService::answer(const messages::Request& request, std::size_t& sets) {
  if (const auto* hello = std::get_if<messages::Hello>(&request)) {
    heard_.hellos.push_back(*hello);
    if (!manners_.refusal.empty()) return send(to_line(messages::Answer(messages::Problem{manners_.refusal})));
    if (manners_.greets)
      send(to_line(messages::ServiceHello{.zone = manners_.zone, .provider = "fake", .is_signed = manners_.is_signed}));
  } else if (const auto* set = std::get_if<messages::Set>(&request)) {
    heard_.sets[set->owner] = *set;
    ++heard_.set_lines;
    ++sets;
    send(to_line(state_of(set->owner, manners_.makes_live, manners_.problem)));
  } else if (std::holds_alternative<messages::Complete>(request)) {
    ++heard_.completes;
    heard_.sets_at_complete = sets;
    cut_after("complete");
  } else if (const auto* watch = std::get_if<messages::Watch>(&request)) {
    heard_.watched.push_back(watch->owner);
    if (cut_after("watch")) return;
    if (manners_.state_to_watch) return send(to_line(messages::Answer(*manners_.state_to_watch)));
    send(to_line(state_of(watch->owner, manners_.makes_live, manners_.problem)));
  } else if (const auto* ask = std::get_if<messages::Ask>(&request)) {
    heard_.asked.push_back(ask->what);
    if (cut_after("ask")) return;
    for (const auto& line : manners_.answers_to_ask) send(to_line(line));
  }
}

bool FakeService::cut_after(std::string_view line) const {
  return manners_.cut_after == line && ::shutdown(connection_, SHUT_RDWR) == 0;
}

messages::State FakeService::state_of(const std::string& owner, bool live, const std::string& problem) const {
  messages::State state;
  state.owner = owner;
  const auto set = heard_.sets.find(owner);
  if (set == heard_.sets.end()) return state;
  state.digest = set->second.digest;
  state.live = live;
  if (live) state.live_for = manners_.live_for;
  state.problem = live ? "" : problem;
  for (const auto& record : set->second.records) {
    constexpr std::size_t digits = 64;
    if (!live || !manners_.is_signed || record.type != "TLSA") continue;
    messages::TlsaState& tlsa = state.tlsa.emplace_back();
    tlsa.sha256 = record.value.substr(record.value.size() - digits);
    tlsa.live_for = manners_.live_for;
  }
  return state;
}

void FakeService::send(const std::string& line) {
  if (connection_ < 0) return;
  const std::string text = line + "\n";
  for (std::size_t sent = 0; sent < text.size();) {
    const auto count = ::send(connection_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

void FakeService::say(const messages::Answer& answer) { say_line(to_line(answer)); }

void FakeService::say_line(const std::string& line) {
  const std::lock_guard lock(mutex_);
  send(line);
}

void FakeService::say_state(const std::string& owner, bool live, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  send(to_line(state_of(owner, live, problem)));
}

FakeService::Heard FakeService::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

bool FakeService::wait_until(const std::function<bool(const Heard&)>& condition) {
  std::unique_lock lock(mutex_);
  return heard_something_.wait_for(lock, 60s, [&] { return condition(heard_); });
}

}  // namespace sisu::test
