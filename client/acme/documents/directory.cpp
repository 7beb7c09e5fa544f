#include "client/acme/documents/directory.hpp"

#include "client/acme/documents/json_object.hpp"

namespace sisu::acme {

Result<Directory, DocumentError> parse_directory(std::string_view body) {
  const auto object = JsonObject::parse(body);
  if (!object) return fail(DocumentError{"the directory is not a JSON object: is this the URL of an ACME directory?"});
  Directory directory;
  struct Needed {
    const char* name;
    std::string* url;
  };
  for (const Needed& needed : {Needed{"newNonce", &directory.new_nonce}, Needed{"newAccount", &directory.new_account},
                               Needed{"newOrder", &directory.new_order}}) {
    auto url = object->url(needed.name);
    if (!url) {
      return fail(DocumentError{"the directory names no https URL for " + std::string(needed.name) +
                                ": is this the URL of an ACME directory?"});
    }
    *needed.url = std::move(*url);
  }
  directory.renewal_info = object->url("renewalInfo");
  if (const auto meta = object->object("meta")) {
    directory.terms_of_service = meta->url("termsOfService");
    directory.external_account_required = meta->flag("externalAccountRequired").value_or(false);
  }
  return directory;
}

}  // namespace sisu::acme
