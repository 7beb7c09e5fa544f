// What to do when the session with the relay has ended: try again soon, later, only when asked, or not at all. No I/O,
// no clock: the theory of operation of the link stands here, link.hpp carries it out.
//
//   the attempt or session ended because        then
//   the relay is unreachable, the line is cut    back-off: 1 s doubling to 60 s, jittered; a session that held for a
//                                                while starts it anew; a change of the network ends the wait
//   another client took over ("replaced")        stand by: 10 minutes, or until a person says so; never fight
//   a key or a claim was refused, at first       give up: a person is at the terminal and must act
//   a key or a claim was refused, later          said loudly, tried again every 10 minutes: the relay's operator or
//                                                the user may have mended it
#pragma once

#include "client/link/backoff.hpp"

#include <chrono>

namespace sisu::client {

enum class LinkEnd {
  unreachable,       ///< no connection, or the log-in did not come to an end
  lost,              ///< an established session ended
  replaced,          ///< a newer session of this user has the deliveries
  host_key_refused,  ///< ours to refuse: unknown, changed or revoked
  key_refused,       ///< the relay's to refuse
  claim_refused,     ///< the relay does not know this key, and did not give it the name
};

struct LinkPolicyOptions {
  BackoffOptions backoff;
  /// A session that held for so long was a good one: the next failure is a first one.
  std::chrono::milliseconds steady_after{30'000};
  std::chrono::milliseconds stand_by{std::chrono::minutes(10)};
  std::chrono::milliseconds after_refusal{std::chrono::minutes(10)};
};

struct NextStep {
  enum class Kind {
    retry,     ///< after `wait`, or at once when the network changes
    stand_by,  ///< after `wait`, or at once when a person asks for it
    refused,   ///< as stand_by; the reason deserves a loud line
    give_up,   ///< end the program
  };
  Kind kind = Kind::retry;
  std::chrono::milliseconds wait{0};
  bool operator==(const NextStep&) const = default;
};

class LinkPolicy {
 public:
  LinkPolicy(LinkPolicyOptions options, Backoff::Random random)
      : options_(options), backoff_(options.backoff, std::move(random)) {}

  /// `held`: how long deliveries were granted in this session; zero if never.
  NextStep ended(LinkEnd end, std::chrono::milliseconds held);

  /// The network came back or changed: what was learned about waiting is void.
  void network_changed() { backoff_.reset(); }

 private:
  LinkPolicyOptions options_;
  Backoff backoff_;
  bool was_online_ = false;
};

}  // namespace sisu::client
