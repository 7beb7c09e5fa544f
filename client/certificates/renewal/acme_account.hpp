// The device's ACME account on disk: its key (acme-account-key.pem, 0600, made once) and its URL at one directory
// (acme-account.json). The key is the account; the URL can be found again with it.
#pragma once

#include "client/acme/account_key.hpp"
#include "common/base/file_system.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace sisu::client {

struct AcmeAccount {
  acme::AccountKey key;
  bool key_is_new = false;         ///< made and stored just now: no CA knows it
  std::optional<std::string> url;  ///< at the directory that was asked for
};

/// Blocks on files. Makes the key if there is none; one that cannot be read is an error and never replaced: CAA may be
/// bound to its account. The error is one line for a person.
Result<AcmeAccount, std::string> open_acme_account(FileSystem& files, const std::filesystem::path& state,
                                                   const std::string& directory);
FileResult<void> save_acme_account_url(FileSystem& files, const std::filesystem::path& state,
                                       const std::string& directory, const std::string& url);

}  // namespace sisu::client
