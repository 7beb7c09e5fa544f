// A server engine with a policy and a sink that are plain values: what transcripts and tests of the engine talk to.
#pragma once

#include "common/smtp/server_engine.hpp"
#include "tests/support/transcript.hpp"
#include "tests/unit/smtp/directives.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sisu::smtp {

class EngineSubject final : public test::TranscriptSubject {
 public:
  explicit EngineSubject(StartTls starttls = StartTls::offered, ServerLimits limits = {});

  std::string say(std::string_view bytes) override;
  std::string direct(std::string_view directive) override;

  ServerEngine& engine() { return *engine_; }
  bool closed() const { return closed_; }
  bool wants_tls() const { return wants_tls_; }
  /// Messages completed with a 2xx, not yet asked for by `! stored`.
  std::deque<std::string>& stored() { return stored_; }
  std::size_t largest_piece() const { return largest_piece_; }

 private:
  void work();
  bool obey(const ServerEvent& event);
  void answer(const std::optional<Reply>& refusal);
  void take(std::string_view bytes);
  void finish();
  std::string set_option(std::string_view directive);
  std::string expect_stored(std::string_view text);

  SubjectOptions options_;
  std::unique_ptr<ServerEngine> engine_;
  std::map<std::string, Reply> faults_;  // by step: sender, recipient, begin, write, commit
  std::optional<std::string> open_;      // the message that is coming in
  std::deque<std::string> stored_;
  std::size_t largest_piece_ = 0;
  bool wants_tls_ = false;
  bool closed_ = false;
  bool begun_ = false;
};

}  // namespace sisu::smtp
