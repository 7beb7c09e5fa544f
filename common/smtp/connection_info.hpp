// What is known about the connection that a message comes by: policies decide on it, labels and Received quote it.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/uuid.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sisu::smtp {

struct TlsInfo {
  std::string version;  ///< "TLSv1.3"
  std::string cipher;   ///< OpenSSL's name, "TLS_AES_256_GCM_SHA384"
};

struct ConnectionInfo {
  ConnectionId id;
  Endpoint peer;   ///< the sender, as the preface or the socket says
  Endpoint local;  ///< where it connected to
  std::chrono::system_clock::time_point accepted;
  std::string hello;           ///< argument of the last EHLO or HELO, as sent; empty before
  bool extended = false;       ///< EHLO rather than HELO
  std::optional<TlsInfo> tls;  ///< none before STARTTLS
};

}  // namespace sisu::smtp
