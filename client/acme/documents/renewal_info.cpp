#include "client/acme/documents/renewal_info.hpp"

#include "client/acme/documents/json_object.hpp"
#include "client/acme/documents/times.hpp"

namespace sisu::acme {

Result<RenewalWindow, DocumentError> parse_renewal_info(std::string_view body) {
  const auto object = JsonObject::parse(body);
  const auto window = object ? object->object("suggestedWindow") : std::nullopt;
  if (!window) return fail(DocumentError{"the renewal information has no suggestedWindow"});
  const auto start = parse_rfc3339(window->text("start").value_or(""));
  const auto end = parse_rfc3339(window->text("end").value_or(""));
  // RFC 9773 4.2: a window that does not end after it starts is to be treated as no information.
  if (!start || !end || *end <= *start) return fail(DocumentError{"the renewal window is not two times in order"});
  return RenewalWindow{*start, *end};
}

}  // namespace sisu::acme
