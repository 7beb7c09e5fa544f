#include "relay/naming/lookup/dns_visibility.hpp"

#include "relay/naming/lookup/asked_sets.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds lost_kept{5};

bool is_server_failure(const Reply& reply) { return reply && reply->code == ResponseCode::server_failure; }

/// Which of the failed questions have an answer as long as nobody validates it: those are bogus (RFC 4035 3.2.2, 4.3).
std::vector<Reply> ask_unchecked(const Endpoint& resolver, const std::vector<Question>& questions, RoundOptions options,
                                 Deadline deadline) {
  options.flags.checking_disabled = true;
  return ask(resolver, questions, options, deadline);
}

}  // namespace

std::vector<ServerView> DnsVisibility::ask_servers(const RecordSet& wanted, const RecordSet& given_up) {
  const auto deadline = steady_clock::now() + options_.longest_call;
  const auto& servers = this->servers(deadline);
  const AskedSets sets(wanted, given_up);
  std::vector<ServerView> views;
  for (const auto& endpoint : servers.endpoints) views.push_back({.server = endpoint.to_string()});
  std::vector<QuestionRound> rounds;
  for (std::size_t i = 0; i < servers.endpoints.size(); ++i) {
    rounds.emplace_back(servers.endpoints[i], sets.questions(), round_options(),
                        [&sets, &view = views[i]](std::size_t question, const Reply& reply) {
                          sets.judge_server(question, reply, view);
                        });
  }
  run(rounds, deadline);
  for (const auto& lost : servers.lost)
    views.push_back({.server = lost.server, .problem = lost.problem, .missing = wanted});
  return views;
}

std::optional<ServerView> DnsVisibility::ask_resolver(const RecordSet& wanted, const RecordSet& given_up) {
  if (!options_.resolver) return std::nullopt;
  const auto deadline = steady_clock::now() + options_.longest_call;
  const AskedSets sets(wanted, given_up);
  ServerView view{.server = options_.resolver->to_string()};
  auto options = round_options();
  options.flags = {.recursion_desired = true, .dnssec_ok = true};
  const auto replies = ask(*options_.resolver, sets.questions(), options, deadline);
  std::vector<std::size_t> failed;
  std::vector<Question> unchecked;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!is_server_failure(replies[i])) {
      sets.judge_resolver(i, replies[i], view);
      continue;
    }
    failed.push_back(i);
    unchecked.push_back(sets.questions()[i]);
  }
  const auto second = ask_unchecked(*options_.resolver, unchecked, options, deadline);
  for (std::size_t i = 0; i < second.size(); ++i) {
    if (second[i] && !is_server_failure(second[i]))
      view.bogus.push_back(unchecked[i].name);
    else
      sets.judge_resolver(failed[i], replies[failed[i]], view);
  }
  view.bogus.erase(std::unique(view.bogus.begin(), view.bogus.end()), view.bogus.end());
  return view;
}

const NameServers& DnsVisibility::servers(Deadline deadline) {
  if (!options_.servers.empty()) {
    found_.endpoints = options_.servers;
    return found_;
  }
  const auto now = steady_clock::now();
  if (!options_.resolver || (found_until_ && now < *found_until_)) return found_;
  found_ = find_name_servers(options_.zone, *options_.resolver, options_.name_server_port, round_options(), deadline);
  found_until_ = now + (found_.lost.empty() ? options_.servers_kept : std::min(options_.servers_kept, lost_kept));
  return found_;
}

RoundOptions DnsVisibility::round_options() const {
  return {.answer_timeout = options_.answer_timeout, .tries = options_.tries, .window = options_.questions_in_flight};
}

}  // namespace sisu::relay::naming
