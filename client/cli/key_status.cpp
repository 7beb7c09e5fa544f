// sisumail key status: the digests of the TLS keys, as TLSA records have them, and where a roll stands.
#include "client/agent/control_client.hpp"
#include "client/cli/subcommand.hpp"
#include "common/keys/key_ring.hpp"

#include <ostream>

namespace sisu::client {
namespace {

std::string live_text(const KeyReport& report) {
  if (!report.next_live) return "";
  return ", its record is live for " + std::to_string(report.next_live->count()) + " s";
}

void print(const KeyReport& report, Terminal& terminal) {
  terminal.out << "current   " << report.ring.current << (report.served == report.ring.current ? ", serves" : "")
               << "\n";
  if (report.own_keys && report.ring.next) {
    terminal.out << "next      " << *report.ring.next << live_text(report) << "\n";
  }
  if (report.ring.former && report.ring.former != report.ring.current) {
    terminal.out << "former    " << *report.ring.former << "\n";
  }
  terminal.out << "roll      " << roll_text(report) << "\n";
}

/// What the files say, when nobody runs who knows more.
Result<KeyReport, ControlError> stored(const std::filesystem::path& state) {
  auto ring = keys::read_ring(real_file_system(), state);
  if (!ring) return fail(ControlError{ControlProblem::failed, ring.error().what});
  KeyReport report;
  report.ring = std::move(*ring);
  report.step = keys::RollStep::Kind::offline;
  return report;
}

}  // namespace

int run_key_status(const SubcommandWords& words, Terminal& terminal) {
  auto report = ControlClient(words.state).key_status();
  const bool absent = !report && report.error().problem == ControlProblem::nobody_there;
  if (absent) report = stored(words.state);
  if (!report) return report_failure(terminal, report.error().what);
  if (words.json) {
    terminal.out << key_json(*report);
    return exit_yes;
  }
  print(*report, terminal);
  if (absent) terminal.out << "No client runs with the state directory " << words.state.string() << ".\n";
  return exit_yes;
}

}  // namespace sisu::client
