// Structured logs: one line per event, as logfmt for people or JSON for programs, on standard error.
// What never goes into a field on the relay: message content, local parts, addresses of messages
// (docs/threat-model.md).
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sisu::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

std::optional<Level> parse_level(std::string_view text);    ///< "debug", "info", "warning", "error"
std::optional<Format> parse_format(std::string_view text);  ///< "text", "json"

template <class T>
concept HasLogForm = requires(const T& value) {
  { value.to_log() } -> std::convertible_to<std::string>;
};
template <class T>
concept HasTextForm = requires(const T& value) {
  { value.to_string() } -> std::convertible_to<std::string>;
};
template <class T>
concept HasUrnForm = requires(const T& value) {
  { value.to_urn() } -> std::convertible_to<std::string>;
};

/// key=value. Numbers and booleans stay bare; text is quoted where the format needs it, control characters escaped.
/// Types with to_urn(), to_log() or to_string() (in that order) are written by it.
struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text), bare(false) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text), bare(false) {}
  Field(std::string_view name, const char* text) : key(name), value(text), bare(false) {}
  Field(std::string_view name, bool truth) : key(name), value(truth ? "true" : "false"), bare(true) {}
  template <class T>
  requires std::is_arithmetic_v<T> &&(!std::same_as<T, bool>)Field(std::string_view name, T number)
      : key(name), value(std::to_string(number)), bare(true) {}
  template <HasUrnForm T>
  Field(std::string_view name, const T& object) : key(name), value(object.to_urn()), bare(false) {}
  template <class T>
  requires HasLogForm<T> &&(!HasUrnForm<T>)Field(std::string_view name, const T& object)
      : key(name), value(object.to_log()), bare(false) {}
  template <class T>
  requires HasTextForm<T> &&(!HasLogForm<T>)&&(!HasUrnForm<T>)Field(std::string_view name, const T& object)
      : key(name), value(object.to_string()), bare(false) {}

  std::string_view key;  ///< must outlive the call: a literal
  std::string value;
  bool bare;  ///< a number or a boolean: no quotes in JSON
};

using Fields = std::initializer_list<Field>;

struct Options {
  Level level = Level::info;
  Format format = Format::text;
};

/// A cheap handle; copies share the sink. Safe from any thread. A line is written whole.
class Logger {
 public:
  /// Drops everything: for tests and for objects made before the options are known.
  Logger() = default;
  explicit Logger(Options options);

  /// A logger that adds `fields` to every line.
  Logger with(Fields fields) const;

  void debug(std::string_view event, Fields fields = {}) const { write(Level::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { write(Level::info, event, fields); }
  void warning(std::string_view event, Fields fields = {}) const { write(Level::warning, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(Level::error, event, fields); }

  bool enabled(Level level) const;

 private:
  struct Sink;
  void write(Level level, std::string_view event, Fields fields) const;

  std::shared_ptr<Sink> sink_;
  std::vector<Field> context_;
};

/// One line without its end: exposed for tests. `time` is RFC 3339 text.
std::string format_line(Format format, std::string_view time, Level level, std::string_view event,
                        const std::vector<Field>& context, Fields fields);

}  // namespace sisu::log
