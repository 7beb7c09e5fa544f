// Reading the lines of proto/naming.md. Every member is checked for its type and its limit before it is used; members
// that are not known are skipped.
#include "proto/naming_messages.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

namespace sisu::proto::naming {
namespace {

using Json = nlohmann::json;

constexpr std::size_t member_limit = 64;
/// What is read of a text for people: the writer cuts at text_limit bytes, and a replaced byte becomes three.
constexpr std::size_t read_text_limit = 3 * text_limit;

/// The members of one object, taken out one by one. The first that is wrong is remembered; what is taken after it is
/// empty and means nothing.
class Members {
 public:
  Members(const Json& object, std::string path, std::optional<std::string>& wrong)
      : object_(object), path_(std::move(path)), wrong_(wrong) {
    if (!object.is_object()) refuse("");
  }

  std::string text(const char* name, std::size_t limit) {
    const Json* member = find(name);
    if (!member || !member->is_string()) return refuse(name), std::string();
    const auto& value = member->get_ref<const std::string&>();
    if (value.size() > limit || value.find('\0') != value.npos) return refuse(name), std::string();
    return value;
  }

  std::string word(const char* name, std::size_t limit) {
    auto value = text(name, limit);
    if (value.empty()) refuse(name);
    return value;
  }

  std::string word_of(const char* name, std::size_t least, std::size_t limit, std::string_view characters) {
    auto value = text(name, limit);
    if (value.size() < least || value.find_first_not_of(characters) != value.npos) refuse(name);
    return value;
  }

  /// As word(); a member that is missing is empty.
  std::string optional_word(const char* name, std::size_t limit) {
    return find(name) ? word(name, limit) : std::string();
  }

  template <class Number>
  Number number(const char* name, Number limit) {
    const Json* member = find(name);
    if (!member || !member->is_number_unsigned() || member->get<std::uint64_t>() > static_cast<std::uint64_t>(limit))
      return refuse(name), Number{};
    return member->get<Number>();
  }

  bool flag(const char* name) {
    const Json* member = find(name);
    if (!member || !member->is_boolean()) return refuse(name), false;
    return member->get<bool>();
  }

  /// Calls `take(element, path of the element)` for each of at most `limit`.
  template <class Take>
  void list(const char* name, std::size_t limit, Take take) {
    const Json* member = find(name);
    if (!member || !member->is_array() || member->size() > limit) return refuse(name);
    for (std::size_t i = 0; i < member->size() && !wrong_; ++i)
      take((*member)[i], path_ + '.' + name + '[' + std::to_string(i) + ']');
  }

  void refuse(const char* name) {
    if (!wrong_) wrong_ = *name ? path_ + '.' + name : path_;
  }

 private:
  const Json* find(const char* name) const {
    const auto member = object_.find(name);
    return member == object_.end() ? nullptr : &*member;
  }

