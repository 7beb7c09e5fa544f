// A peer of the service that speaks lines, blocking, with a limit on each wait.
#pragma once

#include "proto/naming_messages.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace sisu::relay::naming {

class LinePeer {
 public:
  explicit LinePeer(const std::filesystem::path& socket);
  ~LinePeer();
  LinePeer(const LinePeer&) = delete;
  LinePeer& operator=(const LinePeer&) = delete;

  void send(const proto::naming::Request& request) { send_text(to_line(request) + '\n'); }
  void send_text(const std::string& text);

  /// The next line; nothing at the end of the stream. Throws if nothing comes for 20 seconds.
  std::optional<proto::naming::Answer> next();
  /// The next line of this kind, others are passed over. Throws at the end of the stream.
  template <class Message>
  Message expect() {
    for (;;) {
      const auto answer = next();
      if (!answer) throw std::runtime_error("the connection ended");
      if (const auto* found = std::get_if<Message>(&*answer)) return *found;
    }
  }
  /// Passes over what comes until the end of the stream.
  void expect_end();

 private:
  int socket_;
  std::string input_;
};

}  // namespace sisu::relay::naming
