#include "relay/tier2/key_lock.hpp"

#include "common/base/durable_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace sisu::relay::tier2 {

Result<KeyLock, std::string> KeyLock::take(const std::filesystem::path& state) {
  if (const auto made = make_durable_directories(real_file_system(), state, 0700); !made) {
    return fail("cannot make the state directory " + state.string() + ": " + made.error().message());
  }
  const auto file = state / "tls-key.lock";
  KeyLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.lock_ < 0) {
    return fail("cannot open " + file.string() + ": " + std::system_category().message(errno) +
                "; run this as the user of sisumail-tier2");
  }
  if (::flock(lock.lock_, LOCK_EX | LOCK_NB) == 0) return lock;
  return fail("another sisumail-tier2 key command is changing the keys in " + state.string());
}

KeyLock::~KeyLock() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace sisu::relay::tier2
