#include "relay/naming/templates/own_host.hpp"

#include <string>

namespace sisu::relay::naming {

bool is_own_host(std::string_view text, const RecordName& host) {
  std::string absolute(text);
  if (!absolute.ends_with('.')) absolute += '.';
  const auto name = RecordName::parse(absolute);
  return name && *name == host;
}

}  // namespace sisu::relay::naming
