#include "relay/naming/providers/zone_file/zone_file_provider.hpp"

#include "common/base/durable_file.hpp"
#include "relay/naming/providers/zone_file/reload_command.hpp"

#include <algorithm>
#include <utility>

namespace sisu::relay::naming {
namespace {

constexpr mode_t new_file_mode = 0644;  // a name server with a user of its own reads it

}  // namespace

ProviderError ZoneFileProvider::error(ProviderError::Kind kind, const std::string& why) const {
  return {.kind = kind, .what = options_.file.string() + ": " + why, .retry_after = {}};
}

/// Rights are an operator's matter; a full disk may pass.
ProviderError ZoneFileProvider::file_error(std::error_code why) const {
  const bool is_right = why == std::errc::permission_denied || why == std::errc::operation_not_permitted ||
                        why == std::errc::read_only_file_system || why == std::errc::no_such_file_or_directory;
  return error(is_right ? ProviderError::Kind::refused : ProviderError::Kind::unreachable, why.message());
}

Result<std::optional<ZoneFileProvider::Stamp>, ProviderError> ZoneFileProvider::stamp() const {
  const auto status = real_file_system().status(options_.file);
  if (status) return std::optional(Stamp{.modified = status->modified, .size = status->size});
  if (status.error() == std::errc::no_such_file_or_directory) return std::optional<Stamp>();
  return fail(file_error(status.error()));
}

/// What a crash between the writing of a new file and its renaming has left (write_durable_file()'s names).
void ZoneFileProvider::remove_leftovers() {
  if (std::exchange(has_tidied_, true)) return;
  const auto folder = options_.file.parent_path();
  const auto beginning = "." + options_.file.filename().string() + ".";
  const auto names = real_file_system().list(folder);
  if (!names) return;  // what is wrong with the folder is told by whoever reads in it
  for (const auto& name : *names) {
    if (name.starts_with(beginning) && name.ends_with(".tmp")) (void)real_file_system().unlink(folder / name);
  }
}

Result<void, ProviderError> ZoneFileProvider::refresh() {
  remove_leftovers();
  const auto now = stamp();
  if (!now) return fail(now.error());
  if (content_ && stamp_ == *now) return {};
  content_.reset();
  stamp_ = *now;
  if (!stamp_) {
    if (options_.name_servers.empty())
      return fail(error(ProviderError::Kind::refused,
                        "there is no such file: make it with SOA and NS records, or name name_servers in [zone_file]"));
    content_ = ZoneContent::fresh(options_.zone, options_.name_servers);
    return {};
  }
  const auto text = real_file_system().read(options_.file, ZoneFileOptions::largest_file);
  if (!text) return fail(file_error(text.error()));
  auto content = ZoneContent::parse(*text, options_.zone);
  if (!content) return fail(error(ProviderError::Kind::refused, content.error()));
  content_ = *std::move(content);
  return {};
}

Result<RecordSet, ProviderError> ZoneFileProvider::read_all() {
  if (auto done = reload_if_due(); !done) return fail(std::move(done.error()));
  if (auto done = refresh(); !done) return fail(std::move(done.error()));
  return content_->records();
}

Result<RecordSet, ProviderError> ZoneFileProvider::read(std::span<const RecordName> names) {
  if (auto done = reload_if_due(); !done) return fail(std::move(done.error()));
  if (auto done = refresh(); !done) return fail(std::move(done.error()));
  RecordSet found;
  for (const auto& name : names) {
    const Record first{.name = name, .type = RecordType::a, .value = "", .ttl = {}};
    for (auto each = content_->records().lower_bound(first); each != content_->records().end() && each->name == name;
         ++each)
      found.insert(*each);
  }
  return found;
}

Result<void, ProviderError> ZoneFileProvider::apply(const Change& change) {
  return apply_each(std::span(&change, 1)).front();
}

std::vector<Result<void, ProviderError>> ZoneFileProvider::apply_each(std::span<const Change> changes) {
  std::vector<Result<void, ProviderError>> outcomes(changes.size());
  auto done = refresh();
  if (done) {
    for (std::size_t i = 0; i < changes.size(); ++i) outcomes[i] = content_->apply(changes[i]);
    const bool is_work = std::ranges::any_of(outcomes, [](const auto& outcome) { return outcome.has_value(); });
    if (is_work) done = write();
    if (done && is_work) done = reload_if_due();
  }
  if (done) return outcomes;
  for (auto& outcome : outcomes) {
    if (outcome) outcome = fail(done.error());
  }
  return outcomes;
}

Result<void, ProviderError> ZoneFileProvider::write() {
  auto content = std::exchange(content_, std::nullopt);  // unless all goes well, it is read again
  const auto text = content->next_text();
  const auto now = stamp();
  if (!now) return fail(now.error());
  if (*now != stamp_)
    return fail(error(ProviderError::Kind::conflict, "somebody else changed it meanwhile: it is read again"));
  mode_t mode = new_file_mode;
  if (const auto status = real_file_system().status(options_.file)) mode = status->permissions;
  reload_is_due_ = true;
  const auto written = write_durable_file(real_file_system(), options_.file, text, mode);
  if (!written) return fail(file_error(written.error()));
  const auto after = stamp();
  if (after && *after && (*after)->size == text.size()) {
    content_ = std::move(content);
    stamp_ = *after;
  }
  return {};
}

Result<void, ProviderError> ZoneFileProvider::reload_if_due() {
  if (!reload_is_due_) return {};
  if (!options_.reload.empty()) {
    if (const auto ran = run_command(options_.reload, options_.reload_limit); !ran)
      return fail(error(ProviderError::Kind::unreachable, "written, but not loaded: " + ran.error()));
  }
  reload_is_due_ = false;
  return {};
}

}  // namespace sisu::relay::naming
