// sisumail status: is mail reaching me, and if not, what is missing?
#include "client/agent/control_client.hpp"
#include "client/cli/subcommand.hpp"

#include <ostream>

namespace sisu::client {
namespace {

constexpr std::string_view green = "\x1B[32m";
constexpr std::string_view yellow = "\x1B[33m";
constexpr std::string_view plain = "\x1B[0m";

std::string coloured(const Terminal& terminal, std::string_view colour, const std::string& text) {
  if (!terminal.colour) return text;
  return std::string(colour) + text + std::string(plain);
}

std::string since_text(std::chrono::seconds since) {
  using namespace std::chrono;
  if (since < minutes(2)) return std::to_string(since.count()) + " s";
  if (since < hours(2)) return std::to_string(duration_cast<minutes>(since).count()) + " min";
  if (since < days(2)) return std::to_string(duration_cast<hours>(since).count()) + " h";
  return std::to_string(duration_cast<days>(since).count()) + " days";
}

std::string link_text(const StatusReport& report) {
  if (report.relay.empty()) return "none: local ports only";
  std::string text = report.link + " for " + since_text(report.link_since) + ", " + report.relay;
  if (!report.link_reason.empty()) text += ": " + report.link_reason;
  return text;
}

void print_line(Terminal& terminal, std::string_view name, const std::string& text) {
  constexpr std::size_t column = 14;
  std::string head(name);
  head.resize(column, ' ');
  terminal.out << head << text << "\n";
}

void print(const StatusReport& report, Terminal& terminal) {
  if (report.ready) {
    print_line(terminal, "ready", coloured(terminal, green, "yes: mail to " + report.address + " reaches you"));
  } else {
    print_line(terminal, "ready", coloured(terminal, yellow, "no"));
  }
  for (const std::string& missing : report.missing) print_line(terminal, "", "- " + missing);
  print_line(terminal, "relay", link_text(report));
  for (const std::string& address : report.senders_reach) print_line(terminal, "address", address);
  print_line(terminal, "records", report.records);
  print_line(terminal, "DANE", report.dane);
  print_line(terminal, "certificate", report.certificate);
  print_line(terminal, "key", report.key.served.value_or(report.key.ring.current));
  if (report.key.rolling()) print_line(terminal, "key roll", roll_text(report.key));
  print_line(terminal, "maildir", report.maildir);
  print_line(terminal, "connections", std::to_string(report.connections));
}

}  // namespace

int run_status(const SubcommandWords& words, Terminal& terminal) {
  const auto report = ControlClient(words.state).status();
  if (!report) {
    const bool absent = report.error().problem == ControlProblem::nobody_there;
    if (words.json && absent) {
      terminal.out << R"({"running":false,"ready":false})"
                   << "\n";
      return exit_no;
    }
    return report_failure(terminal, report.error().what + (absent ? ": mail waits until it does" : ""));
  }
  if (words.json) {
    terminal.out << status_json(*report);
  } else {
    print(*report, terminal);
  }
  return report->ready ? exit_yes : exit_no;
}

}  // namespace sisu::client
