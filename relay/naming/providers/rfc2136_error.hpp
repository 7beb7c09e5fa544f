// What goes wrong between us and the update server, in words that tell an operator what to do.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/naming/provider.hpp"
#include "relay/naming/wire/tsig_session.hpp"

namespace sisu::relay::naming {

/// Whom the errors are about.
struct UpdateServer {
  Endpoint endpoint;
  std::string zone;      ///< "example.org."
  std::string key_name;  ///< "ddns."
};

enum class Operation { question, transfer, update };

ProviderError tsig_error(const UpdateServer& server, Operation operation, const TsigFailure& failure);
/// `code` is not no_error.
ProviderError code_error(const UpdateServer& server, Operation operation, ResponseCode code);
ProviderError answer_error(const UpdateServer& server, std::string_view why);

}  // namespace sisu::relay::naming
