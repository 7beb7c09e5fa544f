#include "client/cli/passphrase.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <pty.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

namespace sisu::client {
namespace {

class PassphraseFile : public ::testing::Test {
 protected:
  Result<std::string, std::string> read(const std::string& bytes, mode_t mode = 0600) const {
    test::write_file(file, bytes);
    ::chmod(file.c_str(), mode);
    return read_passphrase(file);
  }
  test::ScratchDirectory place;
  std::filesystem::path file = place / "passphrase";
};

TEST_F(PassphraseFile, its_first_line_is_the_passphrase) {
  EXPECT_EQ(read("correct horse\n").value(), "correct horse");
  EXPECT_EQ(read("correct horse").value(), "correct horse");
  EXPECT_EQ(read("correct horse\r\nsecond line\n").value(), "correct horse");
  EXPECT_EQ(read(" blanks stay \n").value(), " blanks stay ");
}

TEST_F(PassphraseFile, others_must_not_be_able_to_read_it) {
  const auto refused = read("secret\n", 0640);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("chmod 600"), std::string::npos) << refused.error();
}

TEST_F(PassphraseFile, an_empty_long_or_missing_one_is_refused_by_name) {
  for (const auto& refused :
       {read(""), read("\nsecond\n"), read(std::string(2000, 'x')), read_passphrase(place / "passphrase-missing")}) {
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("passphrase"), std::string::npos) << refused.error();
  }
}

/// Runs ask_passphrase() in a child on a terminal of its own; `typed` is typed there. What the terminal showed, and
/// what the child got (in brackets) come back.
std::string ask_on_a_terminal(const std::string& typed) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    const auto answer = ask_passphrase("Passphrase: ");
    const std::string shown = "[" + answer.value_or("nothing") + "]";
    if (::write(STDOUT_FILENO, shown.data(), shown.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  std::string shown;
  std::array<char, 256> buffer{};
  bool has_typed = false;
  for (;;) {
    const ssize_t count = ::read(terminal, buffer.data(), buffer.size());
    if (count <= 0) break;
    shown.append(buffer.data(), static_cast<std::size_t>(count));
    if (has_typed || shown.find("Passphrase: ") == std::string::npos) continue;
    has_typed = ::write(terminal, typed.data(), typed.size()) > 0;
  }
  ::waitpid(child, nullptr, 0);
  ::close(terminal);
  return shown;
}

TEST(AskPassphrase, what_is_typed_comes_back_and_is_not_shown) {
  const std::string shown = ask_on_a_terminal("correct horse\n");
  EXPECT_NE(shown.find("[correct horse]"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("correct horse"), shown.find("[correct horse]") + 1) << "shown by the test only: " << shown;
}

TEST(AskPassphrase, the_end_of_input_is_no_answer) {
  EXPECT_NE(ask_on_a_terminal("\x04").find("[nothing]"), std::string::npos);
}

TEST(AskPassphrase, an_endless_line_is_no_answer) {
  std::string endless;
  for (int i = 0; i < 3; ++i) endless += std::string(1000, 'x') + '\x04';  // ^D: give the reader what there is
  EXPECT_NE(ask_on_a_terminal(endless).find("[nothing]"), std::string::npos);
}

TEST(AskPassphrase, an_interrupt_ends_the_program_and_gives_the_echo_back) {
  int terminal = -1;
  int slave = -1;
  ASSERT_EQ(::openpty(&terminal, &slave, nullptr, nullptr, nullptr), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::login_tty(slave);
    ask_passphrase("Passphrase: ");
    ::_exit(0);
  }
  std::array<char, 64> prompt{};
  ASSERT_GT(::read(terminal, prompt.data(), prompt.size()), 0);
  ASSERT_EQ(::write(terminal, "\x03", 1), 1);  // ^C
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  termios after{};
  ASSERT_EQ(::tcgetattr(terminal, &after), 0);
  EXPECT_NE(after.c_lflag & ECHO, 0U);
  ::close(slave);
  ::close(terminal);
}

TEST(AskPassphrase, without_a_terminal_there_is_no_answer) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    ::_exit(ask_passphrase("Passphrase: ") ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace sisu::client
