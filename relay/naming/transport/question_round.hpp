// Many questions to one name server: over UDP, as many on their way at once as it bears, each tried several times;
// those whose answer is truncated again over TCP (RFC 7766 5). The socket is connected, so the kernel lets nobody else
// answer; ids are random, and an answer must be to the question (RFC 5452 9.1).
//
// A server that answers nothing for as long as all tries of a question take is taken for dead, and is asked no more:
// at its first silence, later at one of twice that length, for a whole window may have met what it never answers.
#pragma once

#include "relay/naming/transport/descriptor.hpp"
#include "relay/naming/transport/message_connection.hpp"
#include "relay/naming/transport/pace.hpp"
#include "relay/naming/wire/answer.hpp"

#include <functional>
#include <map>
#include <optional>
#include <queue>

namespace sisu::relay::naming {

struct RoundOptions {
  QuestionFlags flags = {};
  std::chrono::milliseconds answer_timeout{1'000};  ///< of the last try; the others have at most this
  unsigned tries = 4;                               ///< at least 1
  std::size_t window = 256;                         ///< the most on their way at once, at least 1
};

/// An answer, or one line that says why there is none: "no answer".
using Reply = Result<Answer, std::string>;

class QuestionRound {
 public:
  using Clock = std::chrono::steady_clock;
  using Take = std::function<void(std::size_t question, Reply reply)>;

  /// `questions` must live as long as this; `take` is called once for each of them.
  QuestionRound(const Endpoint& server, std::span<const Question> questions, RoundOptions options, Take take);

  int descriptor() const { return socket_.get(); }
  /// Over UDP.
  bool is_asking() const { return !waiting_.empty() || next_ < questions_.size(); }
  /// When `expire` has something to do.
  Clock::time_point next_deadline() const;

  void send_more(Clock::time_point now);
  void receive();
  void expire(Clock::time_point now);
  /// What has been truncated. Blocks, at most until `deadline`.
  void ask_over_tcp(Deadline deadline);
  /// All that have no answer yet have none.
  void give_up(const std::string& why);

 private:
  struct Waiting {
    std::size_t question;
    unsigned tries = 0;
    std::uint64_t datagram = 0;  ///< the last one, and when it was sent
    Clock::time_point sent = {};
  };
  struct Expiry {
    Clock::time_point when;
    std::uint16_t id;
    std::uint64_t datagram;

    bool operator>(const Expiry& other) const { return when > other.when; }
  };

  void send(std::uint16_t id, Waiting& waiting, Clock::time_point now);
  void take_datagram(OctetView datagram);
  Clock::duration patience() const { return options_.answer_timeout * options_.tries; }
  void retry_or_fail(const Expiry& expiry, Clock::time_point now);
  Result<void, TransportError> ask_truncated(Deadline deadline, std::vector<bool>& answered);

  Endpoint server_;
  std::span<const Question> questions_;
  RoundOptions options_;
  Pace pace_;
  Take take_;
  Descriptor socket_;
  std::size_t next_ = 0;
  std::uint64_t datagrams_ = 0;
  std::map<std::uint16_t, Waiting> waiting_;
  /// The earliest first; most are of questions that have been answered.
  std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
  std::vector<std::size_t> truncated_;
  std::string stray_;  ///< what came instead of an answer
  Clock::time_point last_answer_;
};

/// One round for each server, all at once. Blocks, at most until `deadline`.
void run(std::span<QuestionRound> rounds, Deadline deadline);

/// The same for one server: a reply to each question, in their order.
std::vector<Reply> ask(const Endpoint& server, std::span<const Question> questions, const RoundOptions& options,
                       Deadline deadline);

/// Whether this host has a way to `server` at all; a host without IPv6 has none to such an address.
bool has_route_to(const Endpoint& server);

}  // namespace sisu::relay::naming
