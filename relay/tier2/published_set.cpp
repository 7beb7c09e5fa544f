#include "relay/tier2/published_set.hpp"

namespace sisu::relay::tier2 {
namespace {

constexpr std::size_t word_length = 13;  // of each digest: four of them and the TTL make a word that a set may have
constexpr std::size_t longest_ttl = 10;  // digits
static_assert(keys::largest_set * word_length + longest_ttl <= proto::naming::digest_limit);

}  // namespace

proto::naming::Set spool_set(const mail::DomainName& zone, const keys::DigestSet& digests, std::chrono::seconds ttl) {
  proto::naming::Set set{.owner = "@spool", .digest = std::to_string(ttl.count()), .records = {}};
  for (const keys::Digest& digest : digests) {
    set.digest += digest.substr(0, word_length);
    set.records.push_back({.name = "_25._tcp.spool." + zone.to_string() + ".",
                           .type = "TLSA",
                           .ttl = static_cast<std::uint32_t>(ttl.count()),
                           .value = "3 1 1 " + digest});
  }
  return set;
}

SetState spool_state(const proto::naming::State& state, bool is_signed, std::chrono::seconds ttl) {
  SetState seen{{}, state.problem};
  seen.visibility.has_tlsa = is_signed || !state.live;
  seen.visibility.ttl = ttl;
  for (const proto::naming::TlsaState& value : state.tlsa) {
    if (keys::is_digest(value.sha256)) seen.visibility.live[value.sha256] = value.live_for;
  }
  return seen;
}

}  // namespace sisu::relay::tier2
