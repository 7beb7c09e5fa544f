// The directory of this client's own files (TLS key, certificate, later the index), held by one process at a time.
#pragma once

#include "common/base/result.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace sisu::client {

class StateDirectory {
 public:
  /// Makes the directory (0700, synced) if it is missing and locks it. The lock goes with the process, however it ends.
  /// The error is one line for a person; for a directory in use it names the process.
  static Result<StateDirectory, std::string> open(const std::filesystem::path& path);

  StateDirectory(StateDirectory&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  StateDirectory& operator=(StateDirectory&&) = delete;
  ~StateDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  StateDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

}  // namespace sisu::client
