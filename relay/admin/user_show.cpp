// user show: one account, by its name or its key's fingerprint.
#include "relay/admin/account_change.hpp"
#include "relay/admin/account_text.hpp"
#include "relay/admin/dns_service.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

std::string problem_with(const std::string& text) {
  if (Fingerprint::parse(text)) return "";
  if (text.starts_with("SHA256:")) return "not a fingerprint: SHA256: and 43 characters, as ssh-keygen -l prints it";
  const auto name = AccountName::parse_stored(text);
  return name ? "" : std::string(describe(name.error()));
}

AccountPtr find(RegistryDatabase& registry, const std::string& text) {
  if (const auto fingerprint = Fingerprint::parse(text)) return registry.find(*fingerprint);
  return registry.find(stored_name(text));
}

/// What DNS has of the user's records, in a word and a sentence.
struct Records {
  std::string state;  ///< "live", "pending", "unknown"
  std::string text;
  std::chrono::seconds live_for{0};
};

/// A service that is in trouble must not keep an operator from what the registry knows.
constexpr auto patience = std::chrono::seconds(5);

/// nullopt: there is no socket, so nobody writes records here.
std::optional<Records> records_of(const std::filesystem::path& socket, const Account& account) {
  std::error_code ignored;
  if (!std::filesystem::exists(socket, ignored)) return std::nullopt;
  try {
    const auto state = DnsService(socket, patience).state_of(account.name.to_string());
    if (!state.live) return Records{"pending", state.problem.empty() ? "not everywhere yet" : state.problem};
    return Records{"live", "for " + std::to_string(state.live_for.count()) + " s", state.live_for};
  } catch (const Refused& error) {
    return Records{"unknown", error.what()};
  }
}

nlohmann::ordered_json to_json(const Records& records) {
  nlohmann::ordered_json json = {{"state", records.state}};
  if (records.state == "live") {
    json["live_seconds"] = records.live_for.count();
  } else {
    json["problem"] = records.text;
  }
  return json;
}

Cell to_cell(const Records& records) {
  const Style style = records.state == "live" ? Style::good : Style::warning;
  return {records.state + (records.state == "live" ? " " : ": ") + records.text, style};
}

class UserShow final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("NAME", who_, "the account's name, or the fingerprint of its key (SHA256:...)")
        ->required()
        ->type_name("")
        ->check(problem_with);
    app.add_option(
           "--dns-socket", socket_,
           "the socket of sisumail-dns, if there is one (default " + std::string(DnsService::default_socket) + ")")
        ->type_name("PATH");
  }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const AccountPtr account = find(registry.database, who_);
    if (!account) refuse(who_, ChangeRefusal::no_such_account);
    const AccountNames names(registry.database.accounts());
    const auto records = records_of(socket_, *account);
    if (call.output.is_json()) {
      auto json = account_json(*account, names);
      if (records) json["dns"] = to_json(*records);
      return call.output.object(json);
    }
    print(call.output, *account, names);
    if (records) call.output.entry("records", to_cell(*records));
  }

 private:
  static void print(Output& output, const Account& account, const AccountNames& names) {
    output.entry("name", {account.name.to_string()});
    output.entry("state", state_cell(account.state));
    output.entry("address", {account.address.to_string()});
    output.entry("fingerprint", {account.fingerprint().to_string()});
    output.entry("key", {account.key.to_openssh()});
    output.entry("tier 2", {std::string(tier2_text(account.tier2))});
    output.entry("tls keys", {std::to_string(account.published.tlsa.size()) + " published"});
    if (account.published.acme_account) output.entry("acme", {account.published.acme_account->to_string()});
    output.entry("created", {time_text(account.created)});
    output.entry("last seen", {account.last_seen ? time_text(*account.last_seen) : "never"});
    if (const auto inviter = names.of(account.invited_by); !inviter.empty()) output.entry("invited by", {inviter});
  }

  std::string who_;
  std::filesystem::path socket_ = DnsService::default_socket;
};

}  // namespace

std::unique_ptr<Command> make_user_show() { return std::make_unique<UserShow>(); }

}  // namespace sisu::relay::admin
