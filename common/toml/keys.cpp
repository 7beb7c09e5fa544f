#include "common/toml/keys.hpp"

#include "common/base/file_system.hpp"

namespace sisu::toml_keys {
namespace {

constexpr std::size_t largest_file = 64 * 1024;

std::string names_of(const Keys& keys) {
  std::string names;
  for (const auto& [name, key] : keys) names += (names.empty() ? "" : ", ") + name;
  return names;
}

void read_table(const std::string& title, const toml::table& table, const Keys& keys) {
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    const auto known = keys.find(name);
    if (known == keys.end())
      throw Wrong{key.source(), "no key is called \"" + name + "\" in " + title + "; there are: " + names_of(keys)};
    known->second(name, value);
  }
}

std::string at(const std::string& file, const toml::source_region& where) {
  return file + ":" + std::to_string(where.begin.line) + ": ";
}

}  // namespace

std::string text_of(const std::string& name, const toml::node& node) {
  return value_of<std::string>(name, node, "a text in quotes");
}

const toml::array& list_of(const std::string& name, const toml::node& node, std::size_t most) {
  const auto* list = node.as_array();
  if (list == nullptr) throw Wrong{node.source(), name + " must be a list in brackets"};
  if (list->size() > most) throw Wrong{node.source(), name + " has more than " + std::to_string(most) + " entries"};
  return *list;
}

Key flag(bool& into) {
  return
      [&into](const std::string& name, const toml::node& node) { into = value_of<bool>(name, node, "true or false"); };
}

Key section(Keys keys) {
  return [keys = std::move(keys)](const std::string& name, const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) throw Wrong{node.source(), name + " must be a table: [" + name + "]"};
    read_table("[" + name + "]", *table, keys);
  };
}

Result<void, std::string> read(std::string_view text, const std::string& file, const Keys& keys) {
  try {
    read_table("this file", toml::parse(text), keys);
  } catch (const toml::parse_error& error) {
    return fail(at(file, error.source()) + std::string(error.description()));
  } catch (const Wrong& wrong) {
    return fail(at(file, wrong.where) + wrong.what);
  }
  return {};
}

Result<std::string, std::string> load(const std::filesystem::path& file) {
  auto text = real_file_system().read(file, largest_file);
  if (!text) return fail(file.string() + ": " + text.error().message());
  return *std::move(text);
}

}  // namespace sisu::toml_keys
