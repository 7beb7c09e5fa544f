#include "relay/registry/state_directory.hpp"

#include "common/sqlite/error.hpp"
#include "relay/registry/schema.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace sisu::relay {
namespace {

using sqlite::Error;
using sqlite::ErrorKind;

constexpr off_t daemon_byte = 0;
constexpr off_t users_byte = 1;

enum class Share { shared, alone };

/// An open file description lock (fcntl(2)): unlike the older POSIX ones it is not lost when something else in this
/// process closes the file.
bool try_lock(int fd, off_t byte, Share share) {
  struct flock wanted {};
  wanted.l_type = share == Share::shared ? F_RDLCK : F_WRLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = byte;
  wanted.l_len = 1;
  return ::fcntl(fd, F_OFD_SETLK, &wanted) == 0;
}

[[noreturn]] void refuse_lock(const RegistryFiles& files, const std::string& why) {
  throw Error(ErrorKind::locked, files.lock.string() + ": " + why);
}

void lock_as_daemon(const RegistryFiles& files, int fd) {
  if (!try_lock(fd, daemon_byte, Share::alone))
    refuse_lock(files,
                "another relay (or a restore) runs on this state directory; end it, or give --state another one");
}

void lock_as_user(const RegistryFiles& files, int fd) {
  if (!try_lock(fd, users_byte, Share::shared))
    refuse_lock(files, "the registry is being restored; try again when that is done");
}

void lock_for_restore(const RegistryFiles& files, int fd) {
  if (!try_lock(fd, daemon_byte, Share::alone))
    refuse_lock(files, "the relay is running: stop it before a restore; nothing was changed");
  if (!try_lock(fd, users_byte, Share::alone))
    refuse_lock(files, "another command has the registry open: end it before a restore; nothing was changed");
}

bool is_there(const std::filesystem::path& file) {
  return std::filesystem::exists(std::filesystem::symlink_status(file));
}

/// The key is made after the database, so a key without one means that the database was lost.
void make_at_first_start(const RegistryFiles& files) {
  if (is_there(files.database)) return;
  if (is_there(files.invite_key))
    throw Error(ErrorKind::missing, files.database.string() +
                                        ": the registry is gone (its invite.key is there): restore a backup; to begin "
                                        "an empty registry, in which every name is free, remove " +
                                        files.invite_key.string());
  sqlite::create_database(files.database, registry_schema());
  give_to_directory_owner(files.database);
}

void expect_made(const RegistryFiles& files) {
  if (!is_there(files.database))
    throw Error(ErrorKind::missing,
                files.database.string() + ": there is no registry: check --state; the relay makes one when it starts");
}

/// `make` makes `file`, if it is not there.
template <class Make>
auto make_for_owner(const std::filesystem::path& file, const Make& make) {
  const bool was_there = is_there(file);
  auto made = make();
  if (!was_there && is_there(file)) give_to_directory_owner(file);
  return made;
}

}  // namespace

void give_to_directory_owner(const std::filesystem::path& file) {
  if (::geteuid() != 0) return;
  struct stat directory {};
  if (::stat(file.parent_path().c_str(), &directory) != 0 ||
      ::lchown(file.c_str(), directory.st_uid, directory.st_gid) != 0)
    throw std::system_error(errno, std::system_category(),
                            file.string() + ": could not be given to its folder's owner");
}

RegistryLock::Descriptor::~Descriptor() { ::close(value); }

RegistryLock RegistryLock::take(const RegistryFiles& files, OpenedBy who) {
  const int fd = make_for_owner(
      files.lock, [&] { return ::open(files.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); });
  if (fd < 0)
    throw std::system_error(errno, std::system_category(), files.lock.string() + ": could not open the lock file");
  RegistryLock lock(fd);
  switch (who) {
    case OpenedBy::daemon:
      lock_as_daemon(files, fd);
      lock_as_user(files, fd);
      break;
    case OpenedBy::command:
      lock_as_user(files, fd);
      break;
    case OpenedBy::restore:
      lock_for_restore(files, fd);
      break;
  }
  return lock;
}

OpenedRegistry open_registry(const std::filesystem::path& state_directory, OpenedBy who, const ClaimRules& rules,
                             sqlite::OpenOptions options) {
  const RegistryFiles files(state_directory);
  if (who == OpenedBy::command) expect_made(files);
  RegistryLock lock = RegistryLock::take(files, who);
  if (who == OpenedBy::daemon) make_at_first_start(files);
  sqlite::Database database = sqlite::open_database(files.database, registry_schema(), options);
  InviteKey key =
      make_for_owner(files.invite_key, [&] { return InviteKey::load_or_make(real_file_system(), files.invite_key); });
  return {.lock = std::move(lock), .database = RegistryDatabase(std::move(database), std::move(key), rules)};
}

}  // namespace sisu::relay
