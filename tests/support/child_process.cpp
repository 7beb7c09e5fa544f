#include "tests/support/child_process.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace sisu::test {
namespace {

void say(int fd) {
  const char byte = 1;
  if (::write(fd, &byte, 1) != 1) std::perror("write to the other process");
}

bool hear(int fd) {
  char byte = 0;
  return ::read(fd, &byte, 1) == 1;
}

int run_body(const std::function<int(const ChildProcess::Parent&)>& body, const ChildProcess::Parent& parent) {
  try {
    return body(parent);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
    return 99;
  }
}

}  // namespace

void ChildProcess::Parent::announce() const { say(to_parent_); }
void ChildProcess::Parent::wait_for_go_on() const { (void)hear(from_parent_); }

ChildProcess::ChildProcess(const std::function<int(const Parent&)>& body) {
  if (::pipe(to_parent_.data()) != 0 || ::pipe(to_child_.data()) != 0) throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::close(to_parent_[0]);
    ::close(to_child_[1]);
    ::_exit(run_body(body, Parent(to_parent_[1], to_child_[0])));
  }
  ::close(to_parent_[1]);
  ::close(to_child_[0]);
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill();
    (void)wait();
  }
  ::close(to_parent_[0]);
  ::close(to_child_[1]);
}

bool ChildProcess::await_announcement() const { return hear(to_parent_[0]); }
void ChildProcess::go_on() const { say(to_child_[1]); }
void ChildProcess::kill() { ::kill(pid_, SIGKILL); }

int ChildProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace sisu::test
