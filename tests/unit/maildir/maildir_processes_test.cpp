// Several processes deliver into one Maildir at once: every message arrives under a name of its own.
#include "client/maildir/maildir.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sys/wait.h>
#include <unistd.h>

namespace sisu::client {
namespace {

constexpr int processes = 4;
constexpr int messages_each = 100;

/// The exit status of a child: messages that were not stored.
int deliver_many(const FileSystem::Path& path, int process) {
  const auto now = std::chrono::system_clock::now();  // the same time for all: only the id keeps names apart
  const auto maildir = Maildir::open(real_file_system(), path, now);
  if (!maildir) return messages_each;
  int failed = 0;
  for (int n = 0; n < messages_each; ++n) {
    const auto message = (*maildir)->begin(DeliveryId::random(), now);
    const bool stored =
        message->write(std::to_string(process) + "/" + std::to_string(n)).has_value() && message->commit().has_value();
    if (!stored) ++failed;
  }
  return failed;
}

TEST(MaildirProcesses, do_not_collide) {
  const test::ScratchDirectory scratch;
  std::vector<pid_t> children;
  for (int process = 0; process < processes; ++process) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(deliver_many(scratch / "m", process));
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> contents;
  const auto names = real_file_system().list(scratch / "m/new").value();
  for (const auto& name : names) contents.insert(real_file_system().read(scratch / "m/new" / name, 100).value());
  EXPECT_EQ(contents.size(), static_cast<std::size_t>(processes * messages_each));
  EXPECT_TRUE(real_file_system().list(scratch / "m/tmp").value().empty());
}

}  // namespace
}  // namespace sisu::client
