// What became of every attempt to send a message, one line each, written at once: a verifier holds a Maildir against it
// (tests/support/verify_maildir.py). Fields are separated by tabs:
//
//     event  message-number  attempt  octets  sha256  text
//
// accepted: there was a 250 (text: the reply). refused: a 4xx or 5xx (text: the reply). unknown: the connection broke
// after MAIL was sent and before there was an answer, so the message may be stored or not (text: why). unsent: there
// was no connection to send it by (text: why). given-up: no further attempt is made.
#pragma once

#include "tests/support/smtp_load/message_source.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sisu::load {

enum class Event { accepted, refused, unknown, unsent, given_up };
constexpr std::size_t event_count = 5;
std::string_view name_of(Event event);

class Journal {
 public:
  /// Appends to `path`; counts only, if it is empty. Throws std::system_error.
  explicit Journal(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void record(Event event, const Message& message, int attempt, std::string_view text);

  std::uint64_t count(Event event) const { return counts_[static_cast<std::size_t>(event)]; }
  std::uint64_t accepted_octets() const { return accepted_octets_; }

 private:
  int fd_ = -1;
  std::array<std::uint64_t, event_count> counts_{};
  std::uint64_t accepted_octets_ = 0;
};

}  // namespace sisu::load
