#include "relay/host/state_directory.hpp"

#include "common/base/durable_file.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace sisu::relay::host {
namespace {

constexpr mode_t private_mode = 0700;

std::string in_directory(const std::filesystem::path& path, const std::string& what) {
  return "state directory " + path.string() + ": " + what;
}

}  // namespace

Result<StateDirectory, std::string> StateDirectory::open(const Path& path, std::string_view program,
                                                         std::string_view setting) {
  const std::string another = "choose another with " + std::string(setting);
  FileSystem& files = real_file_system();
  if (const auto made = make_durable_directories(files, path, private_mode); !made) {
    return fail(in_directory(path, made.error().message()));
  }
  const auto status = files.status(path);
  if (!status) return fail(in_directory(path, status.error().message()));
  if ((status->permissions & 077) != 0) {
    return fail(in_directory(path, "others may enter it: chmod 700 it, or " + another));
  }
  const Path lock_file = path / "lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return fail(in_directory(path, std::error_code(errno, std::system_category()).message()));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(in_directory(path, "another " + std::string(program) + " uses it: stop that one, or " + another));
  }
  return StateDirectory(path, lock);
}

StateDirectory::Path StateDirectory::default_path() {
  if (::geteuid() == 0) return "/var/lib/sisumail-relay";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state == '/') return Path(state) / "sisumail-relay";
  if (const char* home = std::getenv("HOME"); home && *home == '/') return Path(home) / ".local/state/sisumail-relay";
  return {};
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace sisu::relay::host
