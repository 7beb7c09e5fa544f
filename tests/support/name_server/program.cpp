#include "tests/support/name_server/program.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sisu::test {
namespace {

[[noreturn]] void become(const std::vector<std::string>& command, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

int bound_socket(int type, sockaddr_in& address) {
  const int number = ::socket(AF_INET, type, 0);
  socklen_t size = sizeof address;
  if (::bind(number, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    ::close(number);
    return -1;
  }
  ::getsockname(number, reinterpret_cast<sockaddr*>(&address), &size);
  return number;
}

}  // namespace

Program::Program(std::vector<std::string> command, const std::filesystem::path& log) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) become(command, output);
  ::close(output);
  if (pid_ < 0) throw std::runtime_error("cannot start " + command[0]);
}

Program::~Program() { kill(); }

void Program::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void Program::stop() {
  signal(SIGTERM);
  await();
}

void Program::kill() {
  signal(SIGKILL);
  await();
}

bool Program::is_running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void Program::await() {
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

Endpoint free_endpoint() {
  while (true) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int stream = bound_socket(SOCK_STREAM, address);
    const int datagram = bound_socket(SOCK_DGRAM, address);
    ::close(stream);
    if (datagram < 0) continue;
    ::close(datagram);
    return {*IpAddress::parse("127.0.0.1"), ntohs(address.sin_port)};
  }
}

std::string output_of(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& word : command) line += " '" + word + "'";
  FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start" + line);
  std::string output;
  std::array<char, 4096> piece;
  while (const auto size = std::fread(piece.data(), 1, piece.size(), pipe)) output.append(piece.data(), size);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed:" + line + "\n" + output);
  return output;
}

void wait_a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds{10}); }

void waited_in_vain(const std::string& what) { throw std::runtime_error("waited in vain for " + what); }

}  // namespace sisu::test
