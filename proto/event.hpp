// The lines that `events --json` writes: one JSON object each, its kind in "event" (proto/events.md). A reader skips
// kinds that it does not know and members that it does not know.
#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sisu::proto {

inline constexpr std::size_t event_line_limit = 4096;  ///< bytes, without the line feed

struct Event {
  enum class Kind {
    replaced,  ///< a newer session of this user took the deliveries over: stand by, do not fight
    notice,    ///< something that a person should read
    unknown,   ///< a kind from a later version
  };
  Kind kind = Kind::unknown;
  std::string text;  ///< one line for a person; may be empty

  bool operator==(const Event&) const = default;
};

enum class EventError { too_long, not_an_object, no_kind };
std::string_view describe(EventError error);

/// `{"event":"notice","text":"..."}` without the line feed. Bytes that are not UTF-8 are replaced (U+FFFD); a text that
/// would make the line too long is cut. The kind must not be unknown.
std::string to_json_line(const Event& event);

/// For people: "notice: ..." without the line feed.
std::string to_text_line(const Event& event);

Result<Event, EventError> parse_event(std::string_view line);

}  // namespace sisu::proto
