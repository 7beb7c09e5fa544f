// Calls of Hetzner's Cloud API: the token, pages, actions that go on after the answer, rate limits, and what each kind
// of failure means. Calls that change nothing are tried again; others never, since their answer may have been lost and
// not their effect.
#pragma once

#include "common/http/client.hpp"
#include "relay/naming/providers/hetzner/messages.hpp"

#include <condition_variable>
#include <mutex>

namespace sisu::relay::naming::hetzner {

struct Options {
  RecordName zone;                   ///< a registered domain: the service has no zones below one
  std::filesystem::path token_file;  ///< the API token on one line; read by nobody but this user and its group
  std::string endpoint = "https://api.hetzner.cloud/v1";
  std::optional<std::filesystem::path> ca_file = {};  ///< instead of the system's authorities
  bool allow_http = false;                            ///< tests only
  unsigned page_size = 50;                            ///< sets in an answer; the most that the service gives
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds retry_pause{500};      ///< before the second try of a reading call; doubled for the third
  std::chrono::milliseconds action_interval{300};  ///< between questions about a running action
  std::chrono::milliseconds action_limit{60'000};  ///< for an action to end
};

constexpr unsigned tries_of_a_read = 3;
constexpr unsigned most_pages = 20'000;
constexpr std::size_t largest_answer = 4 << 20;  // bytes: 50 sets of many values
constexpr std::size_t longest_token = 256;       // characters
/// The budget of requests (3,600 an hour unless the service grants more) grows back by the second, while
/// RateLimit-Reset says when it is full again: waiting as long is of no use.
constexpr std::chrono::seconds longest_rate_wait{60};

class Api {
 public:
  explicit Api(Options options);

  const Options& options() const { return options_; }

  /// Reads the token anew, so that a changed one needs no restart. To be called before the others.
  Result<void, ProviderError> load_token();

  Result<Zone, ProviderError> zone();
  /// All sets of the zone, or those of one name.
  Result<Rrsets, ProviderError> list(const std::optional<RecordName>& name);
  /// Ends when the service says that it is done.
  Result<void, ProviderError> run(const Step& step);

  /// From any thread: ends the running call, and fails all later ones, as unreachable.
  void stop() noexcept;

 private:
  Result<std::string, ProviderError> call(const std::string& method, const std::string& path, std::string body = {});
  Result<std::string, ProviderError> read(const std::string& path);
  Result<Page, ProviderError> page(const std::optional<RecordName>& name, unsigned number);
  Result<void, ProviderError> wait_for(Action action, const std::string& path);
  bool pause(std::chrono::milliseconds time);
  ProviderError error_of(const http_client::Response& response, const std::string& method,
                         const std::string& path) const;

  Options options_;
  std::string token_;
  http_client::Client client_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

}  // namespace sisu::relay::naming::hetzner
