// A program's state directory (mode 0700), the relay's first of all: host key, and what is to be remembered. One
// process at a time uses it.
#pragma once

#include "common/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace sisu::relay::host {

class StateDirectory {
 public:
  using Path = std::filesystem::path;

  /// Makes it where it is missing, and locks it. The error is one line: refused are a directory that others may enter
  /// or that another process has locked. It speaks of `program`, and of `setting` as what names the directory.
  static Result<StateDirectory, std::string> open(const Path& path, std::string_view program = "sisumail-relay",
                                                  std::string_view setting = "--state");

  /// /var/lib/sisumail-relay for root, else $XDG_STATE_HOME/sisumail-relay or ~/.local/state/sisumail-relay; empty if
  /// there is no home directory.
  static Path default_path();

  StateDirectory(StateDirectory&& other) noexcept;
  StateDirectory& operator=(StateDirectory&&) = delete;
  ~StateDirectory();

  const Path& path() const { return path_; }
  Path host_key() const { return path_ / "host_ed25519"; }
  Path dev_user() const { return path_ / "dev_user"; }

 private:
  StateDirectory(Path path, int lock) : path_(std::move(path)), lock_(lock) {}

  Path path_;
  int lock_;
};

}  // namespace sisu::relay::host
