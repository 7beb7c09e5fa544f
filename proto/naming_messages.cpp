#include "proto/naming_messages.hpp"

#include "common/base/expects.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace sisu::proto::naming {
namespace {

using Json = nlohmann::ordered_json;

std::string shortened(const std::string& text) { return text.substr(0, text_limit); }

Json body(const Hello& hello) {
  Json json = Json::object({{"version", hello.version}});
  if (!hello.zone.empty()) json["zone"] = hello.zone;
  return json;
}

Json body(const Record& record) {
  return Json::object({{"name", record.name}, {"type", record.type}, {"ttl", record.ttl}, {"value", record.value}});
}

Json body(const Set& set) {
  expects(set.records.size() <= records_limit, "a set of at most 64 records");
  Json records = Json::array();
  for (const auto& record : set.records) records.push_back(body(record));
  return Json::object({{"owner", set.owner}, {"digest", set.digest}, {"records", std::move(records)}});
}

Json body(const Complete&) { return Json::object(); }

Json body(const Watch& watch) { return Json::object({{"owner", watch.owner}}); }

Json body(const Ask& ask) { return Json::object({{"what", to_string(ask.what)}}); }

Json body(const ServiceHello& hello) {
  return Json::object({{"version", hello.version},
                       {"zone", hello.zone},
                       {"provider", shortened(hello.provider)},
                       {"signed", hello.is_signed}});
}

Json body(const State& state) {
  Json tlsa = Json::array();
  for (const auto& [sha256, live_for] : state.tlsa)
    tlsa.push_back(Json::object({{"sha256", sha256}, {"live_for", live_for.count()}}));
  return Json::object({{"owner", state.owner},
                       {"digest", state.digest},
                       {"live", state.live},
                       {"live_for", state.live_for.count()},
                       {"tlsa", std::move(tlsa)},
                       {"problem", shortened(state.problem)}});
}

Json body(const Finding& finding) {
  return Json::object({{"owner", finding.owner},
                       {"kind", to_string(finding.kind)},
                       {"where", shortened(finding.where)},
                       {"record", shortened(finding.record)}});
}

Json body(const Done& done) {
  return Json::object({{"findings", done.findings}, {"problem", shortened(done.problem)}});
}

Json body(const Problem& problem) { return Json::object({{"what", shortened(problem.what)}}); }

std::string_view kind_of(const Hello&) { return "hello"; }
std::string_view kind_of(const Set&) { return "set"; }
std::string_view kind_of(const Complete&) { return "complete"; }
std::string_view kind_of(const Watch&) { return "watch"; }
std::string_view kind_of(const Ask&) { return "ask"; }
std::string_view kind_of(const ServiceHello&) { return "hello"; }
std::string_view kind_of(const State&) { return "state"; }
std::string_view kind_of(const Finding&) { return "finding"; }
std::string_view kind_of(const Done&) { return "done"; }
std::string_view kind_of(const Problem&) { return "problem"; }

template <class Message>
std::string line_of(const Message& message) {
  Json line;
  line[std::string(kind_of(message))] = body(message);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string describe(const LineError& error) {
  switch (error.kind) {
    case LineError::Kind::too_long:
      return "the line is longer than 262144 bytes";
    case LineError::Kind::not_an_object:
      return "the line is not a JSON object";
    case LineError::Kind::not_one_member:
      return "the object does not have exactly one member";
    case LineError::Kind::unknown_kind:
      return "lines of the kind \"" + error.member + "\" are not known here";
    case LineError::Kind::bad_member:
      return error.member + " is missing, of another type, or beyond its limit";
  }
  return "";
}

std::string_view to_string(Ask::What what) {
  switch (what) {
    case Ask::What::sync:
      return "sync";
    case Ask::What::diff:
      return "diff";
    case Ask::What::check:
      return "check";
    case Ask::What::prune:
      return "prune";
  }
  return "";
}

std::string_view to_string(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::missing:
      return "missing";
    case Finding::Kind::surplus:
      return "surplus";
    case Finding::Kind::foreign:
      return "foreign";
    case Finding::Kind::ttl:
      return "ttl";
    case Finding::Kind::unsigned_zone:
      return "unsigned";
    case Finding::Kind::bogus:
      return "bogus";
    case Finding::Kind::unreachable:
      return "unreachable";
    case Finding::Kind::added:
      return "added";
    case Finding::Kind::removed:
      return "removed";
    case Finding::Kind::unknown:
      return "unknown";
  }
  return "";
}

std::string to_line(const Request& request) {
  return std::visit([](const auto& message) { return line_of(message); }, request);
}

std::string to_line(const Answer& answer) {
  return std::visit([](const auto& message) { return line_of(message); }, answer);
}

}  // namespace sisu::proto::naming
