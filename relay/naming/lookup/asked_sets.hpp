// Record sets as questions: one for each name and type, with what the answer should and should not have.
#pragma once

#include "relay/naming/transport/question_round.hpp"
#include "relay/naming/visibility.hpp"

#include <vector>

namespace sisu::relay::naming {

class AskedSets {
 public:
  AskedSets(const RecordSet& wanted, const RecordSet& given_up);

  const std::vector<Question>& questions() const { return questions_; }

  /// What an authoritative server said to question number `index`.
  void judge_server(std::size_t index, const Reply& reply, ServerView& view) const;
  /// What a resolver said.
  void judge_resolver(std::size_t index, const Reply& reply, ServerView& view) const;

 private:
  struct Expected {
    std::vector<Record> wanted;
    std::vector<Record> given_up;
  };

  void compare(std::size_t index, const Answer& answer, ServerView& view) const;
  void not_known(std::size_t index, std::string problem, ServerView& view) const;

  std::vector<Question> questions_;
  std::vector<Expected> expected_;
};

}  // namespace sisu::relay::naming
