#include "tests/unit/naming/fake_hetzner.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sisu::test {
namespace {

using nlohmann::json;

std::string answer(std::string_view status, const json& body) { return http_answer(status, body.dump()); }

std::string error(std::string_view status, const std::string& code, const std::string& message) {
  return answer(status, {{"error", {{"code", code}, {"message", message}, {"details", nullptr}}}});
}

std::string invalid(const std::string& message) { return error("422 Unprocessable Entity", "invalid_input", message); }
std::string not_found() { return error("404 Not Found", "not_found", "resource not found"); }

/// A query's parameter; empty without one.
std::string parameter(const std::string& target, const std::string& name) {
  for (const char before : {'?', '&'}) {
    const auto at = target.find(before + name + "=");
    if (at == std::string::npos) continue;
    const auto from = at + name.size() + 2;
    return target.substr(from, target.find('&', from) - from);
  }
  return {};
}

json records_of(const FakeHetzner::Rrset& rrset) {
  json records = json::array();
  for (const auto& value : rrset.values) records.push_back({{"value", value}, {"comment", nullptr}});
  return records;
}

json entry_of(const std::string& name, const std::string& type, const FakeHetzner::Rrset& rrset) {
  return {{"id", name + "/" + type},
          {"name", name},
          {"type", type},
          {"ttl", rrset.ttl ? json(*rrset.ttl) : json(nullptr)},
          {"labels", json::object()},
          {"protection", {{"change", rrset.is_protected}}},
          {"records", records_of(rrset)},
          {"zone", 42}};
}

std::vector<std::string> values_of(const json& body) {
  std::vector<std::string> values;
  for (const auto& record : body.at("records")) values.push_back(record.at("value"));
  return values;
}

}  // namespace

FakeHetzner::FakeHetzner(std::string zone, std::string token, std::optional<HttpPeer::Tls> tls)
    : zone_(std::move(zone)),
      token_(std::move(token)),
      peer_(std::make_unique<HttpPeer>([this](const HttpPeerRequest& request) { return handle(request); },
                                       std::move(tls))) {}

std::vector<std::string> FakeHetzner::calls() const {
  std::vector<std::string> result;
  for (const auto& request : peer_->requests()) result.push_back(request.method + " " + request.target);
  return result;
}

std::vector<std::string> FakeHetzner::writes() const {
  auto result = calls();
  std::erase_if(result, [](const std::string& call) { return call.starts_with("GET"); });
  return result;
}

std::optional<std::string> FakeHetzner::handle(const HttpPeerRequest& request) {
  if (!answers.empty()) {
    const auto next = std::move(answers.front());
    answers.pop_front();
    return next;
  }
  if (request.field("authorization") != "Bearer " + token_) {
    return error("401 Unauthorized", "unauthorized", "unable to authenticate");
  }
  const std::string zone_path = "/v1/zones/" + zone_;
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method == "GET" && path.starts_with("/v1/actions/")) return poll(path);
  if (!path.starts_with(zone_path)) return not_found();
  const std::string rest = path.substr(zone_path.size());
  if (request.method == "GET" && rest.empty()) return read_zone(rest);
  if (request.method == "GET" && rest == "/rrsets") return list(request.target);
  if (request.method != "POST") return error("405 Method Not Allowed", "unsupported_error", "no such method");
  if (before_write) before_write(*this);
  if (std::ranges::any_of(actions_, [](const auto& action) { return action.second.polls_left > 0; })) {
    return error("423 Locked", "locked", "another action is running");
  }
  const json body = json::parse(request.body);
  return rest == "/rrsets" ? create(body) : act(rest, body);
}

std::string FakeHetzner::read_zone(const std::string&) {
  const json zone = {{"id", 42}, {"name", zone_}, {"ttl", default_ttl}, {"mode", mode}, {"status", "ok"}};
  return answer("200 OK", {{"zone", zone}});
}

std::string FakeHetzner::list(const std::string& target) const {
  const std::string name = parameter(target, "name");
  const auto size = std::min<std::size_t>(largest_page, std::stoul(parameter(target, "per_page")));
  const auto page = std::stoul(parameter(target, "page"));
  json all = json::array();
  for (const auto& [key, rrset] : sets) {
    if (name.empty() || key.first == name) all.push_back(entry_of(key.first, key.second, rrset));
  }
  json shown = json::array();
  for (auto index = (page - 1) * size; index < std::min(page * size, all.size()); ++index) shown.push_back(all[index]);
  const json next = page * size < all.size() ? json(page + 1) : json(nullptr);
  const json pagination = {{"page", page}, {"per_page", size}, {"next_page", next}, {"total_entries", all.size()}};
  return answer("200 OK", {{"rrsets", shown}, {"meta", {{"pagination", pagination}}}});
}

