#include "tests/support/smtp_load/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace sisu::load {

std::string_view name_of(Event event) {
  switch (event) {
    case Event::accepted:
      return "accepted";
    case Event::refused:
      return "refused";
    case Event::unknown:
      return "unknown";
    case Event::unsent:
      return "unsent";
    case Event::given_up:
      return "given-up";
  }
  return "";
}

Journal::Journal(const std::string& path) {
  if (path.empty()) return;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "cannot open the journal " + path);
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::record(Event event, const Message& message, int attempt, std::string_view text) {
  ++counts_[static_cast<std::size_t>(event)];
  if (event == Event::accepted) accepted_octets_ += message.bytes.size();
  if (fd_ < 0) return;
  std::string line = std::string(name_of(event)) + "\t" + std::to_string(message.number) + "\t" +
                     std::to_string(attempt) + "\t" + std::to_string(message.bytes.size()) + "\t" + message.sha256 +
                     "\t" + std::string(text);
  std::replace_if(
      line.end() - static_cast<std::ptrdiff_t>(text.size()), line.end(), [](char c) { return c < ' '; }, ' ');
  line += '\n';
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw std::system_error(errno, std::system_category(), "cannot write the journal");
}

}  // namespace sisu::load
