// A zone file: read and written whole, by a new file that is renamed over the old one, so that a name server and a
// crash see one content or the other (docs/decisions/zone-file.md). Records of others in it are kept.
#pragma once

#include "relay/naming/providers/zone_file/zone_content.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

namespace sisu::relay::naming {

struct ZoneFileOptions {
  static constexpr std::size_t largest_file = 256U << 20U;  ///< bytes

  RecordName zone;
  std::filesystem::path file;
  bool is_signed = false;                     ///< whether the name server signs what it loads
  std::vector<std::string> reload = {};       ///< a program and its arguments, run after each change; may be empty
  std::vector<RecordName> name_servers = {};  ///< of a zone whose file is not there yet; empty: it must be there
  std::chrono::milliseconds reload_limit{10'000};
};

class ZoneFileProvider : public Provider {
 public:
  explicit ZoneFileProvider(ZoneFileOptions options) : options_(std::move(options)) {}

  std::string describe() const override { return "zone_file " + options_.file.string(); }
  Result<bool, ProviderError> is_signed() override { return options_.is_signed; }
  Result<RecordSet, ProviderError> read(std::span<const RecordName> names) override;
  Result<RecordSet, ProviderError> read_all() override;
  Result<void, ProviderError> apply(const Change& change) override;
  /// One writing for all of them.
  std::vector<Result<void, ProviderError>> apply_each(std::span<const Change> changes) override;

 private:
  /// What tells one content of the file from another.
  struct Stamp {
    std::chrono::system_clock::time_point modified;
    std::uint64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };

  ProviderError error(ProviderError::Kind kind, const std::string& why) const;
  ProviderError file_error(std::error_code why) const;
  Result<std::optional<Stamp>, ProviderError> stamp() const;
  void remove_leftovers();
  Result<void, ProviderError> refresh();
  Result<void, ProviderError> write();
  Result<void, ProviderError> reload_if_due();

  ZoneFileOptions options_;
  std::optional<ZoneContent> content_;
  std::optional<Stamp> stamp_;  ///< of `content_`; nothing: the file is not there
  bool has_tidied_ = false;
  bool reload_is_due_ = true;  ///< at the start, too: the last program may have died before it
};

}  // namespace sisu::relay::naming
