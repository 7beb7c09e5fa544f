// Hetzner's Cloud API as its public documentation describes it, as far as zones and record sets go, for one zone in
// memory: pages, actions that go on after the answer, the errors it names. Tests tell it what shall go wrong.
#pragma once

#include "tests/support/http_peer.hpp"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <map>
#include <set>

namespace sisu::test {

class FakeHetzner {
 public:
  struct Rrset {
    std::optional<unsigned> ttl;
    std::vector<std::string> values;
    bool is_protected = false;
  };
  using Sets = std::map<std::pair<std::string, std::string>, Rrset>;  ///< by relative name and type

  /// Serves `zone`, "example.org", to who has `token`.
  FakeHetzner(std::string zone, std::string token, std::optional<HttpPeer::Tls> tls = {});

  std::string endpoint() const { return peer_->url("/v1"); }
  /// "POST /v1/zones/...", as they came.
  std::vector<std::string> calls() const;
  /// Of those, what changes something.
  std::vector<std::string> writes() const;
  std::vector<HttpPeerRequest> requests() const { return peer_->requests(); }

  // What follows is for between the calls.
  Sets sets;
  unsigned default_ttl = 3600;
  std::string mode = "primary";
  unsigned largest_page = 50;
  unsigned polls_of_an_action = 0;          ///< how often an action is said to be running
  std::optional<std::string> action_error;  ///< the code that every action fails with, having done nothing
  /// Raw answers that come first; nothing: silence.
  std::deque<std::optional<std::string>> answers;
  /// Called before a POST is looked at: somebody else's change.
  std::function<void(FakeHetzner&)> before_write;

 private:
  std::optional<std::string> handle(const HttpPeerRequest& request);
  std::string read_zone(const std::string& path);
  std::string list(const std::string& target) const;
  std::string create(const nlohmann::json& body);
  std::string act(const std::string& path, const nlohmann::json& body);
  std::string add(const std::string& name, const std::string& type, const nlohmann::json& body);
  std::string remove(const std::string& name, const std::string& type, const nlohmann::json& body);
  std::string change_ttl(const std::string& name, const std::string& type, const nlohmann::json& body);
  std::string started(const std::function<void()>& effect);
  std::string poll(const std::string& path);
  std::string answer_action(std::uint64_t id) const;

  struct Action {
    unsigned polls_left = 0;
    std::function<void()> effect;
    std::optional<std::string> error;
  };
  std::string zone_;
  std::string token_;
  std::map<std::uint64_t, Action> actions_;
  std::unique_ptr<HttpPeer> peer_;
};

}  // namespace sisu::test
