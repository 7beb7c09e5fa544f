#include "client/certificates/renewal/external_account_file.hpp"

#include "client/acme/documents/base64url.hpp"
#include "common/base/file_system.hpp"
#include "common/base/secret.hpp"

#include <sys/stat.h>

namespace sisu::client {
namespace {

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string::npos) return {};
  const auto end = text.find_last_not_of(blanks);
  const std::string inner = text.substr(begin, end + 1 - begin);
  return inner.substr(0, inner.find_last_not_of('=') + 1);
}

}  // namespace

Result<acme::ExternalAccount, std::string> load_external_account(const std::string& key_id,
                                                                 const std::filesystem::path& key_file) {
  constexpr std::size_t largest_file = 4096;
  const std::string where = "--acme-eab-key-file " + key_file.string();
  if (key_id.size() > acme::ExternalAccount::longest_key_id) {
    return fail("--acme-eab-kid: more than " + std::to_string(acme::ExternalAccount::longest_key_id) + " bytes");
  }
  auto text = real_file_system().read(key_file, largest_file);
  if (!text) return fail(where + ": " + text.error().message());
  struct stat about {};
  if (::stat(key_file.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    return fail(where + ": others may read it: chmod 600 it");
  }
  std::string encoded = trimmed(*text);
  wipe(text->data(), text->size());
  auto key = acme::from_base64url(encoded);
  wipe(encoded.data(), encoded.size());
  if (!key || key->empty() || key->size() > acme::ExternalAccount::largest_key) {
    return fail(where + ": not a MAC key in base64url of at most " +
                std::to_string(acme::ExternalAccount::largest_key) + " bytes");
  }
  acme::ExternalAccount account(key_id, *key);
  wipe(key->data(), key->size());
  return account;
}

}  // namespace sisu::client
