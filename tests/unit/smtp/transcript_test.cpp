// Every story of tests/transcripts/smtp_server: whole, octet by octet, and cut after every step.
#include "tests/unit/smtp/engine_subject.hpp"

#include <gtest/gtest.h>

namespace sisu::smtp {
namespace {

constexpr std::size_t whole = SIZE_MAX;

const std::vector<test::Transcript>& stories() {
  static const auto all = test::load_transcripts(SISUMAIL_TESTS_DIR "/transcripts/smtp_server");
  return all;
}

class ServerTranscript : public testing::TestWithParam<test::Transcript> {};

TEST_P(ServerTranscript, goes_as_written_when_sent_whole) {
  EngineSubject server;
  EXPECT_EQ(replay(GetParam(), server, whole, whole), "");
}

TEST_P(ServerTranscript, goes_as_written_octet_by_octet) {
  EngineSubject server;
  EXPECT_EQ(replay(GetParam(), server, 1, whole), "");
}

TEST_P(ServerTranscript, goes_as_written_up_to_every_cut) {
  for (std::size_t steps = 0; steps < GetParam().steps.size(); ++steps) {
    EngineSubject server;
    EXPECT_EQ(replay(GetParam(), server, 7, steps), "");
  }
}

INSTANTIATE_TEST_SUITE_P(SmtpServer, ServerTranscript, testing::ValuesIn(stories()),
                         [](const auto& story) { return story.param.name; });

}  // namespace
}  // namespace sisu::smtp
