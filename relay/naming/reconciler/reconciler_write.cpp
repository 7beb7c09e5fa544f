// The Reconciler's first half: the provider is made to match. Intents of a whole batch are stored in one transaction,
// then each owner's change is asked for by itself, then what came of it is stored in one transaction. A crash at any
// point leaves intents, which the next reading of the provider settles (plan.hpp).
#include "relay/naming/reconciler/back_off.hpp"
#include "relay/naming/reconciler/reconciler.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

constexpr unsigned refusals_of_the_whole = 3;
constexpr std::size_t few_owners = 8;

/// After these the provider has said that it did not do it, so that a look can tell what it has of it.
bool is_definite(ProviderError::Kind kind) { return !is_of_the_whole(kind); }

}  // namespace

bool Reconciler::write_some() {
  if (gate_is_closed()) return false;
  const auto waiting = agenda_.count_due(Agenda::Stage::write, now());
  if (waiting == 0) {
    view_.reset();
    return false;
  }
  auto owners = load(agenda_.due(Agenda::Stage::write, now(), write_batch()));
  const auto view = view_for(owners, waiting);
  if (!view) {
    close_gate(view.error());
    return true;
  }
  carry_out(make_jobs(std::move(owners), *view));
  return true;
}

/// A few are enough to learn whether the provider works again.
std::size_t Reconciler::write_batch() const {
  const bool is_doubtful = refusals_in_a_row_ > 0 || gate_failures_ > 0;
  return is_doubtful ? std::min(few_owners, options_.write_batch) : options_.write_batch;
}

std::vector<OwnerRecords> Reconciler::load(const std::vector<std::string>& owners) {
  auto loaded = database_.load(owners);
  if (loaded.size() == owners.size()) return loaded;
  for (const auto& owner : owners) {
    if (std::ranges::none_of(loaded, [&](const auto& known) { return known.owner == owner; })) agenda_.forget(owner);
  }
  return loaded;
}

Result<void, ProviderError> Reconciler::take_view_of_all() {
  if (view_ && now() - view_taken_ < options_.view_age) return {};
  auto all = provider_.read_all();
  if (!all) return fail(std::move(all.error()));
  view_ = ZoneView(*all);
  view_taken_ = now();
  written_since_view_.clear();
  return {};
}

/// Where many wait, from one reading of the zone, which we alone outdate: who was written since is read again.
Result<ZoneView, ProviderError> Reconciler::view_for(const std::vector<OwnerRecords>& owners, std::size_t waiting) {
  if (waiting > options_.whole_zone) {
    if (auto taken = take_view_of_all(); !taken) return fail(std::move(taken.error()));
  } else {
    view_.reset();
  }
  RecordSet present;
  std::set<RecordName> to_read;
  for (const auto& owner : owners) {
    const auto names = names_of(owner);
    if (view_ && !written_since_view_.contains(owner.owner))
      present.merge(view_->under(names));
    else
      to_read.insert(names.begin(), names.end());
  }
  if (!to_read.empty()) {
    auto read = provider_.read(std::vector<RecordName>(to_read.begin(), to_read.end()));
    if (!read) return fail(std::move(read.error()));
    present.merge(*read);
  }
  return ZoneView(present);
}

std::vector<Reconciler::Job> Reconciler::make_jobs(std::vector<OwnerRecords> owners, const ZoneView& view) const {
  std::vector<Job> jobs;
  for (auto& owner : owners) {
    auto plan = make_plan(owner, owner.published(*signed_), view.under(names_of(owner)));
    jobs.push_back({.owner = std::move(owner), .plan = std::move(plan)});
  }
  return jobs;
}

void Reconciler::carry_out(const std::vector<Job>& jobs) {
  std::vector<RecordDatabase::OwnedChanges> before;
  std::vector<Job> asked;
  std::vector<Change> changes;
  for (const auto& job : jobs) {
    before.push_back({job.owner.owner, job.plan.before});
    if (job.plan.change.empty()) continue;
    asked.push_back(job);
    changes.push_back(job.plan.change);
    written_since_view_.insert(job.owner.owner);
  }
  database_.store_ownership(before);
  for (const auto& job : jobs) {
    if (job.plan.change.empty()) settle(job, {});
  }
  if (changes.empty()) {
    if (refusals_in_a_row_ == 0) open_gate();  // it could be read, and nothing more was asked of it
    return;
  }
  const auto outcomes = provider_.apply_each(changes);
  store_outcomes(asked, outcomes);
  for (std::size_t i = 0; i < asked.size(); ++i) settle(asked[i], outcomes[i]);
  judge_provider(outcomes);
}

