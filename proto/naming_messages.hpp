// The lines on the socket of sisumail-dns (proto/naming.md), both directions: one JSON object with one member, whose
// name says what the line is. Records stand here as text; whether they are names and values is the reader's to judge.
//
// Line ends are the caller's: lines are written and parsed without the line feed.
#pragma once

#include "common/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sisu::proto::naming {

inline constexpr int version = 1;

inline constexpr std::size_t line_limit = 262'144;  ///< bytes, without the line feed; the largest legal set fits
inline constexpr std::size_t records_limit = 64;    ///< in one set
inline constexpr std::size_t name_limit = 254;      ///< characters of a name, of a zone, of an owner
inline constexpr std::size_t digest_limit = 64;     ///< characters, a-z 0-9, at least one
inline constexpr std::size_t type_limit = 16;
inline constexpr std::size_t value_limit = 1024;
inline constexpr std::size_t text_limit = 2048;  ///< bytes of a text for people; longer ones are cut when written
inline constexpr std::uint32_t ttl_limit = 0x7FFF'FFFF;  ///< seconds (RFC 2181 8)

struct Record {
  std::string name;
  std::string type;
  std::uint32_t ttl = 0;  ///< seconds
  std::string value;      ///< presentation form

  bool operator==(const Record&) const = default;
};

// To the service.

/// The first line of each side. The service's also has what stands in ServiceHello.
struct Hello {
  int version = naming::version;
  std::string zone;  ///< may be empty from whoever only asks and watches

  bool operator==(const Hello&) const = default;
};

struct Set {
  std::string owner;
  std::string digest;
  std::vector<Record> records;  ///< at most records_limit

  bool operator==(const Set&) const = default;
};

struct Complete {
  bool operator==(const Complete&) const = default;
};

struct Watch {
  std::string owner;

  bool operator==(const Watch&) const = default;
};

struct Ask {
  enum class What { sync, diff, check, prune };
  What what = What::check;

  bool operator==(const Ask&) const = default;
};

using Request = std::variant<Hello, Set, Complete, Watch, Ask>;

// From the service.

struct ServiceHello {
  int version = naming::version;
  std::string zone;
  std::string provider;
  bool is_signed = false;

  bool operator==(const ServiceHello&) const = default;
};

/// What the problem of a refused set's state begins with.
inline constexpr std::string_view refused_prefix = "refused: ";

struct TlsaState {
  std::string sha256;             ///< 64 lower-case hex digits
  std::chrono::seconds live_for;  ///< not negative

  bool operator==(const TlsaState&) const = default;
};

struct State {
  std::string owner;
  std::string digest;  ///< empty: there is no set
  bool live = false;
  std::chrono::seconds live_for{0};  ///< not negative; 0 unless live
  std::vector<TlsaState> tlsa;       ///< at most records_limit
  std::string problem;               ///< empty: none

  bool operator==(const State&) const = default;
};

struct Finding {
  enum class Kind { missing, surplus, foreign, ttl, unsigned_zone, bogus, unreachable, added, removed, unknown };
  std::string owner;
  Kind kind = Kind::unknown;
  std::string where;
  std::string record;  ///< "name ttl type value", or a text, or empty

  bool operator==(const Finding&) const = default;
};

struct Done {
  std::uint32_t findings = 0;
  std::string problem;

  bool operator==(const Done&) const = default;
};

struct Problem {
  std::string what;

  bool operator==(const Problem&) const = default;
};

using Answer = std::variant<ServiceHello, State, Finding, Done, Problem>;

struct LineError {
  enum class Kind {
    too_long,       ///< the connection ends
    not_an_object,  ///< the connection ends
    not_one_member,
    unknown_kind,  ///< `member` is its name
    bad_member,    ///< missing, of another type, or beyond its limit: `member` says which
  };
  Kind kind = Kind::not_an_object;
  std::string member = {};  ///< "set.records[2].ttl"; at most 64 characters, printable

  /// Whether the stream cannot be followed any further.
  bool is_fatal() const { return kind == Kind::too_long || kind == Kind::not_an_object; }
  bool operator==(const LineError&) const = default;
};
std::string describe(const LineError& error);

std::string_view to_string(Ask::What what);
std::string_view to_string(Finding::Kind kind);  ///< "unsigned" for unsigned_zone

/// Bytes that are not UTF-8 are replaced (U+FFFD). A set within the limits gives a line within line_limit.
std::string to_line(const Request& request);
std::string to_line(const Answer& answer);

Result<Request, LineError> parse_request(std::string_view line);
Result<Answer, LineError> parse_answer(std::string_view line);

}  // namespace sisu::proto::naming
