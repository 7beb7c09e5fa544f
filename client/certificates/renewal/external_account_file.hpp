// The MAC key of an account that the CA knows already (external account binding), as users get it: base64url in a file.
#pragma once

#include "client/acme/jws.hpp"
#include "common/base/result.hpp"

#include <filesystem>
#include <string>

namespace sisu::client {

/// Blocks on the file, which nobody but its owner may read. Blanks and line ends around the key do not count, nor does
/// padding. The error is one line for a person.
Result<acme::ExternalAccount, std::string> load_external_account(const std::string& key_id,
                                                                 const std::filesystem::path& key_file);

}  // namespace sisu::client
