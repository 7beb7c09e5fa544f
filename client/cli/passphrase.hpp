// Where the passphrase of an encrypted key comes from: a file, or the terminal.
#pragma once

#include "common/base/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace sisu::client {

/// Asks on the controlling terminal (/dev/tty) without echo. nullopt: there is no terminal, or it was closed.
std::optional<std::string> ask_passphrase(const std::string& prompt);

/// The first line of the file. Refuses a file that others may read, and an empty one. The error is one line.
Result<std::string, std::string> read_passphrase(const std::filesystem::path& file);

}  // namespace sisu::client
