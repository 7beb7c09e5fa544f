#include "client/names/names.hpp"

#include "common/base/expects.hpp"
#include "proto/command_words.hpp"

#include <asio/error.hpp>

#include <system_error>

namespace sisu::client {
namespace {

Refusal refusal_of(const CommandAnswer& answer) {
  Refusal refusal;
  refusal.reason = answer.errors.empty() ? "the relay gave no answer" : answer.errors;
  refusal.unknown_command = answer.status == command_usage;
  refusal.for_now = answer.status != command_refused && answer.status != command_usage;
  return refusal;
}

std::string command_of(std::string_view words, std::string_view argument) {
  return std::string(words) + " " + proto::quote_command_word(argument);
}

}  // namespace

asio::awaitable<Result<std::string, Refusal>> Names::ask(std::string command, std::chrono::milliseconds within) {
  Refusal refusal;
  try {
    CommandAnswer answer = co_await run_(std::move(command), within);
    if (answer.status == command_done) co_return std::move(answer.output);
    refusal = refusal_of(answer);
  } catch (const std::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    // A server of another kind refuses the request itself; the relay answers every command line.
    const bool timed_out = error.code() == asio::error::timed_out;
    refusal = {timed_out ? "the relay did not answer in time" : error.what(), true, false};
  }
  co_return fail(std::move(refusal));
}

asio::awaitable<Result<void, Refusal>> Names::publish_tlsa(keys::DigestSet digests) {
  expects(!digests.empty() && digests.size() <= keys::largest_set, "1 to 4 TLSA values");
  std::string command = "tlsa publish --json";
  for (const keys::Digest& digest : digests) command += " " + digest;
  const auto answer = co_await ask(std::move(command), options_.answer_within);
  if (!answer) co_return fail(answer.error());
  co_return Result<void, Refusal>();
}

asio::awaitable<Result<DnsStatus, Refusal>> Names::dns_status() {
  std::string command = "status --json";
  const auto answer = co_await ask(std::move(command), options_.answer_within);
  if (!answer) co_return fail(answer.error());
  auto status = parse_dns_status(*answer);
  if (status) co_return std::move(*status);
  co_return fail(Refusal{"the relay's answer to status is " + std::string(describe(status.error())), true, false});
}

asio::awaitable<Result<void, acme::PublishError>> Names::tell(std::string command, std::chrono::milliseconds within) {
  const auto answer = co_await ask(std::move(command), within);
  if (!answer) co_return fail(acme::PublishError{answer.error().reason, answer.error().for_now});
  co_return Result<void, acme::PublishError>();
}

// One value in 64 begins with a hyphen: behind `--` that is no option.

asio::awaitable<Result<void, acme::PublishError>> Names::present(std::string_view host, std::string_view value) {
  std::string command = command_of(command_of("acme present --json --", host), value);
  co_return co_await tell(std::move(command), options_.present_within);
}

asio::awaitable<Result<void, acme::PublishError>> Names::cleanup(std::string_view host, std::string_view value) {
  std::string command = command_of(command_of("acme cleanup --", host), value);
  co_return co_await tell(std::move(command), options_.answer_within);
}

asio::awaitable<Result<void, acme::PublishError>> Names::bind_account(std::string_view account_uri) {
  std::string command = command_of("acme account", account_uri);
  co_return co_await tell(std::move(command), options_.answer_within);
}

}  // namespace sisu::client
