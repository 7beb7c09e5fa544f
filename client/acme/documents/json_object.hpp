// A JSON object from a server, read without trust: size and depth are bounded, a member of another type than asked for
// counts as missing (RFC 8555 7.1: unknown members are ignored). Keeps the JSON library out of every other header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::acme {

class JsonObject {
 public:
  /// Nothing unless `text` is one JSON object within limits::document_octets and limits::json_depth.
  static std::optional<JsonObject> parse(std::string_view text);

  std::optional<std::string> text(const char* name) const;
  std::optional<std::int64_t> number(const char* name) const;
  std::optional<bool> flag(const char* name) const;
  std::optional<JsonObject> object(const char* name) const;
  /// The entries of an array that are objects, or texts; empty when there is no such array.
  std::vector<JsonObject> objects(const char* name) const;
  std::vector<std::string> texts(const char* name) const;
  /// A text that is_url().
  std::optional<std::string> url(const char* name) const;

 private:
  struct Value;
  explicit JsonObject(std::shared_ptr<const Value> value) : value_(std::move(value)) {}
  std::shared_ptr<const Value> value_;
};

/// An https URL of at most limits::url_octets, printable ASCII without blanks, quotes and backslashes: what may go into
/// requests and lines of a log. RFC 8555 6.1 demands https.
bool is_url(std::string_view text);

/// `text` in one line, printable ASCII only, at most limits::shown_octets.
std::string for_people(std::string_view text);

}  // namespace sisu::acme
