#include "proto/event.hpp"

#include "common/base/expects.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sisu::proto {
namespace {

using Json = nlohmann::json;

/// A byte can become six in JSON (\u00XX).
constexpr std::size_t text_limit = event_line_limit / 8;

std::string_view name_of(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::replaced:
      return "replaced";
    case Event::Kind::notice:
      return "notice";
    case Event::Kind::unknown:
      return "unknown";
  }
  return "unknown";
}

Event::Kind kind_of(std::string_view name) {
  for (const Event::Kind kind : {Event::Kind::replaced, Event::Kind::notice}) {
    if (name == name_of(kind)) return kind;
  }
  return Event::Kind::unknown;
}

}  // namespace

std::string_view describe(EventError error) {
  switch (error) {
    case EventError::too_long:
      return "the line is longer than 4096 bytes";
    case EventError::not_an_object:
      return "the line is not a JSON object";
    case EventError::no_kind:
      return "the object has no text member \"event\"";
  }
  return "not an event";
}

std::string to_json_line(const Event& event) {
  expects(event.kind != Event::Kind::unknown, "an event of a known kind");
  nlohmann::ordered_json line;
  line["event"] = name_of(event.kind);
  if (!event.text.empty()) line["text"] = event.text.substr(0, text_limit);
  return line.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string to_text_line(const Event& event) {
  std::string line(name_of(event.kind));
  if (!event.text.empty()) line += ": " + event.text.substr(0, text_limit);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

Result<Event, EventError> parse_event(std::string_view line) {
  if (line.size() > event_line_limit) return fail(EventError::too_long);
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return fail(EventError::not_an_object);
  const auto kind = object.find("event");
  if (kind == object.end() || !kind->is_string()) return fail(EventError::no_kind);
  Event event{.kind = kind_of(kind->get_ref<const std::string&>()), .text = {}};
  const auto text = object.find("text");
  if (text != object.end() && text->is_string()) event.text = text->get<std::string>();
  return event;
}

}  // namespace sisu::proto
