// The stories of tests/transcripts/smtp_server once more, now through the session, over a stream.
#include "tests/support/transcript.hpp"
#include "tests/unit/smtp/directives.hpp"
#include "tests/unit/smtp/session_fixture.hpp"

#include <gtest/gtest.h>

namespace sisu::smtp {
namespace {

constexpr std::size_t whole = SIZE_MAX;

class SessionSubject final : public test::TranscriptSubject {
 public:
  explicit SessionSubject(std::size_t max_read) : max_read_(max_read) { restart(); }

  std::string say(std::string_view bytes) override { return connection_->say(bytes); }

  std::string direct(std::string_view directive) override {
    if (is_option(directive)) return set_option(directive);
    const auto verb = directive.substr(0, directive.find(' '));
    if (verb == "refuse" || verb == "fail") return set_fault(parse_fault(directive)), "";
    if (verb == "accept") return clear_faults(), "";
    if (verb == "tls") return connection_->tls.upgrades == 1 ? "" : "no handshake took place";
    if (verb == "eof") return connection_->peer.push_end(), "";
    if (verb == "closed") return connection_->peer.is_finished() ? "" : "the connection is still open";
    if (verb == "nothing") return connection_->sink.stored.size() == named_ ? "" : "a message was stored";
    if (verb == "stored") return expect_stored(rest_of(directive));
    return "unknown directive";
  }

 private:
  void restart() {
    ServerConfig config;
    config.options = {"mail.example", options_.starttls};
    config.limits = options_.limits;
    connection_ = std::make_unique<Connection>(config);
    connection_->peer.max_read = max_read_;
  }

  std::string set_option(std::string_view directive) {
    const std::string problem = apply_option(directive, options_);
    restart();
    connection_->say("");  // the greeting has been heard
    return problem;
  }

  void set_fault(const Fault& fault) {
    if (fault.step == "sender") connection_->policy.refuse_sender = fault.reply;
    if (fault.step == "recipient") connection_->policy.refuse_recipient = fault.reply;
    if (fault.step == "begin") connection_->sink.fail_begin = fault.reply;
    if (fault.step == "write") connection_->sink.fail_write = fault.reply;
    if (fault.step == "commit") connection_->sink.fail_commit = fault.reply;
  }

  void clear_faults() {
    connection_->policy.refuse_sender.reset();
    connection_->policy.refuse_recipient.reset();
    connection_->sink.fail_begin.reset();
    connection_->sink.fail_write.reset();
    connection_->sink.fail_commit.reset();
  }

  std::string expect_stored(std::string_view text) {
    if (connection_->sink.stored.size() <= named_) return "no message was stored";
    const auto& message = connection_->sink.stored[named_++].text;
    return message == text ? "" : "stored is " + message;
  }

  std::size_t max_read_;
  SubjectOptions options_;
  std::size_t named_ = 0;
  std::unique_ptr<Connection> connection_;
};

class SessionTranscript : public testing::TestWithParam<test::Transcript> {};

TEST_P(SessionTranscript, goes_as_written_when_sent_whole) {
  SessionSubject server(test::PlayedStream::unlimited);
  EXPECT_EQ(replay(GetParam(), server, whole, whole), "");
}

TEST_P(SessionTranscript, goes_as_written_when_read_octet_by_octet) {
  SessionSubject server(1);
  EXPECT_EQ(replay(GetParam(), server, whole, whole), "");
}

// The fixture checks that nothing stays open when the connection breaks.
TEST_P(SessionTranscript, leaves_nothing_behind_when_cut_after_any_step) {
  for (std::size_t steps = 0; steps < GetParam().steps.size(); ++steps) {
    SessionSubject server(test::PlayedStream::unlimited);
    EXPECT_EQ(replay(GetParam(), server, whole, steps), "");
  }
}

INSTANTIATE_TEST_SUITE_P(SmtpServer, SessionTranscript,
                         testing::ValuesIn(test::load_transcripts(SISUMAIL_TESTS_DIR "/transcripts/smtp_server")),
                         [](const auto& story) { return story.param.name; });

}  // namespace
}  // namespace sisu::smtp
