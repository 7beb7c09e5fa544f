#include "client/certificates/renewal/renewal_record.hpp"

#include "client/acme/documents/json_object.hpp"
#include "common/base/durable_file.hpp"

#include <nlohmann/json.hpp>

namespace sisu::client {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr std::size_t largest_record = 16 * 1024;
constexpr std::int64_t latest_time = 7'258'118'400;  // 2200: what a file says is not believed beyond it

std::filesystem::path file_in(const std::filesystem::path& state) { return state / "acme-renewal.json"; }

std::int64_t unix_seconds(Instant time) { return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count(); }

std::optional<Instant> time_in(const acme::JsonObject& object, const char* name) {
  const auto number = object.number(name);
  if (!number || *number < 0 || *number > latest_time) return std::nullopt;
  return Instant(seconds(*number));
}

template <class Number>
Number number_in(const acme::JsonObject& object, const char* name, std::int64_t greatest) {
  const auto number = object.number(name).value_or(0);
  return number < 0 || number > greatest ? Number{0} : static_cast<Number>(number);
}

}  // namespace

std::string format_renewal_record(const RenewalRecord& record) {
  json fields{{"directory", record.directory},       {"host", record.host},
              {"failures", record.failures},         {"error", record.error},
              {"rate_limited", record.rate_limited}, {"certificate", record.certificate},
              {"spread", record.spread.part},        {"from_other_ca", record.from_other_ca}};
  if (record.not_before) fields["not_before"] = unix_seconds(*record.not_before);
  if (record.ask_window_at) fields["ask_window_at"] = unix_seconds(*record.ask_window_at);
  if (record.window) {
    fields["window_start"] = unix_seconds(record.window->start);
    fields["window_end"] = unix_seconds(record.window->end);
  }
  return fields.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<RenewalRecord> parse_renewal_record(std::string_view text) {
  constexpr std::int64_t most_failures = 1'000'000;
  const auto object = acme::JsonObject::parse(text);
  if (!object || !object->text("directory") || !object->text("host")) return std::nullopt;
  RenewalRecord record;
  record.directory = *object->text("directory");
  record.host = *object->text("host");
  record.failures = number_in<unsigned>(*object, "failures", most_failures);
  record.error = acme::for_people(object->text("error").value_or(""));
  record.rate_limited = object->flag("rate_limited").value_or(false);
  record.from_other_ca = object->flag("from_other_ca").value_or(false);
  record.not_before = time_in(*object, "not_before");
  record.certificate = object->text("certificate").value_or("");
  record.spread.part = number_in<std::uint32_t>(*object, "spread", Spread::whole - 1);
  record.ask_window_at = time_in(*object, "ask_window_at");
  const auto start = time_in(*object, "window_start");
  const auto end = time_in(*object, "window_end");
  if (start && end && *start < *end) record.window = acme::RenewalWindow{*start, *end};
  return record;
}

RenewalRecord load_renewal_record(FileSystem& files, const std::filesystem::path& state, const std::string& directory,
                                  const std::string& host) {
  const auto text = files.read(file_in(state), largest_record);
  auto record = text ? parse_renewal_record(*text) : std::nullopt;
  if (record && record->directory == directory && record->host == host) return std::move(*record);
  RenewalRecord empty;
  empty.directory = directory;
  empty.host = host;
  empty.from_other_ca = record && record->directory != directory;
  return empty;
}

FileResult<void> save_renewal_record(FileSystem& files, const std::filesystem::path& state,
                                     const RenewalRecord& record) {
  return write_durable_file(files, file_in(state), format_renewal_record(record), 0600);
}

}  // namespace sisu::client
