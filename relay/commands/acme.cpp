// acme present, acme cleanup, acme account: what the client's ACME engine asks of DNS (RFC 8555 8.4, RFC 8657).
#include "relay/commands/change_signal.hpp"
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

constexpr std::string_view usage =
    "usage: acme present HOST VALUE, acme cleanup HOST VALUE (43 base64url characters), acme account URI|none";

std::string as_json(const nlohmann::ordered_json& json) { return json.dump() + "\n"; }

std::string record_text(const ChallengeValue& value, std::string_view what) {
  return "The challenge " + value.to_string() + " " + std::string(what) + "\n";
}

/// One line whenever there is something else to say.
class Progress {
 public:
  explicit Progress(const Call& call) : io_(call.io), wanted_(call.form == OutputForm::text) {}
  asio::awaitable<void> say(const DnsFacts& dns) {
    std::string line = "waiting for the name servers" + (dns.problem.empty() ? "" : ": " + dns.problem) + "\n";
    if (!wanted_ || line == last_) co_return;
    last_ = line;
    co_await io_.err(std::move(line));
  }

 private:
  CommandIo& io_;
  bool wanted_;
  std::string last_;
};

enum class Waited { live, gone, timed_out };

/// Until every name server serves the user's records as they are now, with the challenge among them.
asio::awaitable<Waited> until_live(const Call& call, const ChallengeValue& value) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + call.caller.limits().challenge_wait;
  const std::shared_ptr<ChangeSignal> changed = call.caller.watch_dns();
  Progress progress(call);
  for (;;) {
    const DnsFacts dns = call.caller.dns();
    if (!dns.published.challenges.contains(value)) co_return Waited::gone;
    if (dns.state == DnsFacts::State::live) co_return Waited::live;
    const auto left = end - Clock::now();
    if (left <= Clock::duration::zero()) co_return Waited::timed_out;
    co_await progress.say(dns);
    co_await changed->wait(left);
  }
}

Refusal not_live_in_time(const Caller& caller) {
  const std::string problem = caller.dns().problem;
  return {"not every name server serves the challenge in time" + (problem.empty() ? "" : ": " + problem) +
              "; it stays, try again",
          true};
}

asio::awaitable<ExitStatus> present(Call call, std::string host, ChallengeValue value) {
  const auto stored = co_await call.caller.present(host, value);
  if (!stored) co_return co_await refuse(call.io, stored.error());
  const Waited waited = co_await until_live(call, value);
  if (waited == Waited::timed_out) {
    const Refusal refusal = not_live_in_time(call.caller);
    call.caller.limit_reached(LimitName::challenge_wait);
    co_return co_await refuse(call.io, refusal);
  }
  if (waited == Waited::gone) {
    const Refusal refusal{"the challenge was cleaned up meanwhile", true};
    co_return co_await refuse(call.io, refusal);
  }
  const std::string text =
      call.form == OutputForm::json
          ? as_json({{"host", host}, {"value", value.to_string()}, {"live", true}})
          : record_text(value, "is served by every name server; \"acme cleanup\" removes it, or an hour does.");
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

asio::awaitable<ExitStatus> clean_up(Call call, std::string host, ChallengeValue value) {
  const auto done = co_await call.caller.clean_up(host, value);
  if (!done) co_return co_await refuse(call.io, done.error());
  const std::string text = call.form == OutputForm::json ? as_json({{"host", host}, {"value", value.to_string()}})
                                                         : record_text(value, "is to be removed.");
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

asio::awaitable<ExitStatus> bind_account(Call call, std::optional<AcmeAccountUri> uri) {
  const auto done = co_await call.caller.bind_acme_account(uri);
  if (!done) co_return co_await refuse(call.io, done.error());
  nlohmann::ordered_json json;
  json["acme_account"] = uri ? nlohmann::ordered_json(uri->to_string()) : nlohmann::ordered_json();
  std::string text = as_json(json);
  if (call.form == OutputForm::text) {
    text = uri ? "Only this account may have certificates issued for your name: " + uri->to_string() + "\n"
               : "No ACME account is bound: every account of the CA may have certificates issued for your name.\n";
    text += text_line("records", dns_sentence(call.caller.dns()));
  }
  co_await call.io.out(std::move(text));
  co_return ExitStatus::done;
}

}  // namespace

asio::awaitable<ExitStatus> run_acme(Call call) {
  const std::vector<std::string> words = call.arguments.operands;
  const std::string& what = words.front();
  if (what == "account" && words.size() == 2) {
    auto uri = AcmeAccountUri::parse(words[1]);
    if (uri || words[1] == "none") co_return co_await bind_account(std::move(call), std::move(uri));
    co_return co_await refuse_usage(call.io, "not the https URL of an ACME account, nor \"none\"");
  }
  const bool about_challenge = words.size() == 3 && (what == "present" || what == "cleanup");
  auto value = about_challenge ? ChallengeValue::parse(words[2]) : std::nullopt;
  if (!value) co_return co_await refuse_usage(call.io, usage);
  if (what == "present") co_return co_await present(std::move(call), words[1], *std::move(value));
  co_return co_await clean_up(std::move(call), words[1], *std::move(value));
}

}  // namespace sisu::relay::commands
