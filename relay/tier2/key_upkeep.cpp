#include "relay/tier2/key_upkeep.hpp"

#include <algorithm>

namespace sisu::relay::tier2 {
namespace {

using Kind = keys::RollStep::Kind;

}  // namespace

Result<void, std::string> KeyUpkeep::publish() {
  const auto served = seams_.served();
  if (!served) return fail(served.error());
  return carry_out({Kind::publish, keys::wanted_set(ring_.state(), *served)});
}

void KeyUpkeep::finish() {
  while (take_step()) {
  }
}

/// False: nothing is left to do.
bool KeyUpkeep::take_step() {
  const auto step = decide();
  if (!step) {
    say_once(step.error() + "; tried again");
    seams_.sleep(look_every);
    return true;
  }
  if (step->kind == Kind::rest) return false;
  if (const auto done = carry_out(*step); !done) {
    say_once(done.error() + "; tried again");
    seams_.sleep(look_every);
    return true;
  }
  wait_for(*step);
  return true;
}

Result<keys::RollStep, std::string> KeyUpkeep::decide() {
  auto served = seams_.served();
  if (!served) return fail(served.error());
  keys::RollFacts facts{ring_.state(), std::move(*served), declared_, std::nullopt, keys::NextCertificate::not_needed};
  keys::RollStep step = keys::next_step(facts);
  if (step.kind != Kind::offline) return step;  // it needs nobody
  auto seen = published_.look();
  if (!seen) return fail(seen.error());
  facts.visibility = std::move(seen->visibility);
  step = keys::next_step(facts);
  if (step.kind == Kind::wait && !seen->problem.empty()) return fail(seen->problem);
  return step;
}

Result<void, std::string> KeyUpkeep::carry_out(const keys::RollStep& step) {
  if (step.kind == Kind::publish) {
    auto published = published_.publish(step.set);
    if (published) declared_ = step.set;
    return published;
  }
  const auto done = ring_.carry_out(step.kind);
  if (!done) return fail(done.error().what);
  if (step.kind == Kind::switch_over) seams_.say("the next key is the current one now: " + ring_.state().current);
  return {};
}

void KeyUpkeep::wait_for(const keys::RollStep& step) {
  if (step.kind == Kind::serve) {
    say_once("waiting for the running sisumail-tier2 to serve the new key: reload it");
    return seams_.sleep(look_every);
  }
  if (step.kind != Kind::wait) return;
  if (step.wait.count() == 0) {
    say_once("waiting for every name server to have the record of the next key");
    return seams_.sleep(look_every);
  }
  say_once("waiting " + std::to_string(step.wait.count()) + " s: senders may know an older set until then");
  seams_.sleep(std::min(step.wait, longest_wait));
}

void KeyUpkeep::say_once(const std::string& text) {
  if (text != said_) seams_.say(text);
  said_ = text;
}

}  // namespace sisu::relay::tier2
