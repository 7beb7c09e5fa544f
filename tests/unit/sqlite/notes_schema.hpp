// A small schema for tests: notes, from version 2 on with an author.
#pragma once

#include "common/sqlite/error.hpp"
#include "common/sqlite/schema.hpp"

#include <array>
#include <optional>

namespace sisu::sqlite::test {

inline constexpr std::array<const char*, 2> notes_steps = {
    "CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT",
    "ALTER TABLE notes ADD COLUMN author TEXT",
};
inline constexpr Schema notes{"the notes", 0x4E6F7465, notes_steps};
inline constexpr Schema notes_version_1{"the notes", 0x4E6F7465, {notes_steps.data(), 1}};
inline constexpr Schema cards{"the cards", 0x43617264, notes_steps};

struct Failure {
  ErrorKind kind;
  std::string what;
};

/// What `action` throws of ours; nullopt if it does not.
template <class Action>
std::optional<Failure> failure_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return Failure{error.kind(), error.what()};
  }
  return std::nullopt;
}

/// Whether `failure` is of that kind and its line names the file and holds `part`.
inline bool says(const std::optional<Failure>& failure, ErrorKind kind, const std::string& part) {
  return failure && failure->kind == kind && failure->what.find(part) != std::string::npos &&
         failure->what.find(".db") != std::string::npos && failure->what.find('\n') == std::string::npos;
}

}  // namespace sisu::sqlite::test
