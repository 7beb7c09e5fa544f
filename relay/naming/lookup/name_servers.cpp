#include "relay/naming/lookup/name_servers.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

std::string problem_of(const Reply& reply) {
  if (!reply) return reply.error();
  if (reply->code != ResponseCode::no_error && reply->code != ResponseCode::name_error)
    return to_string(reply->code) + " from the resolver";
  return {};
}

/// The zone's name servers, or why there are none.
Result<std::vector<RecordName>, std::string> names(const RecordName& zone, const Endpoint& resolver,
                                                   const RoundOptions& options, Deadline deadline) {
  const Question question{zone, QuestionType::ns};
  auto replies = ask(resolver, {&question, 1}, options, deadline);
  const auto problem = problem_of(replies[0]);
  if (!problem.empty()) return fail(zone.to_string() + " NS: " + problem);
  auto found = std::move(replies[0]->name_servers);
  if (found.empty()) return fail(zone.to_string() + ": the resolver knows no name servers: is the zone delegated?");
  std::sort(found.begin(), found.end());
  if (found.size() > NameServers::most_names) found.erase(found.begin() + NameServers::most_names, found.end());
  return found;
}

void add_addresses(const Reply& reply, std::uint16_t port, std::vector<Endpoint>& endpoints) {
  if (!reply) return;
  for (const auto& record : reply->records) {
    const auto address = IpAddress::parse(record.value);
    if (address && has_route_to({*address, port})) endpoints.push_back({*address, port});
  }
}

}  // namespace

NameServers find_name_servers(const RecordName& zone, const Endpoint& resolver, std::uint16_t port,
                              RoundOptions options, Deadline deadline) {
  options.flags.recursion_desired = true;
  NameServers servers;
  const auto found = names(zone, resolver, options, deadline);
  if (!found) {
    servers.lost.push_back({resolver.to_string(), found.error()});
    return servers;
  }
  std::vector<Question> questions;
  for (const auto& name : *found) {
    questions.push_back({name, QuestionType::a});
    questions.push_back({name, QuestionType::aaaa});
  }
  const auto replies = ask(resolver, questions, options, deadline);
  for (std::size_t i = 0; i < found->size(); ++i) {
    const auto before = servers.endpoints.size();
    add_addresses(replies[2 * i], port, servers.endpoints);
    add_addresses(replies[2 * i + 1], port, servers.endpoints);
    if (servers.endpoints.size() == before)
      servers.lost.push_back(
          {(*found)[i].to_string(), "no address that this host can reach; to leave it out, configure the servers"});
  }
  auto& endpoints = servers.endpoints;
  std::sort(endpoints.begin(), endpoints.end());
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
  if (endpoints.size() > NameServers::most_endpoints) endpoints.resize(NameServers::most_endpoints);
  return servers;
}

}  // namespace sisu::relay::naming
