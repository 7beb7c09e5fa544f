#include "client/link/command.hpp"

#include <algorithm>
#include <array>

namespace sisu::client {
namespace {

/// The first line of what somebody else wrote, fit for a log.
std::string one_line(std::string text) {
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

}  // namespace

asio::awaitable<CommandAnswer> run_command(std::shared_ptr<ssh::ClientSession> session, std::string command) {
  const auto channel = co_await session->exec(std::move(command));
  CommandAnswer answer;
  std::array<char, 1024> buffer{};
  for (;;) {
    const std::size_t count = co_await channel->read_some(buffer);
    if (count == 0) break;
    if (answer.output.size() + count > command_output_limit) {
      answer.errors = "the answer is longer than " + std::to_string(command_output_limit) + " bytes";
      co_return answer;
    }
    answer.output.append(buffer.data(), count);
  }
  answer.errors = one_line(channel->error_text());
  answer.status = channel->exit_status();
  co_return answer;
}

}  // namespace sisu::client
