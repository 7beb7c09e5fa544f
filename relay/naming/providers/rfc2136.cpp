#include "relay/naming/providers/rfc2136.hpp"

#include "relay/naming/providers/signed_answer.hpp"
#include "relay/naming/providers/zone_transfer.hpp"
#include "relay/naming/transport/message_connection.hpp"
#include "relay/naming/wire/answer.hpp"
#include "relay/naming/wire/update.hpp"

#include <array>
#include <map>

namespace sisu::relay::naming {
namespace {

using Outcome = Result<void, ProviderError>;
using std::chrono::steady_clock;

constexpr std::array published_types{RecordType::a,   RecordType::aaaa, RecordType::mx,
                                     RecordType::txt, RecordType::caa,  RecordType::tlsa};

UpdateServer server_of(const Rfc2136Options& options) {
  return {.endpoint = options.server, .zone = options.zone.to_string(), .key_name = options.key.name()};
}

ProviderError transport_error(const TransportError& error) { return {.what = error.what}; }

Result<MessageConnection, ProviderError> connect(const Rfc2136Options& options, const Interrupt& interrupt) {
  return MessageConnection::open(options.server, steady_clock::now() + options.connect_timeout, &interrupt)
      .map_error(transport_error);
}

/// What the server itself has for a question; nothing there is an answer as well.
std::optional<ProviderError> doubt(const UpdateServer& server, const Answer& answer) {
  if (answer.code != ResponseCode::no_error && answer.code != ResponseCode::name_error)
    return code_error(server, Operation::question, answer.code);
  if (answer.truncated) return answer_error(server, "a truncated answer over TCP");
  if (!answer.authoritative)
    return ProviderError{.kind = ProviderError::Kind::refused,
                         .what = server.endpoint.to_string() + ": is not authoritative for " + server.zone +
                                 ": updates go to the zone's primary server"};
  return std::nullopt;
}

Result<std::vector<Answer>, ProviderError> ask(const Rfc2136Options& options, const Interrupt& interrupt,
                                               const std::vector<Question>& questions, QuestionFlags flags) {
  auto connection = connect(options, interrupt);
  if (!connection) return fail(connection.error());
  const auto server = server_of(options);
  std::vector<Answer> answers(questions.size());
  std::optional<ProviderError> problem;
  const Pipeline pipeline{
      .requests = questions.size(),
      .window = options.questions_in_flight,
      .patience = options.answer_timeout,
      .compose = [&](std::size_t i, std::uint16_t id) { return encode_question(questions[i], id, flags); },
      .take =
          [&](std::size_t i, const Octets& octets) {
            auto answer = parse_answer(octets, questions[i]);
            if (!answer) return false;
            if (!problem) problem = doubt(server, *answer);
            answers[i] = *std::move(answer);
            return true;
          },
  };
  const auto done = run(*connection, pipeline);
  if (problem) return fail(*std::move(problem));
  if (!done) return fail(transport_error(done.error()));
  return answers;
}

ProviderError unfit(const UpdateServer& server) {
  return {.kind = ProviderError::Kind::invalid,
          .what = server.endpoint.to_string() + ": a change that no update message holds (at most " +
                  std::to_string(TsigSession::longest_request) + " octets)"};
}

/// Several updates on one connection. Those without an answer have failed with the connection.
class Updates {
 public:
  Updates(const Rfc2136Options& options, const Interrupt& interrupt, std::vector<const Change*> changes)
      : options_(options),
        interrupt_(interrupt),
        server_(server_of(options)),
        changes_(std::move(changes)),
        states_(changes_.size()) {}

  std::vector<Outcome> send(std::size_t window) {
    run_all(window);
    std::vector<Outcome> outcomes;
    for (auto& state : states_) {
      outcomes.push_back(state.outcome ? *state.outcome : Outcome(fail(transport_error(broken_))));
    }
    return outcomes;
  }

