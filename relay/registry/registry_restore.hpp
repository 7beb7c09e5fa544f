// `registry restore FILE`: puts a backup in the place of the registry. Refuses beside a running relay; keeps what was
// there under another name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sisu::relay {

struct Restored {
  std::size_t accounts = 0;
  std::optional<std::filesystem::path> former;  ///< where the registry that was there is now
};

/// `backup` is checked whole (integrity, invariants, version) as a copy, before anything is touched; it stays as it is.
/// After a crash at any moment the state directory has the former registry or the restored one. Throws sqlite::Error
/// (locked: the relay runs; corrupt, newer, foreign, missing: the file), std::system_error. `former_suffix`, such as a
/// time, makes the name for what was there: "registry.db.SUFFIX", which must be free.
Restored restore_registry(const std::filesystem::path& state_directory, const std::filesystem::path& backup,
                          const std::string& former_suffix);

}  // namespace sisu::relay
