// dns sync, dns diff, dns check, dns prune: what sisumail-dns finds between the records that are wanted and those that
// there are.
#include "relay/admin/command.hpp"
#include "relay/admin/dns_service.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

namespace messages = proto::naming;
using Kind = messages::Finding::Kind;
using What = messages::Ask::What;

/// For each line of the answer: a large zone takes a while, and the servers are asked one after the other.
constexpr auto patience = std::chrono::minutes(10);

bool is_report(const messages::Finding& finding) {
  return finding.kind == Kind::added || finding.kind == Kind::removed;
}

Style style_of(Kind kind) {
  switch (kind) {
    case Kind::added:
    case Kind::removed:
      return Style::good;
    case Kind::foreign:
    case Kind::ttl:
    case Kind::surplus:
      return Style::warning;
    case Kind::missing:
    case Kind::unsigned_zone:
    case Kind::bogus:
    case Kind::unreachable:
      return Style::bad;
    case Kind::unknown:
      break;
  }
  return Style::plain;
}

nlohmann::ordered_json to_json(const messages::Finding& finding) {
  return {{"kind", messages::to_string(finding.kind)},
          {"where", finding.where},
          {"owner", finding.owner},
          {"record", finding.record}};
}

/// "missing      provider  niklas: niklas.example.org. 3600 MX 10 ..."
void print(Output& output, const messages::Finding& finding) {
  if (output.is_json()) return output.object(to_json(finding));
  std::string text = finding.where;
  if (!finding.owner.empty()) text += "  " + finding.owner;
  if (!finding.record.empty()) text += (text.empty() ? "" : ": ") + finding.record;
  output.entry(messages::to_string(finding.kind), {text, style_of(finding.kind)});
}

/// For people: programs find an unsigned zone among the findings.
void print(Output& output, const messages::ServiceHello& hello) {
  if (output.is_json()) return;
  output.entry("zone", {hello.zone});
  output.entry("provider", {hello.provider});
  output.line(hello.is_signed ? "DANE: yes, zone signed" : "DANE: no, zone not signed");
}

class DnsAsk final : public Command {
 public:
  explicit DnsAsk(What what) : what_(what) {}

  void declare(CLI::App& app) override {
    app.add_option("--dns-socket", socket_,
                   "the socket of sisumail-dns (default " + std::string(DnsService::default_socket) + ")")
        ->type_name("PATH");
  }

  void run(Call& call) override {
    DnsService service(socket_, patience);
    print(call.output, service.hello());
    std::size_t findings = 0;
    const messages::Done done = service.ask(what_, [&](const messages::Finding& finding) {
      if (!is_report(finding)) ++findings;
      print(call.output, finding);
    });
    if (!done.problem.empty()) throw Refused(socket_.string() + ": " + done.problem);
    if (findings != 0) throw Refused("findings: " + std::to_string(findings) + "; " + advice());
    if (!call.output.is_json()) call.output.line("nothing found: the records are as they should be");
  }

 private:
  std::string advice() const {
    switch (what_) {
      case What::sync:
        return "the sync could not mend them";
      case What::diff:
        return "\"sisumail-relay dns sync\" makes the zone match; foreign records are yours to judge";
      case What::check:
        return "what the world sees is not as it should be";
      case What::prune:
        return "the prune could not remove them";
    }
    return "";
  }

  What what_;
  std::filesystem::path socket_ = DnsService::default_socket;
};

}  // namespace

std::unique_ptr<Command> make_dns_sync() { return std::make_unique<DnsAsk>(What::sync); }
std::unique_ptr<Command> make_dns_diff() { return std::make_unique<DnsAsk>(What::diff); }
std::unique_ptr<Command> make_dns_check() { return std::make_unique<DnsAsk>(What::check); }
std::unique_ptr<Command> make_dns_prune() { return std::make_unique<DnsAsk>(What::prune); }

}  // namespace sisu::relay::admin
