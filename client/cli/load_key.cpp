#include "client/cli/load_key.hpp"

#include "client/cli/passphrase.hpp"

namespace sisu::client {

Result<std::optional<ssh::PrivateKey>, std::string> load_key(const Options& options, Environment environment) {
  if (!options.key) {
    if (!options.relay || environment("SSH_AUTH_SOCK") != nullptr) return std::nullopt;
    return fail(std::string("no SSH key: give --key FILE, or start an ssh-agent (SSH_AUTH_SOCK is not set)"));
  }
  const std::string file = options.key->string();
  std::string problem;
  const auto passphrase = [&]() -> std::optional<std::string> {
    if (!options.key_passphrase_file) {
      auto typed = ask_passphrase("Passphrase of " + file + ": ");
      if (!typed) {
        problem = "the key " + file +
                  " is encrypted and there is no terminal to ask for its passphrase: start sisumail on a terminal, or "
                  "give --key-passphrase-file FILE";
      }
      return typed;
    }
    auto read = read_passphrase(*options.key_passphrase_file);
    if (read) return *read;
    problem = read.error();
    return std::nullopt;
  };
  auto key = ssh::PrivateKey::load(*options.key, passphrase);
  if (key) return std::move(*key);
  return fail(problem.empty() ? key.error().what : problem);
}

}  // namespace sisu::client
