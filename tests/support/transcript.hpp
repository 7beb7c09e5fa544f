// Transcripts of a dialogue, one file a story (tests/transcripts/README.md has the format), and their replay.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::test {

struct TranscriptStep {
  enum class Kind {
    send,       ///< `C:` and `C<`: octets of the client
    expect,     ///< `S:`: a line of the server, without CRLF; a '*' at its end stands for anything
    directive,  ///< `!`: what the text says
  };
  Kind kind;
  std::string text;
  int line = 0;
};

struct Transcript {
  std::string name;  ///< of the file, without its ending
  std::vector<TranscriptStep> steps;

  friend std::ostream& operator<<(std::ostream& out, const Transcript& transcript) { return out << transcript.name; }
};

/// Throws std::runtime_error with file and line for one that cannot be read.
Transcript load_transcript(const std::filesystem::path& file);
/// All *.txt of a folder, by name. At least one.
std::vector<Transcript> load_transcripts(const std::filesystem::path& folder);

/// What a transcript is replayed against.
class TranscriptSubject {
 public:
  virtual ~TranscriptSubject() = default;
  /// Gives the octets to the server and lets it work; what it has said since the last call.
  virtual std::string say(std::string_view bytes) = 0;
  /// Empty if the directive was obeyed and true, else what is wrong.
  virtual std::string direct(std::string_view directive) = 0;
};

/// Replays the first `steps` steps, sending at most `chunk` octets at a time. Empty if all went as written, else where
/// and how it did not.
std::string replay(const Transcript& transcript, TranscriptSubject& subject, std::size_t chunk, std::size_t steps);

}  // namespace sisu::test
