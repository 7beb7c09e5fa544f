// The Reconciler's second half: what the authoritative servers serve, for many owners in one call.
#include "relay/naming/reconciler/back_off.hpp"
#include "relay/naming/reconciler/reconciler.hpp"

#include <algorithm>
#include <iterator>

namespace sisu::relay::naming {
namespace {

constexpr unsigned looks_without_a_word = 10;  // a server needs a moment: 1.75 seconds
constexpr unsigned looks_before_a_write = 14;  // then the provider is read again: somebody may have taken it away

/// What an owner should be served as, and what not any more.
struct Expectation {
  RecordSet wanted;
  RecordSet withheld;
  RecordSet given_up;
};

Expectation expectation_of(const OwnerRecords& owner, bool zone_is_signed) {
  Expectation expected{.wanted = owner.published(zone_is_signed), .withheld = {}, .given_up = {}};
  for (const auto& [record, live_since] : owner.wanted) {
    if (!expected.wanted.contains(record)) expected.withheld.insert(record);
  }
  for (const auto& [record, state] : owner.owned) {
    if (state == Ownership::removed && !expected.wanted.contains(record)) expected.given_up.insert(record);
  }
  return expected;
}

RecordSet common(const RecordSet& a, const RecordSet& b) {
  RecordSet both;
  std::ranges::copy_if(a, std::inserter(both, both.end()), [&](const Record& record) { return b.contains(record); });
  return both;
}

/// An answer that is not complete tells nothing of what it lacks.
Sighting sighting_of(const OwnerRecords& owner, Expectation expected, const std::vector<ServerView>& views) {
  Sighting sighting{.owner = owner.owner, .change = owner.change, .missing = {}, .surplus = {}, .withheld = {}};
  const bool nothing_to_ask = expected.wanted.empty() && expected.given_up.empty();
  sighting.complete = nothing_to_ask || !views.empty();
  for (const auto& view : views) {
    if (nothing_to_ask) break;
    if (view.problem.empty()) {
      sighting.missing.merge(common(expected.wanted, view.missing));
      sighting.surplus.merge(common(expected.given_up, view.surplus));
    } else {
      sighting.complete = false;
    }
  }
  sighting.withheld = std::move(expected.withheld);
  return sighting;
}

std::string problem_of(const Sighting& sighting, const std::vector<ServerView>& views) {
  if (sighting.complete && sighting.missing.empty() && sighting.surplus.empty()) return "";
  if (views.empty()) return "no authoritative server of the zone is known: see [lookup] in the configuration";
  for (const auto& view : views) {
    if (!view.problem.empty()) return view.server + ": " + view.problem;
    for (const auto& record : sighting.missing) {
      if (view.missing.contains(record)) return view.server + " does not serve " + record.to_string() + " yet";
    }
    for (const auto& record : sighting.surplus) {
      if (view.surplus.contains(record)) return view.server + " still serves " + record.to_string();
    }
  }
  return "";
}

}  // namespace

bool Reconciler::look_some() {
  const auto owners = load(agenda_.due(Agenda::Stage::look, now(), options_.look_batch));
  if (owners.empty()) return false;
  std::vector<Expectation> expected;
  RecordSet wanted, given_up;
  for (const auto& owner : owners) {
    expected.push_back(expectation_of(owner, *signed_));
    wanted.insert(expected.back().wanted.begin(), expected.back().wanted.end());
    given_up.insert(expected.back().given_up.begin(), expected.back().given_up.end());
  }
  std::vector<ServerView> views;
  if (!wanted.empty() || !given_up.empty()) views = visibility_.ask_servers(wanted, given_up);
  std::vector<Sighting> sightings;
  for (std::size_t i = 0; i < owners.size(); ++i)
    sightings.push_back(sighting_of(owners[i], std::move(expected[i]), views));
  const auto seen = database_.store_sightings(sightings, wall_now());
  for (std::size_t i = 0; i < owners.size(); ++i) conclude_look(seen[i], problem_of(sightings[i], views));
  return true;
}

void Reconciler::conclude_look(const RecordDatabase::Seen& seen, const std::string& problem) {
  Agenda::Entry* entry = agenda_.find(seen.owner);
  if (!entry) return;
  if (seen.is_gone) {
    agenda_.forget(seen.owner);
    notify(seen.owner, "");
    return;
  }
  const std::string told = entry->problem;
  if (seen.live && problem.empty()) {
    entry->stage = Agenda::Stage::rest;
    entry->looks = 0;
    set_problem(seen.owner, *entry, "");
  } else {
    entry->due = now() + wait_after_look(++entry->looks);
    if (entry->looks > looks_without_a_word) set_problem(seen.owner, *entry, problem);
    if (entry->looks % looks_before_a_write == 0) entry->stage = Agenda::Stage::write;
  }
  if (seen.changed && entry->problem == told) notify(seen.owner, entry->problem);
}

}  // namespace sisu::relay::naming