  const Json& object_;
  std::string path_;
  std::optional<std::string>& wrong_;
};

constexpr std::string_view digest_characters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view hex_characters = "0123456789abcdef";
constexpr std::size_t sha256_digits = 64;

std::chrono::seconds seconds_of(Members& from, const char* name) {
  return std::chrono::seconds(from.number<std::int64_t>(name, std::numeric_limits<std::int32_t>::max()));
}

void read(Members& from, Hello& hello) {
  hello.version = from.number<int>("version", std::numeric_limits<int>::max());
  hello.zone = from.optional_word("zone", name_limit);
}

void read(Members& from, Record& record) {
  record.name = from.word("name", name_limit);
  record.type = from.word("type", type_limit);
  record.ttl = from.number<std::uint32_t>("ttl", ttl_limit);
  record.value = from.word("value", value_limit);
}

void read(Members& from, Set& set, std::optional<std::string>& wrong) {
  set.owner = from.word("owner", name_limit);
  set.digest = from.word_of("digest", 1, digest_limit, digest_characters);
  from.list("records", records_limit, [&](const Json& element, std::string path) {
    Members members(element, std::move(path), wrong);
    read(members, set.records.emplace_back());
  });
}

void read(Members& from, Watch& watch) { watch.owner = from.word("owner", name_limit); }

void read(Members& from, Ask& ask) {
  const auto what = from.word("what", type_limit);
  for (const auto known : {Ask::What::sync, Ask::What::diff, Ask::What::check, Ask::What::prune}) {
    if (what == to_string(known)) {
      ask.what = known;
      return;
    }
  }
  from.refuse("what");
}

void read(Members& from, ServiceHello& hello) {
  hello.version = from.number<int>("version", std::numeric_limits<int>::max());
  hello.zone = from.word("zone", name_limit);
  hello.provider = from.text("provider", read_text_limit);
  hello.is_signed = from.flag("signed");
}

void read(Members& from, State& state, std::optional<std::string>& wrong) {
  state.owner = from.word("owner", name_limit);
  state.digest = from.word_of("digest", 0, digest_limit, digest_characters);
  state.live = from.flag("live");
  state.live_for = seconds_of(from, "live_for");
  from.list("tlsa", records_limit, [&](const Json& element, std::string path) {
    Members members(element, std::move(path), wrong);
    auto sha256 = members.word_of("sha256", sha256_digits, sha256_digits, hex_characters);
    const auto live_for = seconds_of(members, "live_for");
    state.tlsa.push_back({std::move(sha256), live_for});
  });
  state.problem = from.text("problem", read_text_limit);
}

Finding::Kind finding_kind(std::string_view name) {
  using enum Finding::Kind;
  for (const auto kind : {missing, surplus, foreign, ttl, unsigned_zone, bogus, unreachable, added, removed}) {
    if (name == to_string(kind)) return kind;
  }
  return unknown;
}

void read(Members& from, Finding& finding) {
  finding.owner = from.text("owner", name_limit);
  finding.kind = finding_kind(from.word("kind", type_limit));
  finding.where = from.text("where", read_text_limit);
  finding.record = from.text("record", read_text_limit);
}

void read(Members& from, Done& done) {
  done.findings = from.number<std::uint32_t>("findings", std::numeric_limits<std::uint32_t>::max());
  done.problem = from.text("problem", read_text_limit);
}

void read(Members& from, Problem& problem) { problem.what = from.text("what", read_text_limit); }

void read(Members&, Complete&) {}

template <class Message>
Result<Message, LineError> parse_body(const Json& body, const std::string& kind) {
  std::optional<std::string> wrong;
  Members members(body, kind, wrong);
  Message message;
  if (!wrong) {
    if constexpr (requires { read(members, message, wrong); })
      read(members, message, wrong);
    else
      read(members, message);
  }
  if (wrong) return fail(LineError{.kind = LineError::Kind::bad_member, .member = *wrong});
  return message;
}

struct Parsed {
  Json object;
  std::string kind;
  const Json& body() const { return object.begin().value(); }
};

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return text.substr(0, member_limit);
}

Result<Parsed, LineError> parse_line(std::string_view line) {
  if (line.size() > line_limit) return fail(LineError{LineError::Kind::too_long});
  Parsed parsed{.object = Json::parse(line, nullptr, /*allow_exceptions=*/false), .kind = {}};
  if (!parsed.object.is_object()) return fail(LineError{LineError::Kind::not_an_object});
  if (parsed.object.size() != 1) return fail(LineError{LineError::Kind::not_one_member});
  parsed.kind = parsed.object.begin().key();
  return parsed;
}

LineError unknown_kind(const std::string& kind) {
  return {.kind = LineError::Kind::unknown_kind, .member = printable(kind)};
}

}  // namespace

Result<Request, LineError> parse_request(std::string_view line) {
  const auto parsed = parse_line(line);
  if (!parsed) return fail(parsed.error());
  const auto& kind = parsed->kind;
  if (kind == "hello") return parse_body<Hello>(parsed->body(), kind);
  if (kind == "set") return parse_body<Set>(parsed->body(), kind);
  if (kind == "complete") return parse_body<Complete>(parsed->body(), kind);
  if (kind == "watch") return parse_body<Watch>(parsed->body(), kind);
  if (kind == "ask") return parse_body<Ask>(parsed->body(), kind);
  return fail(unknown_kind(kind));
}

Result<Answer, LineError> parse_answer(std::string_view line) {
  const auto parsed = parse_line(line);
  if (!parsed) return fail(parsed.error());
  const auto& kind = parsed->kind;
  if (kind == "hello") return parse_body<ServiceHello>(parsed->body(), kind);
  if (kind == "state") return parse_body<State>(parsed->body(), kind);
  if (kind == "finding") return parse_body<Finding>(parsed->body(), kind);
  if (kind == "done") return parse_body<Done>(parsed->body(), kind);
  if (kind == "problem") return parse_body<Problem>(parsed->body(), kind);
  return fail(unknown_kind(kind));
}

}  // namespace sisu::proto::naming
