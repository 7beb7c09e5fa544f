#include "tests/support/transcript.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace sisu::test {
namespace {

using Kind = TranscriptStep::Kind;

char hex_octet(std::string_view digits) { return static_cast<char>(std::stoi(std::string(digits), nullptr, 16)); }

/// \r \n \t \0 \\ \xNN, and \{TEXT*N} for TEXT repeated N times.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const char kind = text[++i];
    if (kind == 'x') {
      plain += hex_octet(text.substr(i + 1, 2));
      i += 2;
    } else if (kind == '{') {
      const std::size_t end = text.find('}', i);
      const std::size_t star = text.rfind('*', end);
      for (int times = std::stoi(std::string(text.substr(star + 1, end - star - 1))); times > 0; --times) {
        plain += unescape(text.substr(i + 1, star - i - 1));
      }
      i = end;
    } else {
      const std::size_t known = std::string_view("rnt0\\").find(kind);
      if (known == std::string_view::npos) throw std::runtime_error("unknown escape");
      plain += std::string_view("\r\n\t\0\\", 5)[known];
    }
  }
  return plain;
}

TranscriptStep parse_step(std::string_view line, int number) {
  const std::string_view rest = line.size() > 3 ? line.substr(3) : std::string_view();
  if (line.starts_with("C:")) return {Kind::send, unescape(rest) + "\r\n", number};
  if (line.starts_with("C<")) return {Kind::send, unescape(rest), number};
  if (line.starts_with("S:")) return {Kind::expect, std::string(rest), number};
  if (line.starts_with("! ")) return {Kind::directive, unescape(line.substr(2)), number};
  throw std::runtime_error("a line begins with C:, C<, S:, ! or #");
}

bool matches(std::string_view line, std::string_view pattern) {
  if (!pattern.ends_with('*')) return line == pattern;
  pattern.remove_suffix(1);
  return line.starts_with(pattern);
}

/// Takes a line off `heard` and compares it.
std::string expect_line(std::string& heard, std::string_view pattern) {
  const std::size_t end = heard.find("\r\n");
  if (end == heard.npos) return "expected " + std::string(pattern) + ", heard nothing";
  const std::string line = heard.substr(0, end);
  heard.erase(0, end + 2);
  return matches(line, pattern) ? "" : "expected " + std::string(pattern) + ", heard " + line;
}

std::string say_in_chunks(TranscriptSubject& subject, std::string_view bytes, std::size_t chunk) {
  std::string heard;
  while (!bytes.empty()) {
    heard += subject.say(bytes.substr(0, chunk));
    bytes.remove_prefix(std::min(chunk, bytes.size()));
  }
  return heard;
}

}  // namespace

Transcript load_transcript(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  Transcript transcript{file.stem().string(), {}};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    try {
      transcript.steps.push_back(parse_step(line, number));
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return transcript;
}

std::vector<Transcript> load_transcripts(const std::filesystem::path& folder) {
  std::vector<Transcript> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") all.push_back(load_transcript(entry.path()));
  }
  if (all.empty()) throw std::runtime_error("no transcript in " + folder.string());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::string replay(const Transcript& transcript, TranscriptSubject& subject, std::size_t chunk, std::size_t steps) {
  std::string heard = subject.say("");
  std::string pending;  // lines that are sent together
  for (std::size_t i = 0; i < std::min(steps, transcript.steps.size()); ++i) {
    const auto& [kind, text, line] = transcript.steps[i];
    const std::string where = transcript.name + ":" + std::to_string(line) + ": ";
    if (kind == Kind::send) {
      if (!heard.empty()) return where + "not expected: " + heard;
      pending += text;
      continue;
    }
    heard += say_in_chunks(subject, std::exchange(pending, {}), chunk);
    const std::string problem = kind == Kind::expect ? expect_line(heard, text) : subject.direct(text);
    if (!problem.empty()) return where + problem;
    if (kind == Kind::directive) heard += subject.say("");
  }
  const bool whole = steps >= transcript.steps.size();
  if (whole && !heard.empty()) return transcript.name + ": not expected at the end: " + heard;
  return "";
}

}  // namespace sisu::test
