#include "tests/support/disk_image.hpp"

#include <unistd.h>

namespace sisu::test {
namespace {

constexpr DiskImage::NodeId root = 0;

auto error(std::errc code) { return fail(std::make_error_code(code)); }

/// Without "." and without what stands before the first name.
DiskImage::Path plain(const DiskImage::Path& path) {
  DiskImage::Path names;
  for (const auto& name : path.relative_path()) {
    if (name != "." && !name.empty()) names /= name;
  }
  return names;
}

}  // namespace

class DiskImage::Coin {
 public:
  explicit Coin(unsigned seed) : random_(seed) {}
  bool heads() { return (random_() & 1U) != 0; }
  std::size_t up_to(std::size_t most) { return random_() % (most + 1); }

 private:
  std::mt19937_64 random_;
};

DiskImage::DiskImage() { add(FileStatus::Type::directory, 0755); }

DiskImage::NodeId DiskImage::add(FileStatus::Type type, mode_t mode) {
  const auto id = static_cast<NodeId>(nodes_.empty() ? root : nodes_.rbegin()->first + 1);
  Node node;
  node.status = {.type = type, .permissions = mode, .owner = ::geteuid(), .modified = std::chrono::system_clock::now()};
  node.data = node.synced_data = std::make_shared<const std::string>();
  nodes_.emplace(id, std::move(node));
  return id;
}

FileResult<DiskImage::NodeId> DiskImage::find(const Path& path) const {
  NodeId id = root;
  for (const auto& name : plain(path)) {
    const Node& node = nodes_.at(id);
    if (node.status.type != FileStatus::Type::directory) return error(std::errc::not_a_directory);
    const auto entry = node.entries.find(name.string());
    if (entry == node.entries.end()) return error(std::errc::no_such_file_or_directory);
    id = entry->second;
  }
  const bool wants_directory = path.filename() == ".";
  if (wants_directory && nodes_.at(id).status.type != FileStatus::Type::directory)
    return error(std::errc::not_a_directory);
  return id;
}

FileResult<DiskImage::Entries*> DiskImage::entries_above(const Path& path) {
  const auto above = find(plain(path).parent_path());
  if (!above) return fail(above.error());
  Node& node = nodes_.at(*above);
  if (node.status.type != FileStatus::Type::directory) return error(std::errc::not_a_directory);
  return &node.entries;
}

FileResult<DiskImage::NodeId> DiskImage::create(const Path& path, mode_t mode) {
  const auto above = entries_above(path);
  if (!above) return fail(above.error());
  if ((*above)->contains(path.filename().string())) return error(std::errc::file_exists);
  const NodeId id = add(FileStatus::Type::regular, mode);
  (**above)[path.filename().string()] = id;
  return id;
}

FileResult<void> DiskImage::append(NodeId file, std::string_view bytes) {
  Node& node = nodes_.at(file);
  node.data = std::make_shared<const std::string>(*node.data + std::string(bytes));
  node.status.size = node.data->size();
  return {};
}

FileResult<void> DiskImage::sync_file(NodeId file) {
  Node& node = nodes_.at(file);
  node.synced_data = node.data;
  return {};
}

FileResult<void> DiskImage::move(const Path& from, const Path& to, Target target) {
  const auto id = find(from);
  if (!id) return fail(id.error());
  const auto old_place = entries_above(from);
  const auto new_place = entries_above(to);
  if (!new_place) return fail(new_place.error());
  if (target == Target::must_be_free && (*new_place)->contains(to.filename().string()))
    return error(std::errc::file_exists);
  (*old_place)->erase(from.filename().string());
  (**new_place)[to.filename().string()] = *id;
  return {};
}

FileResult<void> DiskImage::link(const Path& from, const Path& to) {
  const auto id = find(from);
  if (!id) return fail(id.error());
  const auto place = entries_above(to);
  if (!place) return fail(place.error());
  if (!(*place)->emplace(to.filename().string(), *id).second) return error(std::errc::file_exists);
  return {};
}

FileResult<void> DiskImage::unlink(const Path& path) {
  const auto id = find(path);
  if (!id) return fail(id.error());
  if (nodes_.at(*id).status.type == FileStatus::Type::directory) return error(std::errc::is_a_directory);
  (*entries_above(path))->erase(path.filename().string());
  return {};
}

FileResult<void> DiskImage::make_directory(const Path& path, mode_t mode) {
  if (find(path)) return error(std::errc::file_exists);
  const auto above = entries_above(path);
  if (!above) return fail(above.error());
  const NodeId id = add(FileStatus::Type::directory, mode);
  (**above)[path.filename().string()] = id;
  return {};
}

FileResult<void> DiskImage::sync_directory(const Path& path) {
  const auto id = find(path / ".");
  if (!id) return fail(id.error());
  nodes_.at(*id).synced_entries = nodes_.at(*id).entries;
  return {};
}

FileResult<FileStatus> DiskImage::status(const Path& path) const {
  const auto id = find(path);
  if (!id) return fail(id.error());
  return nodes_.at(*id).status;
}

FileStatus& DiskImage::status_of(const Path& path) { return nodes_.at(find(path).value()).status; }

FileResult<std::vector<std::string>> DiskImage::list(const Path& path) const {
  const auto id = find(path / ".");
  if (!id) return fail(id.error());
  std::vector<std::string> names;
  for (const auto& [name, node] : nodes_.at(*id).entries) names.push_back(name);
  return names;
}

FileResult<std::string> DiskImage::content(const Path& path) const {
  const auto id = find(path);
  if (!id) return fail(id.error());
  return *nodes_.at(*id).data;
}

DiskImage DiskImage::after_crash(Survives survives, unsigned seed) const {
  Coin coin(seed);
  DiskImage image = *this;
  for (auto& [id, node] : image.nodes_) {
    node.entries = node.synced_entries = surviving(node, survives, coin);
    node.data = node.synced_data = surviving_data(node, survives, coin);
    node.status.size = node.data->size();
  }
  return image;
}

DiskImage::Entries DiskImage::surviving(const Node& directory, Survives survives, Coin& coin) {
  switch (survives) {
    case Survives::synced_only:
      return directory.synced_entries;
    case Survives::names_not_data:
      return directory.entries;
    case Survives::by_chance:
      break;
  }
  Entries entries = directory.synced_entries;
  for (const auto& [name, id] : directory.synced_entries) {
    if (!directory.entries.contains(name) && coin.heads()) entries.erase(name);  // the removal got through
  }
  for (const auto& [name, id] : directory.entries) {
    if (coin.heads()) entries[name] = id;
  }
  return entries;
}

DiskImage::Bytes DiskImage::surviving_data(const Node& file, Survives survives, Coin& coin) {
  if (survives != Survives::by_chance) return file.synced_data;
  const std::size_t unsynced = file.data->size() - file.synced_data->size();  // files only grow
  return std::make_shared<const std::string>(file.data->substr(0, file.synced_data->size() + coin.up_to(unsynced)));
}

}  // namespace sisu::test