  /// It was answered, and the answer was the server's own trouble.
  bool failed_in_the_server(std::size_t index) const {
    const auto& outcome = states_[index].outcome;
    return outcome && !*outcome && outcome->error().kind == ProviderError::Kind::unreachable;
  }

 private:
  struct State {
    std::optional<TsigSession> tsig;
    std::optional<Outcome> outcome;
  };

  void run_all(std::size_t window) {
    auto connection =
        MessageConnection::open(options_.server, steady_clock::now() + options_.connect_timeout, &interrupt_);
    if (!connection) {
      broken_ = connection.error();
      return;
    }
    const Pipeline pipeline{
        .requests = changes_.size(),
        .window = window,
        .patience = options_.answer_timeout,
        .compose = [this](std::size_t i, std::uint16_t id) { return compose(i, id); },
        .take = [this](std::size_t i, const Octets& octets) { return take(i, octets); },
    };
    if (auto done = run(*connection, pipeline); !done) broken_ = done.error();
  }

  Octets compose(std::size_t index, std::uint16_t id) {
    auto& state = states_[index];
    const auto packet = update_packet(options_.zone, *changes_[index], id);
    state.tsig.emplace(options_.key);
    auto octets = packet ? state.tsig->sign(*packet) : Octets{};
    if (octets.empty()) state.outcome = fail(unfit(server_));
    return octets;
  }

  bool take(std::size_t index, const Octets& octets) {
    auto& state = states_[index];
    const auto answer = accept_signed(octets, *state.tsig, server_, Operation::update);
    if (answer && !answers_update(**answer)) return false;
    state.outcome = answer ? Outcome{} : fail(answer.error());
    return true;
  }

  const Rfc2136Options& options_;
  const Interrupt& interrupt_;
  UpdateServer server_;
  std::vector<const Change*> changes_;
  std::vector<State> states_;
  TransportError broken_;
};

}  // namespace

std::string Rfc2136Provider::describe() const { return "rfc2136 " + options_.server.to_string(); }

Result<bool, ProviderError> Rfc2136Provider::is_signed() {
  const auto answers =
      ask(options_, interrupt_, {{options_.zone, QuestionType::dnskey}, {options_.zone, QuestionType::soa}},
          {.dnssec_ok = true});
  if (!answers) return fail(answers.error());
  return answers->at(0).has_records && answers->at(1).has_signatures;
}

Result<RecordSet, ProviderError> Rfc2136Provider::read(std::span<const RecordName> names) {
  std::vector<Question> questions;
  for (const auto& name : names) {
    for (const auto type : published_types) questions.push_back({name, question_type(type)});
  }
  auto answers = ask(options_, interrupt_, questions, {});
  if (!answers) return fail(answers.error());
  RecordSet records;
  for (auto& answer : *answers) records.merge(answer.records);
  return records;
}

Result<RecordSet, ProviderError> Rfc2136Provider::read_all() {
  return transfer_zone(options_, server_of(options_), interrupt_);
}

Result<void, ProviderError> Rfc2136Provider::apply(const Change& change) {
  if (change.empty()) return {};
  return Updates(options_, interrupt_, {&change}).send(1).front();
}

/// Knot 3.2 makes one transaction of the updates that wait: where it refuses one of them, its neighbours fail with it
/// by SERVFAIL. So these are sent again, without it, as long as that helps any; else the trouble is the server's own.
std::vector<Result<void, ProviderError>> Rfc2136Provider::apply_each(std::span<const Change> changes) {
  std::vector<Outcome> outcomes(changes.size());
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < changes.size(); ++i) left.push_back(i);
  while (!left.empty()) {
    std::vector<const Change*> sent;
    for (const auto i : left) sent.push_back(&changes[i]);
    Updates updates(options_, interrupt_, std::move(sent));
    auto results = updates.send(options_.updates_in_flight);
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (updates.failed_in_the_server(i)) again.push_back(left[i]);
      outcomes[left[i]] = std::move(results[i]);
    }
    if (again.size() == left.size()) break;
    left = std::move(again);
  }
  return outcomes;
}

}  // namespace sisu::relay::naming
