#include "client/agent/status_report.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace sisu::client {
namespace {

using Json = nlohmann::ordered_json;
using Kind = keys::RollStep::Kind;
using std::chrono::seconds;

constexpr std::array steps{Kind::make_next,   Kind::serve, Kind::end_wish, Kind::forget_former,
                           Kind::publish,     Kind::wait,  Kind::prepare,  Kind::note_former,
                           Kind::switch_over, Kind::rest,  Kind::offline};

template <class T>
void put(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

void put(Json& json, const char* name, const std::optional<seconds>& value) {
  if (value) json[name] = value->count();
}

Json json_of(const KeyReport& report) {
  Json json;
  json["own_keys"] = report.own_keys;
  json["current"] = report.ring.current;
  put(json, "next", report.ring.next);
  put(json, "former", report.ring.former);
  put(json, "roll_away_from", report.ring.roll_away_from);
  put(json, "served", report.served);
  json["step"] = std::string(keys::name_of(report.step));
  put(json, "wait_seconds", report.wait);
  put(json, "next_live_seconds", report.next_live);
  json["trouble"] = report.trouble;
  json["roll"] = roll_text(report);
  return json;
}

Json json_of(const StatusReport& report) {
  Json json;
  json["version"] = report.version;
  json["address"] = report.address;
  json["host"] = report.host;
  json["ready"] = report.ready;
  json["missing"] = report.missing;
  json["relay"] = report.relay;
  json["link"] = report.link;
  json["link_reason"] = report.link_reason;
  json["link_since_seconds"] = report.link_since.count();
  json["senders_reach"] = report.senders_reach;
  json["records"] = report.records;
  json["dane"] = report.dane;
  json["certificate"] = report.certificate;
  json["key"] = json_of(report.key);
  json["maildir"] = report.maildir;
  json["connections"] = report.connections;
  return json;
}

/// Throws nlohmann's exceptions for members that are missing or of another type.
template <class T>
std::optional<T> take(const Json& json, const char* name) {
  const auto member = json.find(name);
  if (member == json.end()) return std::nullopt;
  return member->get<T>();
}

std::optional<seconds> take_seconds(const Json& json, const char* name) {
  const auto count = take<std::int64_t>(json, name);
  return count ? std::optional(seconds(*count)) : std::nullopt;
}

KeyReport key_of(const Json& json) {
  KeyReport report;
  report.own_keys = json.at("own_keys").get<bool>();
  report.ring.current = json.at("current").get<std::string>();
  report.ring.next = take<std::string>(json, "next");
  report.ring.former = take<std::string>(json, "former");
  report.ring.roll_away_from = take<std::string>(json, "roll_away_from");
  report.served = take<std::string>(json, "served");
  const auto step = json.at("step").get<std::string>();
  for (const Kind kind : steps) {
    if (keys::name_of(kind) == step) report.step = kind;
  }
  report.wait = take_seconds(json, "wait_seconds");
  report.next_live = take_seconds(json, "next_live_seconds");
  report.trouble = json.at("trouble").get<std::string>();
  return report;
}

StatusReport status_of(const Json& json) {
  StatusReport report;
  report.version = json.at("version").get<std::string>();
  report.address = json.at("address").get<std::string>();
  report.host = json.at("host").get<std::string>();
  report.maildir = json.at("maildir").get<std::string>();
  report.relay = json.at("relay").get<std::string>();
  report.link = json.at("link").get<std::string>();
  report.link_reason = json.at("link_reason").get<std::string>();
  report.link_since = seconds(json.at("link_since_seconds").get<std::int64_t>());
  report.senders_reach = json.at("senders_reach").get<std::vector<std::string>>();
  report.ready = json.at("ready").get<bool>();
  report.missing = json.at("missing").get<std::vector<std::string>>();
  report.records = json.at("records").get<std::string>();
  report.dane = json.at("dane").get<std::string>();
  report.certificate = json.at("certificate").get<std::string>();
  report.connections = json.at("connections").get<std::size_t>();
  report.key = key_of(json.at("key"));
  return report;
}

template <class Report>
Result<Report, std::string> parse(std::string_view line, const char* name, Report (*read)(const Json&)) {
  try {
    const Json json = Json::parse(line);
    if (const auto error = json.find("error"); error != json.end()) return fail(error->get<std::string>());
    return read(json.at(name));
  } catch (const nlohmann::json::exception&) {
    return fail(
        std::string("the running sisumail answers in a way that this one does not understand: are they of one "
                    "version?"));
  }
}

std::string in_words(seconds time) {
  using namespace std::chrono;
  if (time < minutes(2)) return std::to_string(time.count()) + " s";
  if (time < hours(2)) return std::to_string(duration_cast<minutes>(time).count()) + " min";
  return std::to_string(duration_cast<hours>(time).count()) + " h";
}

/// Text with bytes that are no UTF-8 (a path may be any) must not make it throw.
std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string key_json(const KeyReport& report) { return line_of(json_of(report)); }

std::string status_json(const StatusReport& report) { return line_of(json_of(report)); }

std::string key_line(const KeyReport& report) { return line_of(Json{{"key", json_of(report)}}); }

std::string status_line(const StatusReport& report) { return line_of(Json{{"status", json_of(report)}}); }

Result<StatusReport, std::string> parse_status_line(std::string_view line) { return parse(line, "status", &status_of); }

Result<KeyReport, std::string> parse_key_line(std::string_view line) { return parse(line, "key", &key_of); }

std::string roll_text(const KeyReport& report) {
  if (!report.own_keys) return "none: the key was given with --tls-key";
  if (!report.rolling()) return "none";
  const std::string trouble = report.trouble.empty() ? "" : " (" + report.trouble + ")";
  switch (report.step) {
    case Kind::wait:
      if (!report.wait) return "waits until every name server has the record of the next key" + trouble;
      return "waits " + in_words(*report.wait) + ": senders may know an older set of records until then";
    case Kind::prepare:
      return "waits for a certificate over the next key" + trouble;
    case Kind::offline:
      return "waits for a session with the relay, which says what name servers have";
    case Kind::make_next:
    case Kind::serve:
    case Kind::end_wish:
    case Kind::forget_former:
    case Kind::publish:
    case Kind::note_former:
    case Kind::switch_over:
    case Kind::rest:
      return "under way" + trouble;
  }
  return {};
}

}  // namespace sisu::client
