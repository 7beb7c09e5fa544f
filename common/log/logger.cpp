#include "common/log/logger.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <chrono>
#include <ctime>

namespace sisu::log {
namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// RFC 3339 in UTC, whole seconds. Calendar and format cost more than the rest of a line, and change once a second.
const std::string& second_text(std::time_t second) {
  thread_local std::time_t known = -1;
  thread_local std::string text;
  if (second == known) return text;
  std::tm parts{};
  ::gmtime_r(&second, &parts);
  std::array<char, 40> buffer{};
  const std::size_t used = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  text.assign(buffer.data(), used);
  known = second;
  return text;
}

/// RFC 3339 in UTC with milliseconds.
std::string now_text() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto millis = static_cast<int>((now - seconds).count());
  std::string text = second_text(std::chrono::system_clock::to_time_t(seconds));
  text += '.';
  for (const int unit : {100, 10, 1}) text += static_cast<char>('0' + millis / unit % 10);
  return text + 'Z';
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

/// Bytes outside printable ASCII become \xNN: what a peer sent can neither break a line nor colour a terminal.
std::string in_quotes(std::string_view value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      text += "\\x";
      text += digits[byte >> 4];
      text += digits[byte & 0x0F];
    } else {
      text += c;
    }
  }
  return text + '"';
}

void append_logfmt(std::string& line, const Field& field) {
  line += ' ';
  line += field.key;
  line += '=';
  line += !field.bare && needs_quotes(field.value) ? in_quotes(field.value) : field.value;
}

/// JSON text; bytes that are not UTF-8 are replaced (U+FFFD).
std::string json_text(std::string_view value) {
  return nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void append_json(std::string& line, const Field& field) {
  line += ',';
  line += json_text(field.key);
  line += ':';
  line += field.bare ? field.value : json_text(field.value);
}

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
    if (text == name_of(level)) return level;
  }
  return std::nullopt;
}

std::optional<Format> parse_format(std::string_view text) {
  if (text == "text") return Format::text;
  if (text == "json") return Format::json;
  return std::nullopt;
}

std::string format_line(Format format, std::string_view time, Level level, std::string_view event,
                        const std::vector<Field>& context, Fields fields) {
  std::string line;
  if (format == Format::json) {
    line =
        "{\"time\":" + json_text(time) + ",\"level\":" + json_text(name_of(level)) + ",\"event\":" + json_text(event);
    for (const Field& field : context) append_json(line, field);
    for (const Field& field : fields) append_json(line, field);
    return line + '}';
  }
  line = std::string(time) + " level=" + std::string(name_of(level)) + " event=" + in_quotes(event);
  for (const Field& field : context) append_logfmt(line, field);
  for (const Field& field : fields) append_logfmt(line, field);
  return line;
}

struct Logger::Sink {
  explicit Sink(Options wanted)
      : options(wanted), output("sisumail", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    output.set_pattern("%v");
    output.set_level(to_spdlog(wanted.level));
    output.flush_on(spdlog::level::debug);
  }

  Options options;
  spdlog::logger output;
};

Logger::Logger(Options options) : sink_(std::make_shared<Sink>(options)) {}

Logger Logger::with(Fields fields) const {
  Logger child = *this;
  child.context_.insert(child.context_.end(), fields.begin(), fields.end());
  return child;
}

bool Logger::enabled(Level level) const { return sink_ && level >= sink_->options.level; }

void Logger::write(Level level, std::string_view event, Fields fields) const {
  if (!enabled(level)) return;
  sink_->output.log(to_spdlog(level), format_line(sink_->options.format, now_text(), level, event, context_, fields));
}

}  // namespace sisu::log
