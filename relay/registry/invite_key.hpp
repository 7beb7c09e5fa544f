// Invitation codes. A code is derived from its invite's id with a key that lies beside the database (invite.key), and
// found again by a keyed hash: the database alone, or a backup of it, gives nobody a code, while the relay can show a
// user's own codes as often as they ask.
#pragma once

#include "common/base/file_system.hpp"
#include "common/base/uuid.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::relay {

using InviteId = Id<struct InviteTag>;

/// 120 bits as 24 characters of Crockford's base32, written in groups of four.
class InviteCode {
 public:
  static constexpr std::size_t characters = 24;

  /// Either case; hyphens may be missing; 'o' is read as 0, 'i' and 'l' as 1.
  static std::optional<InviteCode> parse(std::string_view text);
  /// "3k9f-..."; for the person it is meant for, never for a log.
  std::string to_text() const;
  auto operator<=>(const InviteCode&) const = default;

 private:
  friend class InviteKey;
  using Digits = std::array<char, characters>;
  explicit InviteCode(const Digits& digits) : digits_(digits) {}
  Digits digits_;
};

class InviteKey {
 public:
  using Hash = std::array<std::uint8_t, 32>;

  /// 32 bytes in a file, mode 0600; made, durable, if there is none. A file of another size or one that others may
  /// read is an error (std::system_error).
  static InviteKey load_or_make(FileSystem& files, const std::filesystem::path& file);
  static InviteKey random();

  /// Which key this is, without telling it: 16 hexadecimal digits.
  const std::string& id() const { return id_; }
  InviteCode code_of(const InviteId& invite) const;
  Hash hash_of(const InviteCode& code) const;

 private:
  using Bytes = std::array<std::uint8_t, 32>;
  explicit InviteKey(const Bytes& bytes);
  Hash mac(std::string_view purpose, std::string_view text) const;

  Bytes bytes_;
  std::string id_;
};

}  // namespace sisu::relay
