// What DNS has of a user's records, as commands see and say it.
#pragma once

#include "relay/account/published.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sisu::relay::commands {

struct DnsFacts {
  enum class State {
    off,      ///< this relay writes no records
    pending,  ///< not every authoritative server serves what it should, as far as is known
    live,
  };
  State state = State::off;
  bool is_signed = false;            ///< else no TLSA record is published
  std::string problem = {};          ///< one line; empty: none is known
  std::chrono::seconds live_for{0};  ///< of the whole set
  std::chrono::seconds tlsa_ttl{0};
  std::vector<std::string> issuers = {};  ///< CAs that may issue certificates
  Published published = {};               ///< what the user wants published
  /// Those of `published.tlsa` that every authoritative server serves, and for how long.
  std::map<SpkiDigest, std::chrono::seconds> live_tlsa = {};
};

/// The member "dns" of `status --json`.
nlohmann::ordered_json dns_json(const DnsFacts& dns);

/// "live for 3 min; DANE: no, zone not signed", "pending: 192.0.2.53: connection refused".
std::string dns_sentence(const DnsFacts& dns);
/// "2 published, 1 live"
std::string tlsa_sentence(const DnsFacts& dns);

/// "12 s", "3 min", "5 h", "2 days"
std::string duration_text(std::chrono::seconds duration);

}  // namespace sisu::relay::commands
