// Against a server that answers as each test says.
#include "relay/naming/transport/question_round.hpp"

#include "tests/support/name_server/program.hpp"
#include "tests/support/name_server/scripted_server.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace sisu::relay::naming {
namespace {

using test::answer_to;
using test::Answers;
using test::ScriptedServer;
using Transport = ScriptedServer::Transport;
using std::chrono::milliseconds;

Question question(int number) {
  return {RecordName::parse("u" + std::to_string(number) + ".example.org.").value(), QuestionType::a};
}

std::vector<Question> questions(int count) {
  std::vector<Question> all;
  for (int i = 0; i < count; ++i) all.push_back(question(i));
  return all;
}

Deadline in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

/// Which of questions(...) it is.
int number_of(const Octets& message) {
  return std::stoi(std::string(message.begin() + 14, message.begin() + 13 + message[12]));
}

Octets answered(const Octets& message) {
  const auto number = std::to_string(number_of(message));
  return answer_to(message, {.records = {"u" + number + ".example.org. 300 A 192.0.2.1"}});
}

/// For questions that are to have no answer; for the others there is time on a busy machine, too.
const RoundOptions patient{.answer_timeout = milliseconds{400}, .tries = 3, .window = 16};
const RoundOptions quick{.answer_timeout = milliseconds{30}, .tries = 3, .window = 16};

std::string why(const Reply& reply) { return reply ? "answered" : reply.error(); }

TEST(QuestionRound, each_question_gets_its_own_answer) {
  ScriptedServer server([](const Octets& message, Transport) { return Answers{answered(message)}; });
  const auto asked = questions(1'000);
  const auto replies = ask(server.endpoint(), asked, {}, in(milliseconds{20'000}));
  ASSERT_EQ(replies.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    ASSERT_TRUE(replies[i]) << replies[i].error();
    EXPECT_EQ(replies[i]->records.begin()->name, asked[i].name);
  }
}

TEST(QuestionRound, lost_questions_are_asked_again) {
  std::atomic<int> count = 0;
  ScriptedServer server(
      [&](const Octets& message, Transport) { return ++count % 3 == 0 ? Answers{} : Answers{answered(message)}; });
  const auto asked = questions(100);
  auto stubborn = quick;
  stubborn.tries = 100;
  for (const auto& reply : ask(server.endpoint(), asked, stubborn, in(milliseconds{20'000})))
    EXPECT_TRUE(reply) << reply.error();
  EXPECT_GT(count, 100);
}

TEST(QuestionRound, a_silent_server_is_soon_taken_for_dead) {
  std::atomic<std::size_t> count = 0;
  ScriptedServer server([&](const Octets&, Transport) {
    ++count;
    return Answers{};
  });
  const auto asked = questions(10'000);
  const auto replies = ask(server.endpoint(), asked, quick, in(milliseconds{60'000}));
  for (const auto& reply : replies) ASSERT_EQ(why(reply), "no answer");
  EXPECT_LE(count, quick.tries * quick.window);
}

TEST(QuestionRound, a_server_that_leaves_some_questions_out_is_not_dead) {
  ScriptedServer server([](const Octets& message, Transport) {
    return number_of(message) % 10 == 7 ? Answers{} : Answers{answered(message)};
  });
  const auto asked = questions(100);
  const auto replies = ask(server.endpoint(), asked, patient, in(milliseconds{60'000}));
  for (std::size_t i = 0; i < replies.size(); ++i) EXPECT_EQ(replies[i].has_value(), i % 10 != 7) << i;
}

TEST(QuestionRound, nobody_listening_is_known_at_once) {
  const auto asked = questions(1'000);
  const RoundOptions slow{.answer_timeout = milliseconds{600'000}};
  for (const auto& reply : ask(test::free_endpoint(), asked, slow, in(milliseconds{600'000})))
    ASSERT_EQ(why(reply), "connection refused");
}

TEST(QuestionRound, truncated_answers_are_fetched_over_tcp) {
  ScriptedServer server([](const Octets& message, Transport transport) {
    if (transport == Transport::udp && number_of(message) % 2 == 0)
      return Answers{answer_to(message, {.truncated = true})};
    return Answers{answered(message)};
  });
  const auto asked = questions(100);
  for (const auto& reply : ask(server.endpoint(), asked, patient, in(milliseconds{20'000}))) {
    ASSERT_TRUE(reply) << reply.error();
    EXPECT_EQ(reply->records.size(), 1U);
  }
}

TEST(QuestionRound, a_server_that_truncates_but_has_no_tcp_is_told) {
  ScriptedServer server([](const Octets& message, Transport transport) {
    return transport == Transport::tcp ? Answers{} : Answers{answer_to(message, {.truncated = true})};
  });
  const auto asked = questions(3);
  for (const auto& reply : ask(server.endpoint(), asked, patient, in(milliseconds{20'000})))
    EXPECT_NE(why(reply).find("no long answer over TCP"), std::string::npos) << why(reply);
}

TEST(QuestionRound, answers_that_do_not_fit_are_not_believed) {
  const std::function<Octets(Octets)> wrong[] = {
      [](Octets message) { return answer_to(message, {}); },  // the control: this one fits
      [](Octets message) { return message; },                 // the question itself
      [](Octets message) { return Octets(message.begin(), message.begin() + 2); },
      [](Octets message) { return Octets(message.begin(), message.begin() + 20); },
      [](Octets message) {  // another name
        ++message[13];
        return answer_to(message, {});
      },
      [](Octets message) {  // another id
        message[0] ^= 0xFFU;
        return answer_to(message, {});
      },
      [](Octets message) {  // octets behind the end
        auto answer = answer_to(message, {});
        answer.push_back(0);
        return answer;
      },
      [](Octets message) {  // an update
        auto answer = answer_to(message, {});
        answer[2] |= 5U << 3;
        return answer;
      },
  };
  for (std::size_t i = 0; i < std::size(wrong); ++i) {
    ScriptedServer server([&](const Octets& message, Transport) { return Answers{wrong[i](message)}; });
    const auto asked = questions(1);
    const auto replies = ask(server.endpoint(), asked, i == 0 ? patient : quick, in(milliseconds{20'000}));
    EXPECT_EQ(replies[0].has_value(), i == 0) << i;
    EXPECT_EQ(why(replies[0]).find(i == 0 ? "answered" : "no answer"), 0U) << why(replies[0]);
  }
}

TEST(QuestionRound, the_right_answer_counts_after_forged_ones) {
  ScriptedServer server([](const Octets& message, Transport) {
    Answers answers;
    for (int i = 1; i <= 50; ++i) {
      auto forged = answer_to(message, {.records = {"u0.example.org. 300 A 192.0.2.66"}});
      forged[1] = static_cast<std::uint8_t>(forged[1] + i);
      answers.push_back(forged);
    }
    answers.push_back(answered(message));
    return answers;
  });
  const auto asked = questions(1);
  const auto replies = ask(server.endpoint(), asked, {}, in(milliseconds{20'000}));
  ASSERT_TRUE(replies[0]);
  EXPECT_EQ(replies[0]->records.begin()->value, "192.0.2.1");
}

TEST(QuestionRound, nothing_lasts_longer_than_its_deadline) {
  ScriptedServer server(
      [](const Octets& message, Transport) { return number_of(message) < 3 ? Answers{answered(message)} : Answers{}; });
  const auto asked = questions(10);
  const RoundOptions endless{.answer_timeout = milliseconds{600'000}};
  const auto replies = ask(server.endpoint(), asked, endless, in(milliseconds{400}));
  EXPECT_TRUE(replies[0]);
  EXPECT_EQ(why(replies[9]), "no time left");
}

}  // namespace
}  // namespace sisu::relay::naming
