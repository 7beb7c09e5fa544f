#include "client/state/state_directory.hpp"

#include "common/base/durable_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace sisu::client {
namespace {

/// The process id that the holder wrote, for the message only: the lock itself is flock(2)'s.
std::string holder_of(int lock) {
  std::array<char, 32> text{};
  const ssize_t count = ::pread(lock, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  return holder.substr(0, holder.find_first_not_of("0123456789"));
}

void sign(int lock) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(lock, text.data(), text.size(), 0);
}

}  // namespace

Result<StateDirectory, std::string> StateDirectory::open(const std::filesystem::path& path) {
  const auto reason = [](int error) { return std::system_category().message(error); };
  if (const auto made = make_durable_directories(real_file_system(), path, 0700); !made) {
    return fail("cannot make the state directory " + path.string() + ": " + made.error().message());
  }
  const auto file = path / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return fail("cannot open " + file.string() + ": " + reason(errno));
  StateDirectory state(path, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) {
    sign(lock);
    return state;
  }
  if (errno != EWOULDBLOCK) return fail("cannot lock " + file.string() + ": " + reason(errno));
  return fail("another sisumail (process " + holder_of(lock) + ") uses the state directory " + path.string() +
              ": stop it, or give this one its own with --state");
}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace sisu::client
