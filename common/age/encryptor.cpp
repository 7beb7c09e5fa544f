#include "common/age/encryptor.hpp"

#include "common/age/hkdf.hpp"
#include "common/base/expects.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace sisu::age {

Result<Encryptor, Error> Encryptor::create(std::span<const Recipient> recipients, const Random& random) {
  if (recipients.empty()) return fail(Error::no_recipients);
  if (recipients.size() > Limits::stanzas) return fail(Error::too_many_recipients);
  FileKey file_key;
  random(file_key.bytes());
  std::vector<Stanza> stanzas;
  for (const Recipient& recipient : recipients) stanzas.push_back(wrap(recipient, file_key, random));
  std::array<std::uint8_t, payload_nonce_bytes> nonce{};
  random(nonce);
  std::string head = format_header(stanzas, file_key);
  head.append(nonce.begin(), nonce.end());
  return Encryptor(std::move(head), hkdf(file_key.bytes(), nonce, "payload"));
}

Encryptor::Encryptor(std::string head, const Secret<32>& payload_key)
    : head_(std::move(head)), cipher_(payload_key), chunk_(sealed_chunk_bytes) {}

std::string_view Encryptor::begin() {
  expects(step_ == Step::begin, "begin() once and first");
  step_ = Step::payload;
  return head_;
}

std::string_view Encryptor::next(std::string_view& plaintext) {
  expects(step_ == Step::payload, "next() between begin() and finish()");
  if (plaintext.empty()) return {};
  if (filled_ == chunk_bytes) return seal(ChunkPlace::more_follow, chunk_.bytes().first(chunk_bytes));
  const auto taken = std::min(chunk_bytes - filled_, plaintext.size());
  std::memcpy(chunk_.bytes().data() + filled_, plaintext.data(), taken);
  filled_ += taken;
  plaintext.remove_prefix(taken);
  return {};
}

std::string_view Encryptor::finish() {
  expects(step_ == Step::payload, "finish() once, after begin()");
  step_ = Step::finished;
  return seal(ChunkPlace::last, chunk_.bytes().first(filled_));
}

std::string_view Encryptor::seal(ChunkPlace place, std::span<const std::uint8_t> plain) {
  const auto sealed = chunk_.bytes().first(plain.size() + tag_bytes);
  cipher_.seal(place, plain, sealed);
  filled_ = 0;
  return {reinterpret_cast<const char*>(sealed.data()), sealed.size()};
}

std::uint64_t Encryptor::file_size(std::uint64_t plaintext) const {
  const std::uint64_t chunks = plaintext == 0 ? 1 : (plaintext + chunk_bytes - 1) / chunk_bytes;
  return head_.size() + plaintext + chunks * tag_bytes;
}

}  // namespace sisu::age
