#include "relay/naming/transport/question_round.hpp"

#include "relay/host/socket_address.hpp"
#include "relay/naming/transport/wait.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>

namespace sisu::relay::naming {
namespace {

constexpr std::size_t receive_size = 4'096;  ///< octets: more than we offer to take
constexpr int datagrams_at_once = 64;        ///< read before others have their turn

Descriptor connected_datagram_socket(const Endpoint& server) {
  const host::SocketAddress address(server);
  Descriptor socket(::socket(address.get()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.is_open() && ::connect(socket.get(), address.get(), address.length()) != 0) return Descriptor();
  return socket;
}

}  // namespace

QuestionRound::QuestionRound(const Endpoint& server, std::span<const Question> questions, RoundOptions options,
                             Take take)
    : server_(server),
      questions_(questions),
      options_(options),
      pace_(options.window, options.tries, options.answer_timeout),
      take_(std::move(take)),
      socket_(connected_datagram_socket(server)) {
  if (!socket_.is_open()) give_up(describe_errno(errno));
  last_answer_ = Clock::now() - patience();
}

QuestionRound::Clock::time_point QuestionRound::next_deadline() const {
  return expiries_.empty() ? Clock::time_point::max() : expiries_.top().when;
}

void QuestionRound::send_more(Clock::time_point now) {
  while (next_ < questions_.size() && waiting_.size() < pace_.window()) {
    auto id = random_message_id();
    while (waiting_.contains(id)) ++id;
    send(id, waiting_.emplace(id, Waiting{.question = next_++}).first->second, now);
  }
}

void QuestionRound::send(std::uint16_t id, Waiting& waiting, Clock::time_point now) {
  ++waiting.tries;
  waiting.datagram = ++datagrams_;
  waiting.sent = now;
  expiries_.push({.when = now + pace_.timeout(waiting.tries), .id = id, .datagram = waiting.datagram});
  const auto message = encode_question(questions_[waiting.question], id, options_.flags);
  // Whatever else keeps the datagram from going out: it is lost, as it could be later.
  if (::send(socket_.get(), message.data(), message.size(), 0) < 0 && errno == ECONNREFUSED)
    give_up(describe_errno(ECONNREFUSED));
}

void QuestionRound::receive() {
  std::array<std::uint8_t, receive_size> buffer;
  for (int i = 0; i < datagrams_at_once; ++i) {
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size >= 0) {
      take_datagram({buffer.data(), static_cast<std::size_t>(size)});
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      return;
    } else {
      return give_up(describe_errno(errno));  // ICMP: nobody listens there
    }
  }
}

void QuestionRound::take_datagram(OctetView datagram) {
  const auto waiting = waiting_.find(message_id(datagram));
  if (waiting == waiting_.end()) return;
  const auto index = waiting->second.question;
  auto answer = parse_answer(datagram, questions_[index]);
  if (!answer) {
    stray_ = naming::describe(answer.error());
    return;
  }
  last_answer_ = Clock::now();
  if (waiting->second.tries == 1)
    pace_.answered_first_try(last_answer_ - waiting->second.sent);
  else
    pace_.answered_later_try();
  waiting_.erase(waiting);
  if (answer->truncated)
    truncated_.push_back(index);
  else
    take_(index, *std::move(answer));
}

void QuestionRound::expire(Clock::time_point now) {
  while (!expiries_.empty() && expiries_.top().when <= now) {
    const auto expiry = expiries_.top();
    expiries_.pop();
    retry_or_fail(expiry, now);
  }
}

void QuestionRound::retry_or_fail(const Expiry& expiry, Clock::time_point now) {
  const auto waiting = waiting_.find(expiry.id);
  if (waiting == waiting_.end() || waiting->second.datagram != expiry.datagram) return;
  pace_.lost(expiry.datagram, datagrams_);
  if (waiting->second.tries < options_.tries) return send(expiry.id, waiting->second, now);
  const auto index = waiting->second.question;
  waiting_.erase(waiting);
  const auto why = stray_.empty() ? std::string("no answer") : "no answer but " + stray_;
  take_(index, fail(why));
  if (now - last_answer_ >= 2 * patience()) give_up(why);
}

Result<void, TransportError> QuestionRound::ask_truncated(Deadline deadline, std::vector<bool>& answered) {
  auto connection = MessageConnection::open(server_, deadline);
  if (!connection) return fail(connection.error());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  const Pipeline pipeline{
      .requests = truncated_.size(),
      .window = options_.window,
      .patience = std::min(left, options_.answer_timeout * options_.tries),
      .compose = [&](std::size_t i,
                     std::uint16_t id) { return encode_question(questions_[truncated_[i]], id, options_.flags); },
      .take =
          [&](std::size_t i, const Octets& octets) {
            auto answer = parse_answer(octets, questions_[truncated_[i]]);
            if (!answer || answer->truncated) return false;
            answered[i] = true;
            take_(truncated_[i], *std::move(answer));
            return true;
          },
  };
  return naming::run(*connection, pipeline);
}

void QuestionRound::ask_over_tcp(Deadline deadline) {
  if (truncated_.empty()) return;
  std::vector<bool> answered(truncated_.size());
  const auto done = ask_truncated(deadline, answered);
  for (std::size_t i = 0; i < truncated_.size(); ++i) {
    if (!answered[i]) take_(truncated_[i], fail("no long answer over TCP: " + done.error().what));
  }
  truncated_.clear();
}

void QuestionRound::give_up(const std::string& why) {
  for (const auto& [id, waiting] : waiting_) take_(waiting.question, fail(why));
  for (const auto index : truncated_) take_(index, fail(why));
  for (; next_ < questions_.size(); ++next_) take_(next_, fail(why));
  waiting_.clear();
  truncated_.clear();
  expiries_ = {};
}

namespace {

bool over_udp(std::span<QuestionRound> rounds, Deadline deadline) {
  std::vector<pollfd> sockets;
  std::vector<QuestionRound*> asked;
  const auto now = std::chrono::steady_clock::now();
  auto wake = deadline;
  for (auto& round : rounds) {
    round.expire(now);
    round.send_more(now);
    if (!round.is_asking()) continue;
    wake = std::min(wake, round.next_deadline());
    sockets.push_back({.fd = round.descriptor(), .events = POLLIN, .revents = 0});
    asked.push_back(&round);
  }
  if (asked.empty() || now >= deadline) return false;
  if (::poll(sockets.data(), sockets.size(), milliseconds_until(wake)) <= 0) return true;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (sockets[i].revents != 0) asked[i]->receive();
  }
  return true;
}

}  // namespace

void run(std::span<QuestionRound> rounds, Deadline deadline) {
  while (over_udp(rounds, deadline)) {
  }
  for (auto& round : rounds) {
    round.ask_over_tcp(deadline);
    round.give_up("no time left");
  }
}

std::vector<Reply> ask(const Endpoint& server, std::span<const Question> questions, const RoundOptions& options,
                       Deadline deadline) {
  std::vector<Reply> replies(questions.size(), Reply(fail(std::string("not asked"))));
  QuestionRound round(server, questions, options,
                      [&](std::size_t index, Reply reply) { replies[index] = std::move(reply); });
  run({&round, 1}, deadline);
  return replies;
}

bool has_route_to(const Endpoint& server) { return connected_datagram_socket(server).is_open(); }

}  // namespace sisu::relay::naming
