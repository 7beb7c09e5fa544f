// The control socket of a running client: STATE/control, a Unix stream socket, mode 0600. Both sides write one JSON
// object a line:
//
//   to the client      {"request":"status"}, {"request":"key-status"}, {"request":"key-roll"}
//   from the client    {"status":{...}}, {"key":{...}} (status_report.hpp), or {"error":"..."}: one line for each
//
// Whoever has another uid than the client, root excepted, is cut without a word.
#pragma once

#include "common/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace sisu::client {

inline constexpr std::size_t control_request_limit = 4096;      ///< bytes of a line to the client, without LF
inline constexpr std::size_t control_answer_limit = 64 * 1024;  ///< bytes of a line from it, without LF

/// A descriptor, closed with its owner.
class ControlDescriptor {
 public:
  explicit ControlDescriptor(int descriptor) : descriptor_(descriptor) {}
  ControlDescriptor(ControlDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ControlDescriptor& operator=(ControlDescriptor&&) = delete;
  ~ControlDescriptor();

  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

enum class ControlProblem {
  nobody_there,  ///< no client runs with this state directory
  refused,       ///< it belongs to another user
  failed,
};
struct ControlError {
  ControlProblem problem = ControlProblem::failed;
  std::string what;  ///< one line for a person
};

/// A listening socket in `state`, whatever the length of that path. Replaces one that a former process left: the caller
/// holds the lock of the directory.
Result<ControlDescriptor, ControlError> listen_control(const std::filesystem::path& state);

/// A connected one, blocking; each read and write on it ends after `within`.
Result<ControlDescriptor, ControlError> connect_control(const std::filesystem::path& state,
                                                        std::chrono::milliseconds within);

/// The peer may give orders here: the same user, or root.
bool is_own_peer(int descriptor);

}  // namespace sisu::client
