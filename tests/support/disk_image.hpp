// A disk and the cache above it, as a value: what programs see, and what is on the platter. The model is the worst that
// POSIX allows: a name survives a crash only if its directory was synced after it was made, the bytes of a file only if
// the file was synced after they were written; all else survives or not, each on its own. No symbolic links, no
// permission checks.
#pragma once

#include "common/base/file_system.hpp"

#include <map>
#include <memory>
#include <random>

namespace sisu::test {

enum class Survives {
  synced_only,     ///< the least
  names_not_data,  ///< every name, but of the bytes only the synced ones: files torn or empty
  by_chance,       ///< each name, and each file's bytes or a part of them, by its own coin
};

class DiskImage {
 public:
  using Path = FileSystem::Path;
  using NodeId = int;

  /// An empty root directory.
  DiskImage();

  FileResult<NodeId> create(const Path& path, mode_t mode);
  FileResult<void> append(NodeId file, std::string_view bytes);
  FileResult<void> sync_file(NodeId file);
  enum class Target { must_be_free, may_be_replaced };
  FileResult<void> move(const Path& from, const Path& to, Target target);
  FileResult<void> link(const Path& from, const Path& to);
  FileResult<void> unlink(const Path& path);
  FileResult<void> make_directory(const Path& path, mode_t mode);
  FileResult<void> sync_directory(const Path& path);
  FileResult<FileStatus> status(const Path& path) const;
  FileResult<std::vector<std::string>> list(const Path& path) const;
  FileResult<std::string> content(const Path& path) const;

  /// For tests: changes what status() says. The path must exist.
  FileStatus& status_of(const Path& path);

  /// What the next boot finds.
  DiskImage after_crash(Survives survives, unsigned seed) const;

 private:
  using Entries = std::map<std::string, NodeId>;
  using Bytes = std::shared_ptr<const std::string>;  // images are copied often
  struct Node {
    FileStatus status;
    Bytes data, synced_data;          // of a file
    Entries entries, synced_entries;  // of a directory
  };
  class Coin;

  static Entries surviving(const Node& directory, Survives survives, Coin& coin);
  static Bytes surviving_data(const Node& file, Survives survives, Coin& coin);

  NodeId add(FileStatus::Type type, mode_t mode);
  FileResult<NodeId> find(const Path& path) const;
  /// The directory that holds the last name of `path`, and must.
  FileResult<Entries*> entries_above(const Path& path);

  std::map<NodeId, Node> nodes_;
};

}  // namespace sisu::test
