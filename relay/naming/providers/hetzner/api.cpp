#include "relay/naming/providers/hetzner/api.hpp"

#include "common/base/file_system.hpp"
#include "common/http/retry_after.hpp"

#include <algorithm>
#include <charconv>

namespace sisu::relay::naming::hetzner {
namespace {

using Kind = ProviderError::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

http_client::ClientOptions client_options(const Options& options) {
  http_client::ClientOptions result;
  result.ca_file = options.ca_file;
  result.allow_http = options.allow_http;
  result.timeout = options.request_timeout;
  result.connect_timeout = std::min(options.request_timeout, result.connect_timeout);
  result.largest_body = largest_answer;
  return result;
}

ProviderError failure(Kind kind, std::string what) { return {kind, std::move(what)}; }

ProviderError odd_answer(const std::string& path, const ParseError& why) {
  return failure(Kind::unreachable, "Hetzner: the answer of " + path + " is not understood: " + why);
}

/// A record set or an action that is not there any more, rather than the zone.
bool is_below_the_zone(std::string_view path) {
  return path.find("/rrsets/") != path.npos || path.starts_with("/actions/");
}

/// By the code where it says more than the status. Statuses and codes: the API reference, "Errors".
Kind kind_of(int status, std::string_view code) {
  if (code == "rate_limit_exceeded" || status == 429) return Kind::busy;
  if (code == "locked" || code == "conflict" || code == "uniqueness_error") return Kind::conflict;
  if (code == "protected") return Kind::invalid;  // one set, not the service
  if (code == "unauthorized" || code == "forbidden" || code == "token_readonly" || code == "resource_limit_exceeded" ||
      status == 401 || status == 403 || status == 404) {
    return Kind::refused;
  }
  if (status == 409 || status == 423) return Kind::conflict;
  if (code == "invalid_input" || code == "json_error" || (status >= 400 && status < 500)) return Kind::invalid;
  return Kind::unreachable;
}

/// Of one that has failed. The service works, and this set is to be tried again.
Kind kind_of(const Action& action) {
  const Kind kind = kind_of(0, action.error_code);
  return kind == Kind::unreachable ? Kind::conflict : kind;
}

/// What an operator can do about it.
std::string advice(Kind kind, int status, const Options& options) {
  if (kind == Kind::refused && status == 404)
    return "; is " + options.zone.to_string() + " a zone of the token's project?";
  if (kind == Kind::refused) {
    return "; the token in " + options.token_file.string() + " must be of the zone's project, for reading and writing";
  }
  return "";
}

std::optional<seconds> rate_limit_reset(std::string_view unix_time, system_clock::time_point now) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(unix_time.data(), unix_time.data() + unix_time.size(), count);
  if (error != std::errc() || end != unix_time.data() + unix_time.size()) return std::nullopt;
  return seconds(count) - std::chrono::floor<seconds>(now.time_since_epoch());
}

std::optional<seconds> wait_asked_for(const http_client::Response& response, Kind kind) {
  const auto now = system_clock::now();
  if (const auto value = response.header("retry-after")) {
    if (const auto wait = http_client::parse_retry_after(*value, now)) return wait;
  }
  if (kind != Kind::busy) return std::nullopt;
  const auto reset = response.header("ratelimit-reset");
  const auto wait = reset ? rate_limit_reset(*reset, now) : std::nullopt;
  return std::clamp(wait.value_or(longest_rate_wait), seconds(1), longest_rate_wait);
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= longest_token &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Api::Api(Options options) : options_(std::move(options)), client_(client_options(options_)) {
  while (options_.endpoint.ends_with('/')) options_.endpoint.pop_back();
}

Result<void, ProviderError> Api::load_token() {
  const std::string file = options_.token_file.string();
  std::error_code no_file;
  const auto target = std::filesystem::canonical(options_.token_file, no_file);  // a link's own mode says nothing
  const auto status = real_file_system().status(no_file ? options_.token_file : target);
  auto content = real_file_system().read(options_.token_file, longest_token + 2);
  if (!status || !content) {
    const auto why = status ? content.error() : status.error();
    return fail(failure(Kind::refused, "Hetzner: cannot read the token in " + file + ": " + why.message()));
  }
  if ((status->permissions & 007) != 0) {
    return fail(failure(Kind::refused, "Hetzner: everybody may read or write the token in " + file + ": chmod o= it"));
  }
  content->erase(content->find_last_not_of(" \t\r\n") + 1);
  if (!is_token(*content)) {
    return fail(failure(Kind::refused, "Hetzner: " + file + " must hold one API token and nothing else"));
  }
  token_ = *std::move(content);
  return {};
}

Result<std::string, ProviderError> Api::call(const std::string& method, const std::string& path, std::string body) {
  http_client::Request request{.method = method, .url = options_.endpoint + path};
  request.headers = {{"Authorization", "Bearer " + token_}, {"Accept", "application/json"}};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  auto response = client_.send(request);
  if (!response) return fail(failure(Kind::unreachable, "Hetzner: " + response.error().what));
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  return fail(error_of(*response, method, path));
}

ProviderError Api::error_of(const http_client::Response& response, const std::string& method,
                            const std::string& path) const {
  const auto error = parse_error(response.body);
  Kind kind = kind_of(response.status, error.code);
  if (response.status == 404 && is_below_the_zone(path)) kind = Kind::conflict;
  std::string what = "Hetzner: " + method + " " + path + ": " + std::to_string(response.status) + " " + error.code;
  if (!error.message.empty()) what += ": " + error.message;
  return {kind, what + advice(kind, response.status, options_), wait_asked_for(response, kind)};
}

/// RFC 9110 9.2.2: a GET may be sent again.
Result<std::string, ProviderError> Api::read(const std::string& path) {
  milliseconds before_next = options_.retry_pause;
  for (unsigned tries = 1;; ++tries) {
    auto answer = call("GET", path);
    if (answer || answer.error().kind != Kind::unreachable || tries == tries_of_a_read) return answer;
    if (answer.error().retry_after || !pause(before_next)) return answer;
    before_next *= 2;
  }
}

Result<Zone, ProviderError> Api::zone() {
  const std::string path = zone_path(options_.zone);
  const auto answer = read(path);
  if (!answer) return fail(answer.error());
  const auto zone = parse_zone(*answer);
  if (!zone) return fail(odd_answer(path, zone.error()));
  return *zone;
}

Result<Page, ProviderError> Api::page(const std::optional<RecordName>& name, unsigned number) {
  std::string path = zone_path(options_.zone) + "/rrsets?per_page=" + std::to_string(options_.page_size) +
                     "&page=" + std::to_string(number);
  if (name) path += "&name=" + relative_name(*name, options_.zone);
  const auto answer = read(path);
  if (!answer) return fail(answer.error());
  auto page = parse_page(*answer, options_.zone);
  if (!page) return fail(odd_answer(path, page.error()));
  return *std::move(page);
}

Result<Rrsets, ProviderError> Api::list(const std::optional<RecordName>& name) {
  Rrsets all;
  for (unsigned number = 1;;) {
    auto next = page(name, number);
    if (!next) return fail(next.error());
    all.merge(next->rrsets);
    if (!next->next) return all;
    if (*next->next <= number || *next->next > most_pages) {
      return fail(odd_answer(zone_path(options_.zone) + "/rrsets",
                             "page " + std::to_string(*next->next) + " comes after " + std::to_string(number)));
    }
    number = *next->next;
  }
}

Result<void, ProviderError> Api::run(const Step& step) {
  auto request = to_request(step, options_.zone);
  const auto answer = call("POST", request.path, std::move(request.body));
  if (!answer) return fail(answer.error());
  const auto action = parse_action(*answer);
  if (!action) return fail(odd_answer(request.path, action.error()));
  return wait_for(*action, request.path);
}

Result<void, ProviderError> Api::wait_for(Action action, const std::string& path) {
  const std::string question = "/actions/" + std::to_string(action.id);
  const auto give_up = std::chrono::steady_clock::now() + options_.action_limit;
  while (action.status == Action::Status::running) {
    if (std::chrono::steady_clock::now() >= give_up) {
      return fail(failure(Kind::unreachable, "Hetzner: POST " + path + ": action " + std::to_string(action.id) +
                                                 " has not ended after " +
                                                 std::to_string(options_.action_limit.count()) + " ms"));
    }
    if (!pause(options_.action_interval)) return fail(failure(Kind::unreachable, "Hetzner: stopped"));
    const auto answer = read(question);
    if (!answer) return fail(answer.error());
    const auto next = parse_action(*answer);
    if (!next) return fail(odd_answer(question, next.error()));
    action = *next;
  }
  if (action.status == Action::Status::success) return {};
  return fail(failure(kind_of(action), "Hetzner: POST " + path + ": the action failed: " + action.error_code + ": " +
                                           action.error_message));
}

/// False if stop() was called.
bool Api::pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

void Api::stop() noexcept {
  client_.stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
}

}  // namespace sisu::relay::naming::hetzner
