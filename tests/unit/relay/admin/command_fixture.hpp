// What the tests of the operator's commands share: a registry that a daemon made, and commands run on it as main() runs
// them.
#pragma once

#include "relay/admin/command_line.hpp"
#include "relay/admin/output.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

namespace sisu::relay::admin {

class CommandTest : public relay::test::RegistryFixture {
 protected:
  CommandTest() { console.now = relay::test::start; }

  /// A registry with a user of each name, claimed in that order.
  void make_users(const std::vector<std::string>& names) {
    OpenedRegistry registry = open();
    unsigned key = 1;
    for (const std::string& name : names) {
      ASSERT_TRUE(registry.database.claim(relay::test::request_of(name, key++), relay::test::start));
    }
  }

  /// `words` without the program's name; --state is added.
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "sisumail-relay");
    words.insert(words.end(), {"--state", state().string()});
    return run_words(words);
  }
  int run_words(const std::vector<std::string>& words) {
    console.out.clear();
    console.errors.clear();
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return run_command(static_cast<int>(argv.size()), argv.data(), console);
  }

  std::vector<nlohmann::json> objects() const {
    std::vector<nlohmann::json> found;
    std::istringstream lines(console.out);
    for (std::string line; std::getline(lines, line);) found.push_back(nlohmann::json::parse(line));
    return found;
  }
  AccountState state_of(const std::string& name) const {
    return open_beside().database.find(relay::test::name_of(name))->state;
  }
  bool says(std::string_view words) const { return console.out.find(words) != std::string::npos; }
  /// One line on standard error, with these words, and nothing on standard output.
  testing::AssertionResult complains(std::string_view words) const {
    const bool one_line = !console.errors.empty() && console.errors.find('\n') == console.errors.size() - 1;
    if (console.out.empty() && one_line && console.errors.find(words) != std::string::npos) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "out: " << console.out << " errors: " << console.errors;
  }

  Console console;
};

}  // namespace sisu::relay::admin
