#include "relay/tier2/key_commands.hpp"

#include "common/keys/key_ring.hpp"
#include "relay/tier2/key_lock.hpp"
#include "relay/tier2/key_upkeep.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace sisu::relay::tier2 {
namespace {

constexpr int done = 0;
constexpr int failed = 1;

int report(const Console& console, const std::string& what) {
  console.err << "sisumail-tier2: " << what << "\n";
  return failed;
}

KeyUpkeep::Seams seams(const KeyOptions& options, const Console& console) {
  return {[&options]() -> Result<std::optional<keys::Digest>, std::string> {
            auto served = keys::read_served(real_file_system(), options.state);
            if (!served) return fail(served.error().what);
            return std::move(*served);
          },
          console.sleep,
          [&console](const std::string& text) { console.err << "sisumail-tier2: " << text << "\n"
                                                            << std::flush; }};
}

std::optional<std::chrono::seconds> live_of(const std::optional<SetState>& seen, const keys::Digest& digest) {
  if (!seen) return std::nullopt;
  const auto found = seen->visibility.live.find(digest);
  return found == seen->visibility.live.end() ? std::nullopt : std::optional(found->second);
}

nlohmann::ordered_json key_json(const keys::Digest& digest, const std::optional<SetState>& seen) {
  nlohmann::ordered_json json = {{"sha256", digest}};
  if (const auto live = live_of(seen, digest)) json["live_seconds"] = live->count();
  return json;
}

void print_json(const keys::RingState& ring, const std::optional<SetState>& seen, std::ostream& out) {
  nlohmann::ordered_json json;
  json["current"] = key_json(ring.current, seen);
  if (ring.next) json["next"] = key_json(*ring.next, seen);
  if (ring.former) json["former"] = key_json(*ring.former, seen);
  json["rolling"] = ring.roll_away_from.has_value() || ring.former.has_value();
  if (seen) json["problem"] = seen->problem;
  out << json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

void print_key(const char* name, const keys::Digest& digest, const std::optional<SetState>& seen, std::ostream& out) {
  out << name << digest;
  if (const auto live = live_of(seen, digest)) out << "  live for " << live->count() << " s";
  out << "\n";
}

void print_text(const keys::RingState& ring, const std::optional<SetState>& seen, std::ostream& out) {
  print_key("current  ", ring.current, seen, out);
  if (ring.next) print_key("next     ", *ring.next, seen, out);
  if (ring.former) print_key("former   ", *ring.former, seen, out);
  if (ring.roll_away_from) out << "A roll is under way: sisumail-tier2 key roll carries it on.\n";
  if (seen && !seen->visibility.has_tlsa) out << "DANE: no, zone not signed\n";
  if (seen && !seen->problem.empty()) out << "problem  " << seen->problem << "\n";
}

void print(const KeyOptions& options, const keys::RingState& ring, const std::optional<SetState>& seen,
           const Console& console) {
  if (options.json) return print_json(ring, seen, console.out);
  print_text(ring, seen, console.out);
}

int run_status(const KeyOptions& options, PublishedSet& published, const Console& console) {
  const auto ring = keys::read_ring(real_file_system(), options.state);
  if (!ring) return report(console, ring.error().what + ": make them with sisumail-tier2 key init");
  auto seen = published.look();
  print(options, *ring, seen ? std::optional(std::move(*seen)) : std::nullopt, console);
  return seen ? done : report(console, seen.error());
}

int run_init(const KeyOptions& options, keys::KeyRing& ring, PublishedSet& published, const Console& console) {
  const auto stored = KeyUpkeep(ring, published, seams(options, console)).publish();
  if (!stored) {
    return report(console, stored.error() + "; the keys are in " + options.state.string() + ", run init again");
  }
  print(options, ring.state(), std::nullopt, console);
  return done;
}

int run_roll(const KeyOptions& options, keys::KeyRing& ring, PublishedSet& published, const Console& console) {
  // One that was interrupted behind its switch has all but cleaned up.
  const bool interrupted = ring.state().former || ring.state().roll_away_from;
  if (!interrupted) {
    if (const auto wished = ring.wish_roll(); !wished) return report(console, wished.error().what);
  }
  KeyUpkeep(ring, published, seams(options, console)).finish();
  print(options, ring.state(), std::nullopt, console);
  return done;
}

}  // namespace

int run_key_command(const KeyOptions& options, PublishedSet& published, const Console& console) {
  if (options.command == KeyOptions::Command::status) return run_status(options, published, console);
  const bool rolls = options.command == KeyOptions::Command::roll;
  if (rolls) {
    const auto existing = keys::read_ring(real_file_system(), options.state);
    if (!existing) return report(console, existing.error().what + ": make them with sisumail-tier2 key init");
  }
  const auto lock = KeyLock::take(options.state);
  if (!lock) return report(console, lock.error());
  auto ring = keys::KeyRing::open(real_file_system(), options.state);
  if (!ring) return report(console, ring.error().what);
  return rolls ? run_roll(options, *ring, published, console) : run_init(options, *ring, published, console);
}

}  // namespace sisu::relay::tier2
