// DNS records as Sisumail publishes them: a name, a type, a value in presentation form (RFC 1035 5), a TTL. Two records
// are the same record when name, type and value are equal: ownership is kept by these three, never by whole RRsets.
//
// Everything here is canonical, so that what a name server answers can be compared byte by byte with what is wanted:
// names are lower case, absolute, without escapes; the value has single blanks, lower-case hex, quoted strings.
#pragma once

#include "common/base/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace sisu::relay::naming {

enum class NameError {
  empty,
  not_absolute,    ///< no trailing dot
  too_long,        ///< over 253 characters without the trailing dot (RFC 1035 2.3.4)
  label_too_long,  ///< over 63 characters
  empty_label,
  bad_character,  ///< not of a-z 0-9 '-', nor '_' as a label's first character (RFC 8552)
  hyphen_at_end,  ///< a label begins or ends with '-'
};
std::string_view describe(NameError error);

/// An absolute name: "_25._tcp.niklas.v6.example.org."
class RecordName {
 public:
  /// Folds ASCII upper case. The root, ".", is no name here.
  static Result<RecordName, NameError> parse(std::string_view text);

  const std::string& to_string() const { return text_; }
  /// Whether it is `zone` or below it, label by label: "a.evilexample.org." is not within "example.org.".
  bool is_within(const RecordName& zone) const;
  auto operator<=>(const RecordName&) const = default;

 private:
  explicit RecordName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

enum class RecordType { a, aaaa, mx, txt, caa, tlsa };
std::string_view to_string(RecordType type);                         ///< "AAAA"
std::optional<RecordType> parse_record_type(std::string_view text);  ///< upper case only

using Ttl = std::chrono::duration<std::uint32_t>;  ///< seconds

enum class ValueError {
  syntax,
  too_long,  ///< over Record::longest_value
};
std::string_view describe(ValueError error);

struct Record {
  static constexpr std::size_t longest_value = 1024;  ///< characters

  RecordName name;
  RecordType type;
  /// A: "192.0.2.1"; AAAA: "2001:db8::1"; MX: "10 a.example.org."; TXT: "\"v=spf1 -all\"", strings of at most 255
  /// octets, separated by one blank; CAA: "0 issue \"ca.example\""; TLSA: "3 1 1 <64 hex digits>".
  std::string value;
  Ttl ttl{300};

  /// Brings `value`, in any presentation form of `type`, to the canonical one.
  static Result<Record, ValueError> parse(RecordName name, RecordType type, std::string_view value, Ttl ttl);

  bool operator==(const Record&) const = default;

  /// "niklas.example.org. 3600 MX 10 niklas.v6.example.org.": for people, and a line of a zone file.
  std::string to_string() const;
};

/// The same record, whatever its TTL.
struct SameRecord {
  bool operator()(const Record& a, const Record& b) const {
    return std::tie(a.name, a.type, a.value) < std::tie(b.name, b.type, b.value);
  }
};
using RecordSet = std::set<Record, SameRecord>;

}  // namespace sisu::relay::naming
