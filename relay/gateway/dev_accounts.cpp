#include "relay/gateway/dev_accounts.hpp"

#include "common/base/durable_file.hpp"

namespace sisu::relay::gateway {
namespace {

constexpr std::size_t file_limit = 4096;
constexpr mode_t file_mode = 0600;

}  // namespace

Result<std::unique_ptr<DevAccounts>, std::string> DevAccounts::open(Account account, std::filesystem::path file) {
  std::unique_ptr<DevAccounts> accounts(new DevAccounts(std::move(account), std::move(file)));
  const auto unusable = [&](const std::string& why) { return fail(accounts->file_.string() + ": " + why); };
  const auto text = real_file_system().read(accounts->file_, file_limit);
  if (!text && text.error() == std::errc::no_such_file_or_directory) return accounts;
  if (!text) return unusable(text.error().message());
  const std::string line = text->substr(0, text->find('\n'));
  const std::size_t space = line.find(' ');
  const std::string name = line.substr(0, space);
  const std::string& wanted = accounts->account_.name;
  if (space == line.npos) return unusable("not a name and a key; remove it to let the next key in");
  if (name != wanted) {
    return unusable("it belongs to the user " + name + ", not " + wanted + ": choose another --state");
  }
  auto key = ssh::PublicKey::parse(line.substr(space + 1));
  if (!key) return unusable(key.error().what + "; remove the file to let the next key in");
  accounts->key_ = *std::move(key);
  return accounts;
}

Result<Admission, std::string> DevAccounts::log_in(const std::string& user, const ssh::PublicKey& key) {
  if (user != account_.name) {
    return fail("this relay serves only the user " + account_.name + " (--dev-user): log in by that name");
  }
  const std::lock_guard lock(mutex_);
  if (!key_) {
    if (auto done = remember(key); !done) return fail(std::move(done.error()));
  }
  if (*key_ == key) return account_;
  return fail("the name " + account_.name + " belongs to another key, " + key_->fingerprint() +
              ": log in with that key (ssh -i), or remove " + file_.filename().string() +
              " in the relay's state directory");
}

Result<void, std::string> DevAccounts::remember(const ssh::PublicKey& key) {
  const std::string line = account_.name + " " + key.to_openssh() + "\n";
  if (const auto written = write_durable_file(real_file_system(), file_, line, file_mode); !written) {
    return fail("the relay cannot remember your key: " + written.error().message());
  }
  key_ = key;
  return {};
}

}  // namespace sisu::relay::gateway
