// From one TLS key to the next without a moment in which a sender that checks DANE finds a key that no TLSA record
// names. No I/O and no clock: how long a record has been visible is asked anew before each decision, so a crash, an
// outage or a laptop's sleep in between changes nothing.
//
// Theory of operation. A sender may hold a TLSA set that is up to one TTL old, and a server that was slow to learn of a
// change may have given it out one more TTL later; so a key may serve once its record has been visible at every
// authoritative server for two TTLs (RFC 7671 8.1). The set names the current and the next key at all times: the next
// one is as a rule old enough when a roll is wished, and the roll takes no time.
//
//   the ring has                                        the step, and what is published after it    served
//   no next key (first start; after the switch)         make_next                                   any
//   another current key than the one that serves        serve                                       old -> current
//   a wish to leave a key that is not current any more  end_wish                                    current
//   a former key, and the current one serves            forget_former                               current
//   a set that differs from what was declared           publish {current, next, former, served}     current
//   a wish, the next record young or not visible        wait                       {current, next}  current
//   a wish, a certificate for the next key is needed    prepare                    {current, next}  current
//   a wish, the next record old enough                  note_former, switch_over   {current, next}  current
//   none of these                                       rest
//
// The first row that fits is the step. Between switch_over and the next publish the world still reads {old, new}:
// whichever of the two serves is in it. The old digest leaves the set only when the new key serves (forget_former
// stands behind serve). Where no TLSA record is published at all, nobody can be misled, and a wish is carried out at
// once.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sisu::keys {

/// SHA-256 of a SubjectPublicKeyInfo, 64 lower-case hex digits: what a TLSA record 3 1 1 holds.
using Digest = std::string;
using DigestSet = std::set<Digest>;

inline constexpr std::size_t largest_set = 4;  ///< current, next, former, and one that still serves

/// Digests of what a KeyRing has on disk.
struct RingState {
  Digest current;
  std::optional<Digest> next = {};
  std::optional<Digest> former = {};          ///< replaced by `current`; equal to it just before the switch
  std::optional<Digest> roll_away_from = {};  ///< the wish

  bool operator==(const RingState&) const = default;
};

/// What the world can see of the TLSA set, as somebody has just said who asks every authoritative server.
struct Visibility {
  bool has_tlsa = false;                        ///< false: no DNS, or an unsigned zone; then the rest is empty
  std::map<Digest, std::chrono::seconds> live;  ///< how long each value has been visible everywhere without a break
  std::chrono::seconds ttl{300};                ///< of the TLSA set

  bool operator==(const Visibility&) const = default;
};

enum class NextCertificate {
  not_needed,  ///< the next key may serve with a certificate that it signs itself
  missing,     ///< a CA must issue one before the switch
  ready,
};

struct RollFacts {
  RingState ring;
  std::optional<Digest> served;          ///< what handshakes show now; none: nothing serves
  std::optional<DigestSet> declared;     ///< the set that was stored by who publishes it; none: not known (any more)
  std::optional<Visibility> visibility;  ///< none: nobody to ask at the moment
  NextCertificate certificate = NextCertificate::not_needed;
};

struct RollStep {
  enum class Kind {
    make_next,
    serve,  ///< with the current key
    end_wish,
    forget_former,
    publish,  ///< `set`
    wait,     ///< `wait`, then ask again; zero: nobody knows how long
    prepare,  ///< a certificate for the next key
    note_former,
    switch_over,
    rest,     ///< nothing to do until something changes
    offline,  ///< the next step needs somebody to ask
  };
  Kind kind = Kind::rest;
  DigestSet set = {};
  std::chrono::seconds wait{0};

  bool operator==(const RollStep&) const = default;
};

RollStep next_step(const RollFacts& facts);

/// What is to be published: never without `served`.
DigestSet wanted_set(const RingState& ring, const std::optional<Digest>& served);

/// 64 lower-case hex digits.
bool is_digest(std::string_view text);

std::string_view name_of(RollStep::Kind kind);

}  // namespace sisu::keys