void Reconciler::store_outcomes(const std::vector<Job>& jobs, const std::vector<Outcome>& outcomes) {
  const auto seen_after = view_after_refusals(jobs, outcomes);
  std::vector<RecordDatabase::OwnedChanges> after;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    after.push_back({jobs[i].owner.owner, ownership_after(jobs[i], outcomes[i], seen_after ? &*seen_after : nullptr)});
  database_.store_ownership(after);
}

/// What was refused, or what may be there in part. Without an answer the intents stay as they are.
std::optional<ZoneView> Reconciler::view_after_refusals(const std::vector<Job>& jobs,
                                                        const std::vector<Outcome>& outcomes) {
  std::set<RecordName> names;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!outcomes[i] && is_definite(outcomes[i].error().kind)) names.merge(names_of(jobs[i].owner));
  }
  if (names.empty()) return std::nullopt;
  const auto read = provider_.read(std::vector<RecordName>(names.begin(), names.end()));
  if (!read) return std::nullopt;
  return ZoneView(*read);
}

std::vector<OwnershipChange> Reconciler::ownership_after(const Job& job, const Outcome& outcome,
                                                         const ZoneView* seen_after) const {
  if (outcome) return job.plan.after;
  if (!is_definite(outcome.error().kind) || !seen_after) return {};
  return settle_intents(job.plan, seen_after->under(names_of(job.owner)));
}

void Reconciler::settle(const Job& job, const Outcome& outcome) {
  Agenda::Entry* entry = agenda_.find(job.owner.owner);
  if (!entry) return;
  entry->change = job.owner.change;
  if (outcome) {
    entry->stage = Agenda::Stage::look;
    entry->due = now();
    entry->failures = 0;
    entry->was_refused = false;
    if (entry->looks == 0) set_problem(job.owner.owner, *entry, "");
    if (job.plan.change.empty()) return;
    log_.info("records-written", {{"owner", job.owner.owner},
                                  {"added", job.plan.change.add.size()},
                                  {"removed", job.plan.change.remove.size()}});
    if (listeners_.on_written) listeners_.on_written(job.plan.change, job.owner.owner);
    return;
  }
  const auto& error = outcome.error();
  const auto wait = wait_after(error, ++entry->failures);
  entry->due = is_of_the_whole(error.kind) ? now() : now() + wait;
  entry->was_refused = error.kind == ProviderError::Kind::refused;
  set_problem(job.owner.owner, *entry, error.what + again_in(wait));
  if (is_of_the_whole(error.kind)) return;  // said once, for all
  log_.warning(
      "records-not-written",
      {{"owner", job.owner.owner}, {"why", error.what}, {"attempt", entry->failures}, {"wait_ms", wait.count()}});
}

/// Refused again and again, whoever it is for: a wrong key rather than a rule for some names.
void Reconciler::judge_provider(const std::vector<Outcome>& outcomes) {
  const ProviderError* whole = nullptr;
  const ProviderError* refusal = nullptr;
  bool has_success = false;
  for (const auto& outcome : outcomes) {
    has_success |= outcome.has_value();
    if (outcome) continue;
    if (is_of_the_whole(outcome.error().kind)) whole = &outcome.error();
    if (outcome.error().kind == ProviderError::Kind::refused) refusal = &outcome.error();
  }
  if (has_success) {
    if (refusals_in_a_row_ >= refusals_of_the_whole) agenda_.write_refused(now());
    refusals_in_a_row_ = 0;
    open_gate();
  }
  if (whole) return close_gate(*whole);
  if (!refusal || has_success) return;
  if (++refusals_in_a_row_ >= refusals_of_the_whole) close_gate(*refusal);
}

}  // namespace sisu::relay::naming
