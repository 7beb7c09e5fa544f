#include "relay/naming/providers/hetzner/hetzner_provider.hpp"

#include <algorithm>

namespace sisu::relay::naming::hetzner {
namespace {

std::vector<RecordName> names_of(const Change& change) {
  std::set<RecordName> names;
  for (const auto& record : change.remove) names.insert(record.name);
  for (const auto& record : change.add) names.insert(record.name);
  return {names.begin(), names.end()};
}

/// After these somebody else may have done the same meanwhile.
bool may_be_done_already(const ProviderError& error) {
  return error.kind == ProviderError::Kind::conflict || error.kind == ProviderError::Kind::invalid;
}

/// After these the next call would end as this one has.
bool concerns_the_service(const ProviderError& error) { return !may_be_done_already(error); }

std::string to_text(const RrsetKey& key) {
  return key.name.to_string() + " " + std::string(naming::to_string(key.type));
}

}  // namespace

std::string HetznerProvider::describe() const {
  return "hetzner " + api_.options().zone.to_string() + " at " + api_.options().endpoint;
}

Result<bool, ProviderError> HetznerProvider::is_signed() { return false; }

void HetznerProvider::stop() noexcept { api_.stop(); }

/// The token, and once whether the zone is there and may be changed.
Result<void, ProviderError> HetznerProvider::begin() {
  if (const auto loaded = api_.load_token(); !loaded) return loaded;
  if (zone_) return {};
  return ask_for_zone();
}

Result<void, ProviderError> HetznerProvider::ask_for_zone() {
  const auto zone = api_.zone();
  if (!zone) return fail(zone.error());
  if (!zone->is_primary) {
    return fail(
        ProviderError{ProviderError::Kind::refused,
                      "Hetzner: " + api_.options().zone.to_string() +
                          " is a secondary zone, whose records come from another server: make it a primary one"});
  }
  zone_ = *zone;
  return {};
}

Result<Rrsets, ProviderError> HetznerProvider::read_sets(std::span<const RecordName> names) {
  Rrsets all;
  for (const auto& name : names) {
    auto sets = api_.list(name);
    if (!sets) return fail(sets.error());
    all.merge(*sets);
  }
  // A service that does not filter must not give us more than was asked for.
  std::erase_if(all, [&](const auto& entry) { return std::ranges::find(names, entry.first.name) == names.end(); });
  return all;
}

Result<RecordSet, ProviderError> HetznerProvider::read(std::span<const RecordName> names) {
  if (const auto begun = begin(); !begun) return fail(begun.error());
  const auto sets = read_sets(names);
  if (!sets) return fail(sets.error());
  return to_records(*sets, zone_->ttl);
}

Result<RecordSet, ProviderError> HetznerProvider::read_all() {
  zone_.reset();  // its default TTL may have changed
  if (const auto begun = begin(); !begun) return fail(begun.error());
  const auto sets = api_.list(std::nullopt);
  if (!sets) return fail(sets.error());
  return to_records(*sets, zone_->ttl);
}

/// The first failure. What the service does not take, or somebody else was quicker with, keeps no other set from being
/// written; but nothing is removed then, since what was to take its place may be missing.
std::optional<ProviderError> HetznerProvider::run(const std::vector<Step>& steps) {
  std::optional<ProviderError> first;
  for (const auto& step : steps) {
    if (first && step.kind == Step::Kind::remove) return first;
    const auto done = api_.run(step);
    if (done) continue;
    if (!may_be_done_already(done.error())) return done.error();
    if (!first) first = done.error();
  }
  return first;
}

Result<void, ProviderError> HetznerProvider::apply(const Change& change) {
  if (change.empty()) return {};
  if (const auto begun = begin(); !begun) return begun;
  const auto names = names_of(change);
  const auto before = read_sets(names);
  if (!before) return fail(before.error());

  const auto failed = run(steps_to(*before, change));
  if (failed && !may_be_done_already(*failed)) return fail(*failed);

  const auto after = read_sets(names);
  if (!after) return fail(after.error());
  const auto left = steps_to(*after, change);
  if (left.empty()) return {};
  if (failed) return fail(*failed);
  return fail(ProviderError{ProviderError::Kind::conflict,
                            "Hetzner: " + to_text(left.front().key) + " was changed by somebody else meanwhile"});
}

std::vector<Result<void, ProviderError>> HetznerProvider::apply_each(std::span<const Change> changes) {
  std::vector<Result<void, ProviderError>> outcomes;
  for (const auto& change : changes) {
    const bool is_lost = !outcomes.empty() && !outcomes.back() && concerns_the_service(outcomes.back().error());
    if (is_lost) {
      outcomes.push_back(outcomes.back());
    } else {
      outcomes.push_back(apply(change));
    }
  }
  return outcomes;
}

}  // namespace sisu::relay::naming::hetzner
