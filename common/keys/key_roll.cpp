#include "common/keys/key_roll.hpp"

#include <algorithm>

namespace sisu::keys {
namespace {

using Kind = RollStep::Kind;

constexpr int ttls_to_wait = 2;  // RFC 7671 8.1
constexpr std::size_t digest_digits = 64;

/// How long the next key's record must still be visible; nullopt: it is not visible yet.
std::optional<std::chrono::seconds> left_to_wait(const Visibility& seen, const Digest& next) {
  if (!seen.has_tlsa) return std::chrono::seconds(0);
  const auto found = seen.live.find(next);
  if (found == seen.live.end()) return std::nullopt;
  return std::max(std::chrono::seconds(0), ttls_to_wait * seen.ttl - found->second);
}

RollStep toward_the_switch(const RollFacts& facts) {
  if (!facts.visibility) return {Kind::offline};
  const auto left = left_to_wait(*facts.visibility, *facts.ring.next);
  if (!left) return {Kind::wait};
  if (facts.certificate == NextCertificate::missing) return {Kind::prepare};
  if (left->count() > 0) return {Kind::wait, {}, *left};
  if (facts.ring.former != facts.ring.current) return {Kind::note_former};
  return {Kind::switch_over};
}

}  // namespace

DigestSet wanted_set(const RingState& ring, const std::optional<Digest>& served) {
  DigestSet set{ring.current};
  if (ring.next) set.insert(*ring.next);
  if (ring.former) set.insert(*ring.former);
  if (served) set.insert(*served);
  return set;
}

RollStep next_step(const RollFacts& facts) {
  const RingState& ring = facts.ring;
  if (!ring.next) return {Kind::make_next};
  if (facts.served && *facts.served != ring.current) return {Kind::serve};
  const bool wished = ring.roll_away_from.has_value();
  if (wished && *ring.roll_away_from != ring.current) return {Kind::end_wish};
  // With a wish, former == current is the switch about to happen; without one, what is left of it.
  const bool about_to_switch = wished && ring.former == ring.current;
  if (ring.former && !about_to_switch) return {Kind::forget_former};
  const DigestSet wanted = wanted_set(ring, facts.served);
  if (facts.declared != wanted) return facts.visibility ? RollStep{Kind::publish, wanted} : RollStep{Kind::offline};
  return wished ? toward_the_switch(facts) : RollStep{Kind::rest};
}

bool is_digest(std::string_view text) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == digest_digits && std::ranges::all_of(text, digit);
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::make_next:
      return "make_next";
    case Kind::serve:
      return "serve";
    case Kind::end_wish:
      return "end_wish";
    case Kind::forget_former:
      return "forget_former";
    case Kind::publish:
      return "publish";
    case Kind::wait:
      return "wait";
    case Kind::prepare:
      return "prepare";
    case Kind::note_former:
      return "note_former";
    case Kind::switch_over:
      return "switch_over";
    case Kind::rest:
      return "rest";
    case Kind::offline:
      return "offline";
  }
  return "";
}

}  // namespace sisu::keys
