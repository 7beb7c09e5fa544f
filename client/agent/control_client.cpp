#include "client/agent/control_client.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::client {
namespace {

ControlError broken(const char* what) { return {ControlProblem::failed, std::string("the running sisumail ") + what}; }

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Without its LF.
Result<std::string, ControlError> read_line(int descriptor) {
  std::string line;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return fail(broken("does not answer"));
    if (count <= 0) return fail(broken("went away before it answered"));
    line.append(buffer.data(), static_cast<std::size_t>(count));
    if (const auto end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
    if (line.size() > control_answer_limit) return fail(broken("answers without end"));
  }
}

template <class Report>
Result<Report, ControlError> parsed(const Result<std::string, ControlError>& line,
                                    Result<Report, std::string> (*parse)(std::string_view)) {
  if (!line) return fail(line.error());
  auto report = parse(*line);
  if (!report) return fail(ControlError{ControlProblem::failed, report.error()});
  return std::move(*report);
}

}  // namespace

Result<std::string, ControlError> ControlClient::ask(const std::string& request) const {
  const auto connection = connect_control(state_, within_);
  if (!connection) return fail(connection.error());
  if (!write_all(connection->get(), request + "\n")) return fail(broken("does not take requests"));
  return read_line(connection->get());
}

Result<StatusReport, ControlError> ControlClient::status() const {
  return parsed(ask(R"({"request":"status"})"), &parse_status_line);
}

Result<KeyReport, ControlError> ControlClient::key_status() const {
  return parsed(ask(R"({"request":"key-status"})"), &parse_key_line);
}

Result<KeyReport, ControlError> ControlClient::roll() const {
  return parsed(ask(R"({"request":"key-roll"})"), &parse_key_line);
}

}  // namespace sisu::client
