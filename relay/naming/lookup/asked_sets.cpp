#include "relay/naming/lookup/asked_sets.hpp"

#include <map>

namespace sisu::relay::naming {
namespace {

bool is_conclusive(ResponseCode code) { return code == ResponseCode::no_error || code == ResponseCode::name_error; }

void add_name(const RecordName& name, std::vector<RecordName>& names) {
  if (names.empty() || names.back() != name) names.push_back(name);
}

}  // namespace

AskedSets::AskedSets(const RecordSet& wanted, const RecordSet& given_up) {
  std::map<Question, Expected> sets;
  for (const auto& record : wanted) sets[{record.name, question_type(record.type)}].wanted.push_back(record);
  for (const auto& record : given_up) sets[{record.name, question_type(record.type)}].given_up.push_back(record);
  for (auto& [question, expected] : sets) {
    questions_.push_back(question);
    expected_.push_back(std::move(expected));
  }
}

void AskedSets::judge_server(std::size_t index, const Reply& reply, ServerView& view) const {
  if (!reply) return not_known(index, reply.error(), view);
  if (!is_conclusive(reply->code)) return not_known(index, "answers " + to_string(reply->code), view);
  if (!reply->authoritative) return not_known(index, "is not authoritative for the zone", view);
  compare(index, *reply, view);
}

void AskedSets::judge_resolver(std::size_t index, const Reply& reply, ServerView& view) const {
  if (!reply) return not_known(index, reply.error(), view);
  if (!is_conclusive(reply->code)) return not_known(index, "answers " + to_string(reply->code), view);
  if (!reply->authenticated) add_name(questions_[index].name, view.insecure);
  compare(index, *reply, view);
  view.other_ttl.clear();  // a cache counts down
}

void AskedSets::compare(std::size_t index, const Answer& answer, ServerView& view) const {
  for (const auto& record : expected_[index].wanted) {
    const auto served = answer.records.find(record);
    if (served == answer.records.end())
      view.missing.insert(record);
    else if (served->ttl != record.ttl)
      view.other_ttl.insert(*served);
  }
  for (const auto& record : expected_[index].given_up) {
    if (answer.records.contains(record)) view.surplus.insert(record);
  }
}

void AskedSets::not_known(std::size_t index, std::string problem, ServerView& view) const {
  if (view.problem.empty()) view.problem = std::move(problem);
  view.missing.insert(expected_[index].wanted.begin(), expected_[index].wanted.end());
}

}  // namespace sisu::relay::naming
