#include "common/tls/stream_bio.hpp"

#include "common/base/expects.hpp"

#include <algorithm>
#include <cstring>

namespace sisu::tls {

std::span<char> Ciphertext::space() {
  expects(!has_incoming(), "bytes from the peer consumed before more are read");
  if (incoming_.empty()) incoming_.resize(incoming_capacity);
  return incoming_;
}

void Ciphertext::filled(std::size_t count) {
  begin_ = 0;
  end_ = count;
  if (count == 0) peer_finished_ = true;
}

BioHandle Ciphertext::make_bio() {
  BioHandle bio(::BIO_new(method()));
  expects(bio != nullptr, "memory for a BIO");
  ::BIO_set_data(bio.get(), this);
  ::BIO_set_init(bio.get(), 1);
  return bio;
}

int Ciphertext::on_read(BIO* bio, char* out, int size) {
  auto& self = *static_cast<Ciphertext*>(::BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (!self.has_incoming()) {
    if (self.peer_finished_) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(static_cast<std::size_t>(size), self.end_ - self.begin_);
  std::memcpy(out, self.incoming_.data() + self.begin_, count);
  self.begin_ += count;
  return static_cast<int>(count);
}

int Ciphertext::on_write(BIO* bio, const char* bytes, int size) {
  auto& self = *static_cast<Ciphertext*>(::BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  self.outgoing_.append(bytes, static_cast<std::size_t>(size));
  return size;
}

long Ciphertext::on_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  const auto& self = *static_cast<Ciphertext*>(::BIO_get_data(bio));
  // OpenSSL tells a truncated stream from "no bytes yet" by BIO_CTRL_EOF; it gives up where a flush fails.
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return self.peer_finished_ && !self.has_incoming() ? 1 : 0;
  return 0;
}

const BIO_METHOD* Ciphertext::method() {
  // Never freed: lives as long as the program, like OpenSSL's own methods.
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sisumail stream");
    expects(fresh != nullptr, "memory for a BIO method");
    ::BIO_meth_set_read(fresh, &Ciphertext::on_read);
    ::BIO_meth_set_write(fresh, &Ciphertext::on_write);
    ::BIO_meth_set_ctrl(fresh, &Ciphertext::on_control);
    return fresh;
  }();
  return made;
}

}  // namespace sisu::tls