std::string FakeHetzner::create(const json& body) {
  const std::pair<std::string, std::string> key(body.at("name"), body.at("type"));
  if (sets.contains(key)) return error("409 Conflict", "uniqueness_error", "rrset already exists");
  const Rrset rrset{.ttl = body.at("ttl").get<unsigned>(), .values = values_of(body)};
  return started([this, key, rrset] { sets[key] = rrset; });
}

/// "/rrsets/NAME/TYPE/actions/WHAT"
std::string FakeHetzner::act(const std::string& path, const json& body) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto end = path.find('/', at + 1);
    parts.push_back(path.substr(at + 1, end == std::string::npos ? end : end - at - 1));
    at = end;
  }
  if (parts.size() != 5 || parts[0] != "rrsets" || parts[3] != "actions") return not_found();
  const auto found = sets.find({parts[1], parts[2]});
  if (found != sets.end() && found->second.is_protected) {
    return error("403 Forbidden", "protected", "the resource is protected");
  }
  if (parts[4] == "add_records") return add(parts[1], parts[2], body);
  if (found == sets.end()) return not_found();
  if (parts[4] == "remove_records") return remove(parts[1], parts[2], body);
  if (parts[4] == "change_ttl") return change_ttl(parts[1], parts[2], body);
  return not_found();
}

std::string FakeHetzner::add(const std::string& name, const std::string& type, const json& body) {
  const auto found = sets.find({name, type});
  const auto values = values_of(body);
  if (found != sets.end()) {
    if (body.contains("ttl") && body.at("ttl") != found->second.ttl) return invalid("has differing record TTLs");
    for (const auto& value : values) {
      if (std::ranges::count(found->second.values, value) > 0) return invalid("duplicate record value");
    }
  }
  return started([this, name, type, values] {
    auto& to = sets[{name, type}].values;
    to.insert(to.end(), values.begin(), values.end());
  });
}

std::string FakeHetzner::remove(const std::string& name, const std::string& type, const json& body) {
  const auto values = values_of(body);
  for (const auto& value : values) {
    if (std::ranges::count(sets.at({name, type}).values, value) == 0) return invalid("record not found: " + value);
  }
  return started([this, name, type, values] {
    auto& from = sets[{name, type}].values;
    std::erase_if(from, [&](const std::string& value) { return std::ranges::count(values, value) > 0; });
    if (from.empty()) sets.erase({name, type});
  });
}

std::string FakeHetzner::change_ttl(const std::string& name, const std::string& type, const json& body) {
  const auto ttl = body.at("ttl").get<unsigned>();
  if (ttl < 60) return invalid("ttl is too low");
  return started([this, name, type, ttl] { sets.at({name, type}).ttl = ttl; });
}

std::string FakeHetzner::started(const std::function<void()>& effect) {
  const std::uint64_t id = actions_.size() + 1;
  actions_[id] = {polls_of_an_action, effect, action_error};
  if (polls_of_an_action == 0 && !action_error) effect();
  return answer_action(id);
}

std::string FakeHetzner::poll(const std::string& path) {
  const auto id = std::stoull(path.substr(path.rfind('/') + 1));
  const auto found = actions_.find(id);
  if (found == actions_.end()) return not_found();
  if (found->second.polls_left > 0 && --found->second.polls_left == 0 && !found->second.error) found->second.effect();
  return answer_action(id);
}

std::string FakeHetzner::answer_action(std::uint64_t id) const {
  const auto& action = actions_.at(id);
  json shown = {{"id", id}, {"command", "change"}, {"status", "success"}, {"progress", 100}, {"error", nullptr}};
  if (action.polls_left > 0) {
    shown["status"] = "running";
    shown["progress"] = 50;
  } else if (action.error) {
    shown["status"] = "error";
    shown["error"] = {{"code", *action.error}, {"message", "Action failed"}};
  }
  return answer("201 Created", {{"action", shown}});
}

}  // namespace sisu::test
