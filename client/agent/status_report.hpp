// What a running client says of itself to its user's commands, and the JSON lines that carry it.
#pragma once

#include "common/base/result.hpp"
#include "common/keys/key_roll.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::client {

struct KeyReport {
  bool own_keys = true;  ///< false: --tls-key, which is not rolled here
  keys::RingState ring;
  std::optional<keys::Digest> served;
  keys::RollStep::Kind step = keys::RollStep::Kind::rest;  ///< of the roll: what is done, or waited for
  std::optional<std::chrono::seconds> wait = {};           ///< how long, as far as is known
  std::optional<std::chrono::seconds> next_live = {};      ///< since when the next key's record is visible everywhere
  std::string trouble = {};                                ///< why the last attempt at something came to nothing

  bool rolling() const { return ring.roll_away_from.has_value() || ring.former.has_value(); }
  bool operator==(const KeyReport&) const = default;
};

/// Text of the parts that are for people is made by the running client, which knows best.
struct StatusReport {
  std::string version;
  std::string address;  ///< "*@niklas.example.org"
  std::string host;     ///< "niklas.v6.example.org"
  std::string maildir;
  std::string relay;        ///< "relay.example.org:22"; empty: local ports only
  std::string link;         ///< name_of(LinkState::Kind)
  std::string link_reason;  ///< why it waits
  std::chrono::seconds link_since{0};
  std::vector<std::string> senders_reach;  ///< addresses at the relay
  bool ready = false;
  std::vector<std::string> missing;  ///< to be ready
  std::string records;               ///< "live", ...
  std::string dane;                  ///< "ok", ...
  std::string certificate;           ///< "self-signed, DANE ok", "valid until ...", ...
  std::size_t connections = 0;       ///< of senders, now
  KeyReport key;

  bool operator==(const StatusReport&) const = default;
};

/// A JSON object with LF: what `status --json` and `key status --json` print.
std::string status_json(const StatusReport& report);
std::string key_json(const KeyReport& report);
/// The lines of the control socket: that object as the member "status" or "key", with LF, at most control_answer_limit
/// bytes.
std::string status_line(const StatusReport& report);
std::string key_line(const KeyReport& report);

/// The error is one line: what the client answered instead.
Result<StatusReport, std::string> parse_status_line(std::string_view line);
Result<KeyReport, std::string> parse_key_line(std::string_view line);

/// "none", "waits 4 min: ...": where the roll stands, for people.
std::string roll_text(const KeyReport& report);

}  // namespace sisu::client
