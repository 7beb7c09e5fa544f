// One command at a time changes the keys of a state directory; the running service only reads them. The lock ends with
// the process, however that ends.
#pragma once

#include "common/base/result.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace sisu::relay::tier2 {

class KeyLock {
 public:
  /// Makes the directory (0700, synced) if it is missing. Does not wait. The error is one line for a person.
  static Result<KeyLock, std::string> take(const std::filesystem::path& state);

  KeyLock(KeyLock&& other) noexcept : lock_(std::exchange(other.lock_, -1)) {}
  KeyLock& operator=(KeyLock&&) = delete;
  ~KeyLock();

 private:
  explicit KeyLock(int lock) : lock_(lock) {}
  int lock_;
};

}  // namespace sisu::relay::tier2
