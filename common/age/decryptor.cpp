#include "common/age/decryptor.hpp"

#include "common/age/hkdf.hpp"

#include <algorithm>
#include <cstring>

namespace sisu::age {
namespace {

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<std::string_view, Error> Decryptor::next(std::string_view& file) {
  if (failure_) return fail(*failure_);
  return kept(advance(file));
}

Result<std::string_view, Error> Decryptor::finish() {
  if (failure_) return fail(*failure_);
  switch (step_) {
    case Step::header:
    case Step::nonce:
      return kept(fail(Error::header_cut_off));
    case Step::chunks:
      return kept(open_last_chunk());
    case Step::ended:
      break;
  }
  return std::string_view{};
}

/// A failure stays, and what was read so far goes.
Result<std::string_view, Error> Decryptor::kept(Result<std::string_view, Error> result) {
  if (result) return result;
  failure_ = result.error();
  payload_.reset();
  parser_.reset();
  return result;
}

Result<std::string_view, Error> Decryptor::advance(std::string_view& file) {
  if (file.empty()) return std::string_view{};
  switch (step_) {
    case Step::header:
      if (const auto read = read_header(file); !read) return fail(read.error());
      break;
    case Step::nonce:
      read_nonce(file);
      break;
    case Step::chunks:
      return read_chunk(file);
    case Step::ended:
      return fail(Error::trailing_data);
  }
  return std::string_view{};
}

Result<void, Error> Decryptor::read_header(std::string_view& file) {
  const auto complete = parser_->next(file);
  if (!complete) return fail(complete.error());
  if (!*complete) return {};
  auto key = open_header(parser_->header(), identities_);
  if (!key) return fail(key.error());
  file_key_ = std::move(*key);
  parser_.reset();
  step_ = Step::nonce;
  return {};
}

void Decryptor::read_nonce(std::string_view& file) {
  const auto taken = std::min(payload_nonce_bytes - nonce_.size(), file.size());
  nonce_ += file.substr(0, taken);
  file.remove_prefix(taken);
  if (nonce_.size() < payload_nonce_bytes) return;
  payload_.emplace(
      hkdf(file_key_.bytes(), {reinterpret_cast<const std::uint8_t*>(nonce_.data()), nonce_.size()}, "payload"));
  file_key_ = FileKey{};
  step_ = Step::chunks;
}

Result<std::string_view, Error> Decryptor::read_chunk(std::string_view& file) {
  const auto taken = std::min(sealed_chunk_bytes - payload_->filled, file.size());
  std::memcpy(payload_->sealed.bytes().data() + payload_->filled, file.data(), taken);
  payload_->filled += taken;
  file.remove_prefix(taken);
  if (payload_->filled < sealed_chunk_bytes) return std::string_view{};
  return open_full_chunk();
}

/// Nearly always more chunks follow; that it is the last is tried where that is not so.
Result<std::string_view, Error> Decryptor::open_full_chunk() {
  payload_->filled = 0;
  if (payload_->cipher.open(ChunkPlace::more_follow, payload_->sealed.bytes(), payload_->plain.bytes()))
    return as_text(payload_->plain.bytes());
  if (!payload_->cipher.open(ChunkPlace::last, payload_->sealed.bytes(), payload_->plain.bytes()))
    return fail(Error::damaged_chunk);
  step_ = Step::ended;
  return as_text(payload_->plain.bytes());
}

Result<std::string_view, Error> Decryptor::open_last_chunk() {
  if (payload_->filled < tag_bytes) return fail(Error::payload_cut_off);
  const auto sealed = payload_->sealed.bytes().first(payload_->filled);
  const auto plain = payload_->plain.bytes().first(payload_->filled - tag_bytes);
  if (!payload_->cipher.open(ChunkPlace::last, sealed, plain)) return fail(Error::damaged_chunk);
  // "MUST NOT be empty unless the whole payload is empty" (age-encryption.org/v1, "Payload").
  if (plain.empty() && payload_->cipher.chunks() != 1) return fail(Error::empty_last_chunk);
  step_ = Step::ended;
  return as_text(plain);
}

}  // namespace sisu::age
