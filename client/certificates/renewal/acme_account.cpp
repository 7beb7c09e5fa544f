#include "client/certificates/renewal/acme_account.hpp"

#include "client/acme/documents/json_object.hpp"
#include "common/base/durable_file.hpp"

#include <nlohmann/json.hpp>

namespace sisu::client {
namespace {

constexpr std::size_t largest_file = 16 * 1024;

std::filesystem::path url_file(const std::filesystem::path& state) { return state / "acme-account.json"; }
std::filesystem::path key_file(const std::filesystem::path& state) { return state / "acme-account-key.pem"; }

std::optional<std::string> stored_url(FileSystem& files, const std::filesystem::path& state,
                                      const std::string& directory) {
  const auto text = files.read(url_file(state), largest_file);
  const auto object = text ? acme::JsonObject::parse(*text) : std::nullopt;
  if (!object || object->text("directory") != directory) return std::nullopt;
  return object->url("account");
}

}  // namespace

Result<AcmeAccount, std::string> open_acme_account(FileSystem& files, const std::filesystem::path& state,
                                                   const std::string& directory) {
  const auto file = key_file(state);
  if (files.status(file)) {
    const auto loaded = tls::PrivateKey::load(file);
    if (!loaded) return fail(loaded.error().what);
    auto key = acme::AccountKey::from(*loaded);
    if (!key) return fail("the key of the ACME account, " + file.string() + ", is " + key.error().what);
    return AcmeAccount{std::move(*key), false, stored_url(files, state, directory)};
  }
  auto key = acme::AccountKey::generate();
  const auto saved = write_durable_file(files, file, key.private_key().to_pem(), 0600);
  if (!saved) return fail(tls::file_error("write the key of the ACME account", file, saved.error()).what);
  return AcmeAccount{std::move(key), true, std::nullopt};
}

FileResult<void> save_acme_account_url(FileSystem& files, const std::filesystem::path& state,
                                       const std::string& directory, const std::string& url) {
  const nlohmann::json fields{{"directory", directory}, {"account", url}};
  const std::string text = fields.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return write_durable_file(files, url_file(state), text, 0600);
}

}  // namespace sisu::client
