#include "client/acme/documents/json_object.hpp"

#include "client/acme/documents/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sisu::acme {

using nlohmann::json;

struct JsonObject::Value {
  json object;
};

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
  if (text.size() > limits::document_octets) return std::nullopt;
  bool too_deep = false;
  // The library copies and compares by recursion: depth is the size of its stack.
  const auto shallow = [&](int depth, json::parse_event_t event, json&) {
    const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (!opens || depth < static_cast<int>(limits::json_depth)) return true;
    too_deep = true;
    return false;
  };
  json parsed = json::parse(text, shallow, false);
  if (too_deep || !parsed.is_object()) return std::nullopt;
  return JsonObject(std::make_shared<const Value>(Value{std::move(parsed)}));
}

std::optional<std::string> JsonObject::text(const char* name) const {
  const auto found = value_->object.find(name);
  if (found == value_->object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::int64_t> JsonObject::number(const char* name) const {
  const auto found = value_->object.find(name);
  if (found == value_->object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::optional<bool> JsonObject::flag(const char* name) const {
  const auto found = value_->object.find(name);
  if (found == value_->object.end() || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::optional<JsonObject> JsonObject::object(const char* name) const {
  const auto found = value_->object.find(name);
  if (found == value_->object.end() || !found->is_object()) return std::nullopt;
  return JsonObject(std::make_shared<const Value>(Value{*found}));
}

std::vector<JsonObject> JsonObject::objects(const char* name) const {
  std::vector<JsonObject> found;
  const auto array = value_->object.find(name);
  if (array == value_->object.end() || !array->is_array()) return found;
  for (const json& entry : *array) {
    if (entry.is_object()) found.push_back(JsonObject(std::make_shared<const Value>(Value{entry})));
  }
  return found;
}

std::vector<std::string> JsonObject::texts(const char* name) const {
  std::vector<std::string> found;
  const auto array = value_->object.find(name);
  if (array == value_->object.end() || !array->is_array()) return found;
  for (const json& entry : *array) {
    if (entry.is_string()) found.push_back(entry.get<std::string>());
  }
  return found;
}

std::optional<std::string> JsonObject::url(const char* name) const {
  auto found = text(name);
  if (!found || !is_url(*found)) return std::nullopt;
  return found;
}

bool is_url(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  const auto allowed = [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  return text.size() > scheme.size() && text.size() <= limits::url_octets && text.starts_with(scheme) &&
         std::ranges::all_of(text, allowed);
}

std::string for_people(std::string_view text) {
  std::string shown(text.substr(0, limits::shown_octets));
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7E) c = ' ';
  }
  if (text.size() > limits::shown_octets) shown += "...";
  return shown;
}

}  // namespace sisu::acme
