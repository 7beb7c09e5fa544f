// sisumail key roll: wishes for the next TLS key. The running client carries it out, or the next one that is started.
#include "client/agent/control_client.hpp"
#include "client/cli/subcommand.hpp"
#include "client/state/state_directory.hpp"
#include "common/keys/key_ring.hpp"

#include <ostream>

namespace sisu::client {
namespace {

constexpr std::chrono::milliseconds look_every{500};

void say(const SubcommandWords& words, Terminal& terminal, const std::string& text) {
  (words.json ? terminal.err : terminal.out) << text << "\n" << std::flush;
}

/// Under the lock of the state directory: no client can begin meanwhile.
Result<KeyReport, std::string> store_wish(const std::filesystem::path& state) {
  const auto existing = keys::read_ring(real_file_system(), state);
  if (!existing) return fail(existing.error().what + ": the first start of the client makes it");
  const auto held = StateDirectory::open(state);
  if (!held) return fail(held.error());
  auto ring = keys::KeyRing::open(real_file_system(), state);
  if (!ring) return fail(ring.error().what);
  if (const auto wished = ring->wish_roll(); !wished) return fail(wished.error().what);
  KeyReport report;
  report.ring = ring->state();
  report.step = keys::RollStep::Kind::offline;
  return report;
}

int wait_for_the_end(const SubcommandWords& words, const ControlClient& client, Terminal& terminal) {
  std::string said;
  for (;;) {
    const auto report = client.key_status();
    if (!report) return report_failure(terminal, "the roll goes on, but " + report.error().what);
    if (!report->rolling()) {
      say(words, terminal, "Done: the key that serves is " + report->ring.current + ".");
      if (words.json) terminal.out << key_json(*report);
      return exit_yes;
    }
    const std::string now = roll_text(*report);
    if (now != said) say(words, terminal, "The roll " + now + ".");
    said = now;
    terminal.sleep(look_every);
  }
}

int roll_later(const SubcommandWords& words, Terminal& terminal) {
  const auto report = store_wish(words.state);
  if (!report) return report_failure(terminal, report.error());
  say(words, terminal,
      "No client runs with this state directory: the wish is stored, and the next start carries it out.");
  if (words.json) terminal.out << key_json(*report);
  return exit_yes;
}

}  // namespace

int run_key_roll(const SubcommandWords& words, Terminal& terminal) {
  const ControlClient client(words.state);
  const auto report = client.roll();
  if (!report && report.error().problem == ControlProblem::nobody_there) return roll_later(words, terminal);
  if (!report) return report_failure(terminal, report.error().what);
  if (words.wait) return wait_for_the_end(words, client, terminal);
  if (words.json) {
    terminal.out << key_json(*report);
  } else {
    terminal.out << "The wish is stored, and is being carried out: sisumail key status shows where it stands.\n";
  }
  return exit_yes;
}

}  // namespace sisu::client
