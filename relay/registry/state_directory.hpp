// Where a relay's registry lies on disk, and who may open it when:
//   registry.db    the database (and -wal, -shm beside it while it is open)
//   invite.key     the key of the invitation codes
//   registry.lock  byte 0 is held by the daemon, or a restore; byte 1 is shared by all who have the database open, and
//                  held alone by a restore. Kernel locks: they end with their process, however that ends.
#pragma once

#include "relay/registry/registry_database.hpp"

#include <filesystem>
#include <memory>

namespace sisu::relay {

struct RegistryFiles {
  explicit RegistryFiles(const std::filesystem::path& state_directory)
      : database(state_directory / "registry.db"),
        invite_key(state_directory / "invite.key"),
        lock(state_directory / "registry.lock") {}

  std::filesystem::path database;
  std::filesystem::path invite_key;
  std::filesystem::path lock;
};

enum class OpenedBy {
  daemon,   ///< one at a time; makes the registry at its first start
  command,  ///< an operator's, beside the daemon or without; an error where there is no registry
  restore,  ///< alone
};

/// An operator runs commands as root, the relay has a user of its own: what root makes in a state directory is given to
/// the directory's owner, or the relay could not open it. Does nothing for others. Throws std::system_error.
void give_to_directory_owner(const std::filesystem::path& file);

/// Held while it lives. Movable.
class RegistryLock {
 public:
  /// Does not wait. Throws sqlite::Error (locked: says who is in the way), std::system_error.
  static RegistryLock take(const RegistryFiles& files, OpenedBy who);

 private:
  struct Descriptor {
    explicit Descriptor(int fd) : value(fd) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value;
  };
  explicit RegistryLock(int fd) : descriptor_(std::make_unique<Descriptor>(fd)) {}
  std::unique_ptr<Descriptor> descriptor_;
};

struct OpenedRegistry {
  RegistryLock lock;
  RegistryDatabase database;
};

/// `who` is daemon or command. Throws sqlite::Error, std::system_error: one line that says what to do. Never makes a
/// new database where there was one: an empty registry would give every user's name to the first who asks.
OpenedRegistry open_registry(const std::filesystem::path& state_directory, OpenedBy who, const ClaimRules& rules = {},
                             sqlite::OpenOptions options = {});

}  // namespace sisu::relay
