// The side of a command: asks the running client, and waits for its answer.
#pragma once

#include "client/agent/control_socket.hpp"
#include "client/agent/status_report.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace sisu::client {

/// Each call connects anew and blocks, `within` at most for each step.
class ControlClient {
 public:
  explicit ControlClient(std::filesystem::path state, std::chrono::milliseconds within = std::chrono::seconds(20))
      : state_(std::move(state)), within_(within) {}

  Result<StatusReport, ControlError> status() const;
  Result<KeyReport, ControlError> key_status() const;
  Result<KeyReport, ControlError> roll() const;

 private:
  Result<std::string, ControlError> ask(const std::string& request) const;

  std::filesystem::path state_;
  std::chrono::milliseconds within_;
};

}  // namespace sisu::client
