#include "relay/naming/providers/hetzner/messages.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::naming::hetzner {
namespace {

using nlohmann::json;

constexpr std::uint32_t longest_ttl = 0x7FFF'FFFF;  // RFC 2181 8

Result<json, ParseError> parse_object(std::string_view body) {
  json parsed = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return fail(ParseError("no JSON object"));
  return parsed;
}

/// The member of that name, or null.
const json& member(const json& object, const char* name) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<std::uint64_t> number(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<std::uint64_t>();
}

std::optional<Ttl> ttl_of(const json& object) {
  const auto seconds = number(object, "ttl");
  if (!seconds || *seconds > longest_ttl) return std::nullopt;
  return Ttl(static_cast<std::uint32_t>(*seconds));
}

ParseError missing(const std::string& name) { return "no usable member \"" + name + "\""; }

/// "Relative to the zone", "@" or, where an older interface wrote it, the whole name.
Result<RecordName, NameError> absolute_name(const std::string& name, const RecordName& zone) {
  const std::string& suffix = zone.to_string();
  if (name == "@" || name + "." == suffix) return zone;
  return RecordName::parse(name.ends_with('.') ? name : name + "." + suffix);
}

void read_values(const json& records, const RrsetKey& key, Rrset& rrset) {
  for (const json& record : records) {
    const std::string spelling = text(record, "value");
    const auto parsed = Record::parse(key.name, key.type, spelling, Ttl(0));
    if (parsed) rrset.values.emplace(parsed->value, spelling);
  }
}

/// Sets of other types, under names that are none of ours, or beyond the zone, are left out. False for what is no set
/// at all.
bool read_rrset(const json& entry, const RecordName& zone, Rrsets& rrsets) {
  if (!member(entry, "name").is_string() || !member(entry, "type").is_string() || !member(entry, "records").is_array())
    return false;
  const json& ttl = member(entry, "ttl");
  if (!ttl.is_null() && !ttl_of(entry)) return false;
  const auto type = parse_record_type(text(entry, "type"));
  const auto name = absolute_name(text(entry, "name"), zone);
  if (!type || !name || !name->is_within(zone)) return true;
  const RrsetKey key{*name, *type};
  Rrset& rrset = rrsets[key];
  rrset.ttl = ttl_of(entry);
  read_values(member(entry, "records"), key, rrset);
  return true;
}

/// `next_page` is null on the last page; so is the whole of it where nothing is paged.
Result<std::optional<unsigned>, ParseError> next_page(const json& answer) {
  const json& pagination = member(member(answer, "meta"), "pagination");
  const json& next = member(pagination, "next_page");
  if (next.is_null()) return std::optional<unsigned>();
  const auto page = number(pagination, "next_page");
  if (!page || *page > 0x7FFF'FFFF) return fail(missing("meta.pagination.next_page"));
  return std::optional<unsigned>(static_cast<unsigned>(*page));
}

std::string printable(std::string text) {
  text.resize(std::min(text.size(), longest_error_text));
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return text;
}

json values_of(const Step& step) {
  json records = json::array();
  for (const auto& value : step.values) records.push_back({{"value", value}});
  return records;
}

std::string path_of(const RrsetKey& key, const RecordName& zone, std::string_view action) {
  return zone_path(zone) + "/rrsets/" + relative_name(key.name, zone) + "/" + std::string(to_string(key.type)) +
         "/actions/" + std::string(action);
}

}  // namespace

Result<Zone, ParseError> parse_zone(std::string_view body) {
  const auto answer = parse_object(body);
  if (!answer) return fail(answer.error());
  const json& zone = member(*answer, "zone");
  const auto ttl = ttl_of(zone);
  if (!ttl) return fail(missing("zone.ttl"));
  if (!member(zone, "mode").is_string()) return fail(missing("zone.mode"));
  return Zone{*ttl, text(zone, "mode") == "primary"};
}

Result<Page, ParseError> parse_page(std::string_view body, const RecordName& zone) {
  const auto answer = parse_object(body);
  if (!answer) return fail(answer.error());
  const json& list = member(*answer, "rrsets");
  if (!list.is_array()) return fail(missing("rrsets"));
  Page page;
  for (std::size_t index = 0; index < list.size(); ++index) {
    if (!read_rrset(list[index], zone, page.rrsets)) return fail(missing("rrsets[" + std::to_string(index) + "]"));
  }
  const auto next = next_page(*answer);
  if (!next) return fail(next.error());
  page.next = *next;
  return page;
}

Result<Action, ParseError> parse_action(std::string_view body) {
  const auto answer = parse_object(body);
  if (!answer) return fail(answer.error());
  const json& object = member(*answer, "action");
  const auto id = number(object, "id");
  if (!id) return fail(missing("action.id"));
  Action action{.id = *id};
  const std::string status = text(object, "status");
  if (status == "success") {
    action.status = Action::Status::success;
  } else if (status == "error") {
    action.status = Action::Status::error;
    action.error_code = printable(text(member(object, "error"), "code"));
    action.error_message = printable(text(member(object, "error"), "message"));
  } else if (status != "running") {
    return fail(missing("action.status"));
  }
  return action;
}

ApiError parse_error(std::string_view body) {
  const auto answer = parse_object(body);
  if (!answer) return {"unknown", ""};
  const json& error = member(*answer, "error");
  const std::string code = printable(text(error, "code"));
  return {code.empty() ? "unknown" : code, printable(text(error, "message"))};
}

std::string relative_name(const RecordName& name, const RecordName& zone) {
  if (name == zone) return "@";
  const std::string& text = name.to_string();
  return text.substr(0, text.size() - zone.to_string().size() - 1);
}

std::string zone_path(const RecordName& zone) {
  const std::string& text = zone.to_string();
  return "/zones/" + text.substr(0, text.size() - 1);
}

StepRequest to_request(const Step& step, const RecordName& zone) {
  switch (step.kind) {
    case Step::Kind::create: {
      const json body = {{"name", relative_name(step.key.name, zone)},
                         {"type", to_string(step.key.type)},
                         {"ttl", step.ttl.count()},
                         {"records", values_of(step)}};
      return {zone_path(zone) + "/rrsets", body.dump()};
    }
    case Step::Kind::change_ttl:
      return {path_of(step.key, zone, "change_ttl"), json{{"ttl", step.ttl.count()}}.dump()};
    case Step::Kind::add:
      // Without a TTL: with another than the set's it would be refused.
      return {path_of(step.key, zone, "add_records"), json{{"records", values_of(step)}}.dump()};
    case Step::Kind::remove:
      return {path_of(step.key, zone, "remove_records"), json{{"records", values_of(step)}}.dump()};
  }
  return {};
}

}  // namespace sisu::relay::naming::hetzner
