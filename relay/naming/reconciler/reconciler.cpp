#include "relay/naming/reconciler/reconciler.hpp"

#include "relay/naming/reconciler/back_off.hpp"

#include <algorithm>

namespace sisu::relay::naming {

using std::chrono::milliseconds;

Reconciler::Reconciler(RecordDatabase& database, Provider& provider, Visibility& visibility, ReconcilerOptions options,
                       Listeners listeners, log::Logger logger)
    : database_(database),
      provider_(provider),
      visibility_(visibility),
      options_(std::move(options)),
      listeners_(std::move(listeners)),
      log_(std::move(logger)),
      signed_due_(now()),
      round_due_(now() + options_.round_interval) {
  for (const auto& [owner, change, live] : database_.owners()) agenda_.write(owner, change, now());
}

WallTime Reconciler::wall_now() const { return std::chrono::floor<std::chrono::seconds>(options_.wall_clock()); }

void Reconciler::changed(const std::vector<std::string>& owners) {
  for (const auto& known : database_.load(owners)) {
    agenda_.write(known.owner, known.change, now());
    if (gate_is_closed()) set_problem(known.owner, *agenda_.find(known.owner), gate_problem_);
  }
  flush();
}

milliseconds Reconciler::step() {
  if (!learn_signed()) {
    flush();
    return until_next();
  }
  start_round_if_due();
  const bool wrote = write_some();
  const bool looked = look_some();
  flush();
  return wrote || looked ? milliseconds(0) : until_next();
}

bool Reconciler::can_write() {
  return signed_ && !gate_is_closed() && agenda_.count_due(Agenda::Stage::write, now()) > 0;
}

std::string Reconciler::obstacle() const {
  if (gate_is_closed()) return gate_problem_;
  for (const auto& [owner, entry] : agenda_.entries()) {
    if (entry.stage == Agenda::Stage::write && !entry.problem.empty()) return owner + ": " + entry.problem;
  }
  return "";
}

void Reconciler::begin_round() {
  open_gate();
  view_.reset();
  agenda_.write_all(now());
  signed_due_ = now();
}

void Reconciler::start_round_if_due() {
  if (now() < round_due_) return;
  agenda_.write_resting(now());
  round_due_ = now() + options_.round_interval;
  log_.debug("round-started", {{"owners", agenda_.entries().size()}});
}

/// False as long as it was never learned: then it is not known what is to be published.
bool Reconciler::learn_signed() {
  if (now() < signed_due_ || gate_is_closed()) return signed_.has_value();
  const auto answer = provider_.is_signed();
  if (answer) {
    signed_failures_ = 0;
    signed_due_ = now() + options_.signed_interval;
    if (signed_ != *answer) adopt_signed(*answer);
  } else {
    signed_due_ = now() + wait_after(answer.error(), ++signed_failures_);
    log_.warning("zone-signed-unknown", {{"why", answer.error().what}});
    if (!signed_) close_gate(answer.error());
  }
  return signed_.has_value();
}

void Reconciler::adopt_signed(bool is_signed) {
  signed_ = is_signed;
  database_.note_zone_signed(is_signed);
  open_gate();
  agenda_.write_all(now());
  log_.info(is_signed ? "zone-is-signed" : "zone-is-not-signed", {{"provider", provider_.describe()}});
  if (listeners_.on_signed) listeners_.on_signed(is_signed);
}

void Reconciler::close_gate(const ProviderError& error) {
  const bool was_open = gate_failures_ == 0;
  const auto wait = wait_after(error, ++gate_failures_);
  gate_until_ = now() + wait;
  gate_problem_ = error.what + again_in(wait);
  log_.warning("provider-failed", {{"provider", provider_.describe()},
                                   {"why", error.what},
                                   {"attempt", gate_failures_},
                                   {"wait_ms", wait.count()}});
  if (!was_open) return;
  for (auto& [owner, entry] : agenda_.entries()) {
    if (entry.stage == Agenda::Stage::write) set_problem(owner, entry, gate_problem_);
  }
}

void Reconciler::open_gate() {
  if (gate_failures_ > 0) log_.info("provider-answers-again", {{"provider", provider_.describe()}});
  gate_until_.reset();
  gate_failures_ = 0;
  gate_problem_.clear();
}

void Reconciler::set_problem(const std::string& owner, Agenda::Entry& entry, std::string problem) {
  if (entry.problem == problem) return;
  entry.problem = std::move(problem);
  notify(owner, entry.problem);
}

void Reconciler::flush() {
  if (notices_.empty()) return;
  auto notices = std::exchange(notices_, {});
  if (listeners_.on_states) listeners_.on_states(std::move(notices));
}

milliseconds Reconciler::until_next() const {
  Time next = signed_due_;
  if (signed_) {
    next = std::min(next, round_due_);
    if (const auto write = agenda_.next(Agenda::Stage::write))
      next = std::min(next, gate_until_ ? std::max(*write, *gate_until_) : *write);
    if (const auto look = agenda_.next(Agenda::Stage::look)) next = std::min(next, *look);
  }
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(next - now()));
}

}  // namespace sisu::relay::naming
