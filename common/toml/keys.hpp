// Reading a configuration file in TOML into plain values: each key has a function, keys that are not known are errors,
// and every error is one line, "FILE:LINE: what is wrong". For .cpp files: it brings toml++ with it.
#pragma once

#include "common/base/result.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <toml++/toml.h>

namespace sisu::toml_keys {

/// Ends the reading; caught in read().
struct Wrong {
  toml::source_region where;
  std::string what;
};

/// What a key does with its value; throws Wrong.
using Key = std::function<void(const std::string& name, const toml::node& value)>;
using Keys = std::map<std::string, Key, std::less<>>;

template <class T>
T value_of(const std::string& name, const toml::node& node, const char* kind) {
  const auto value = node.value_exact<T>();
  if (!value) throw Wrong{node.source(), name + " must be " + kind};
  return *value;
}

std::string text_of(const std::string& name, const toml::node& node);
const toml::array& list_of(const std::string& name, const toml::node& node, std::size_t most);

/// A flag, written true or false.
Key flag(bool& into);
/// A table of its own: [name].
Key section(Keys keys);

/// `file` is for the error.
Result<void, std::string> read(std::string_view text, const std::string& file, const Keys& keys);
/// At most 64 KiB.
Result<std::string, std::string> load(const std::filesystem::path& file);

}  // namespace sisu::toml_keys
