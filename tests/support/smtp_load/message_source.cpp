#include "tests/support/smtp_load/message_source.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <numeric>

namespace sisu::load {
namespace {

constexpr std::size_t line_octets = 76;

/// SplitMix64: quick, and good enough to make no two messages alike.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(seed * 0x9e3779b97f4a7c15ULL + stream) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

std::optional<std::size_t> parse_size(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "k") value *= 1024;
  if (unit == "m") value *= 1024 * 1024;
  if (!unit.empty() && unit != "k" && unit != "m") return std::nullopt;
  return value;
}

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char octet : digest) {
    text += digits[octet >> 4];
    text += digits[octet & 15U];
  }
  return text;
}

void append_letters(std::string& out, std::size_t count, Random& random) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";
  while (count > 0) {
    std::uint64_t bits = random.next();
    for (int i = 0; i < 10 && count > 0; ++i, --count, bits >>= 6) out += letters[bits & 63U];
  }
}

/// Lines until `octets` are full, the last one with its CRLF. Dots at the start of lines, and lines of one dot, are
/// what a sender must double.
void append_body(std::string& out, std::size_t octets, Random& random) {
  while (out.size() < octets) {
    const std::size_t left = octets - out.size();
    std::size_t length = std::min(line_octets, left - 2);
    const std::uint64_t kind = random.next() % 64;
    if (kind == 0) length = std::min(length, std::size_t{1});
    if (left - length - 2 == 1) length += length > 0 ? std::size_t(-1) : 1;  // one octet holds no line end
    const std::size_t start = out.size();
    append_letters(out, length, random);
    if (kind < 4 && length > 0) out[start] = '.';
    out += "\r\n";
  }
}

}  // namespace

std::optional<SizeMix::Share> SizeMix::parse_share(std::string_view text) {
  Share share{.count = 1, .least = 0, .most = 0};
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const auto count = parse_size(text.substr(0, colon));
    if (!count || *count == 0) return std::nullopt;
    share.count = *count;
    text.remove_prefix(colon + 1);
  }
  const auto dash = text.find('-');
  const auto least = parse_size(text.substr(0, dash));
  const auto most = dash == std::string_view::npos ? least : parse_size(text.substr(dash + 1));
  if (!least || !most || *least < least_message_octets || *most < *least) return std::nullopt;
  share.least = *least;
  share.most = *most;
  return share;
}

std::optional<SizeMix> SizeMix::parse(std::string_view text) {
  SizeMix mix;
  for (;;) {
    const auto comma = text.find(',');
    const auto share = parse_share(text.substr(0, comma));
    if (!share) return std::nullopt;
    mix.shares_.push_back(*share);
    mix.total_ += share->count;
    if (comma == std::string_view::npos) return mix;
    text.remove_prefix(comma + 1);
  }
}

std::size_t SizeMix::size_of(std::uint64_t number, std::uint64_t seed) const {
  // A step without a common factor with the total visits every place once in a round, far from its neighbours.
  std::uint64_t step = total_ * 618 / 1000 + 1;
  while (std::gcd(step, total_) != 1) ++step;
  std::uint64_t place = number % total_ * step % total_;
  for (const Share& share : shares_) {
    if (place < share.count) return share.least + Random(seed, number).next() % (share.most - share.least + 1);
    place -= share.count;
  }
  return shares_.back().most;
}

Message make_message(std::uint64_t number, std::uint64_t seed, std::size_t octets) {
  Message message{.number = number, .bytes = {}, .sha256 = {}};
  message.bytes.reserve(octets);
  const std::string id = std::to_string(seed) + "." + std::to_string(number);
  message.bytes = "Message-Id: <" + id +
                  "@load.example>\r\nFrom: Load <load@load.example>\r\nTo: Somebody <somebody@example>\r\n" +
                  "Date: Fri, 20 Nov 2026 09:00:00 +0000\r\nSubject: load " + id + "\r\nMIME-Version: 1.0\r\n" +
                  "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
  Random random(seed, ~number);
  append_body(message.bytes, octets, random);
  message.sha256 = sha256_of(message.bytes);
  return message;
}

}  // namespace sisu::load
