#include "common/tls/tls_stream.hpp"

#include "common/base/expects.hpp"
#include "common/tls/openssl_error.hpp"
#include "common/tls/stream_bio.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <openssl/err.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sisu::tls {
namespace {

/// Plain bytes given to OpenSSL before their records are written: four records, so that ciphertext in memory stays
/// bounded however much the caller writes at once.
constexpr std::size_t write_slice = 4 * std::size_t{16384};

class OpensslStream final : public TlsStream {
 public:
  OpensslStream(net::ByteStream& below, Context context, Role role, const std::string& server_name);

  asio::any_io_executor executor() override { return below_.executor(); }
  asio::awaitable<void> handshake() override;
  asio::awaitable<std::size_t> read_some(std::span<char> out) override;
  asio::awaitable<void> write(std::string_view bytes) override;
  asio::awaitable<void> finish() override;
  void close() noexcept override;

  std::string version() const override { return ::SSL_get_version(ssl_.get()); }
  std::string cipher() const override { return ::SSL_get_cipher_name(ssl_.get()); }
  bool resumed() const override { return ::SSL_session_reused(ssl_.get()) == 1; }

 private:
  enum class Progress { done, wants_bytes, peer_finished, failed };

  Progress progress_of(int result, const char* doing);
  Progress read_record(std::span<char> out, std::size_t& stored);
  asio::awaitable<void> fill();
  asio::awaitable<void> flush();
  asio::awaitable<void> send_alert();

  /// Holds the right to write to below_. However it ends, who waits for its end is woken.
  class FlushTurn {
   public:
    explicit FlushTurn(OpensslStream& stream) : stream_(stream) { stream_.flushing_ = true; }
    FlushTurn(const FlushTurn&) = delete;
    FlushTurn& operator=(const FlushTurn&) = delete;
    ~FlushTurn() {
      stream_.flushing_ = false;
      if (!succeeded_) stream_.cut_ = true;
      stream_.flush_done_.cancel();
    }
    void succeeded() { succeeded_ = true; }

   private:
    OpensslStream& stream_;
    bool succeeded_ = false;
  };

  net::ByteStream& below_;
  Context context_;
  Ciphertext ciphertext_;
  SslHandle ssl_;
  std::string in_flight_;          // what below_.write() is working on; ciphertext_.outgoing() collects meanwhile
  bool flushing_ = false;          // below_ takes one writer at a time
  asio::steady_timer flush_done_;  // never expires; cancelled whenever flushing_ ends
  bool cut_ = false;               // a write below failed or was cancelled: a record may be torn, nothing may follow
  bool finished_ = false;
  std::optional<std::system_error> failure_;  // sticky: OpenSSL forgets the reason after the first report
};

OpensslStream::OpensslStream(net::ByteStream& below, Context context, Role role, const std::string& server_name)
    : below_(below), context_(std::move(context)), ssl_(::SSL_new(context_.get())), flush_done_(below.executor()) {
  expects(ssl_ != nullptr, "memory for a TLS connection");
  flush_done_.expires_at(asio::steady_timer::time_point::max());
  BIO* bio = ciphertext_.make_bio().release();
  ::SSL_set_bio(ssl_.get(), bio, bio);  // takes the one reference for both directions
  if (role == Role::server) {
    ::SSL_set_accept_state(ssl_.get());
    return;
  }
  ::SSL_set_connect_state(ssl_.get());
  if (server_name.empty()) return;
  SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
  ::SSL_set1_host(ssl_.get(), server_name.c_str());
}

OpensslStream::Progress OpensslStream::progress_of(int result, const char* doing) {
  if (result > 0) return Progress::done;
  const int kind = ::SSL_get_error(ssl_.get(), result);
  if (kind == SSL_ERROR_WANT_READ) return Progress::wants_bytes;
  if (kind == SSL_ERROR_ZERO_RETURN) return Progress::peer_finished;
  failure_ = take_error(doing);
  return Progress::failed;
}

asio::awaitable<void> OpensslStream::handshake() {
  for (;;) {
    ::ERR_clear_error();
    const Progress progress = progress_of(::SSL_do_handshake(ssl_.get()), "TLS handshake");
    if (progress == Progress::failed) {
      co_await send_alert();
      throw *failure_;
    }
    co_await flush();
    if (progress == Progress::done) co_return;
    if (progress == Progress::peer_finished) throw std::system_error(asio::error::eof, "TLS handshake");
    co_await fill();
  }
}

/// One call of OpenSSL: at most one record.
OpensslStream::Progress OpensslStream::read_record(std::span<char> out, std::size_t& stored) {
  if (failure_) return Progress::failed;
  ::ERR_clear_error();
  return progress_of(::SSL_read_ex(ssl_.get(), out.data(), out.size(), &stored), "TLS");
}

asio::awaitable<std::size_t> OpensslStream::read_some(std::span<char> out) {
  expects(!out.empty(), "room for at least one byte");
  std::size_t total = 0;
  for (;;) {
    std::size_t stored = 0;
    const Progress progress = read_record(out.subspan(total), stored);
    total += stored;
    // More records that are here already are worth taking: a caller with a large buffer is resumed less often.
    if (progress == Progress::done && total < out.size()) continue;
    if (progress == Progress::failed) {
      co_await send_alert();
    } else if (!ciphertext_.outgoing().empty()) {
      co_await flush();
    }
    if (total > 0) co_return total;  // what ended the loop is reported by the next call
    if (progress == Progress::peer_finished) co_return 0;
    if (progress == Progress::failed) throw *failure_;
    co_await fill();
  }
}

asio::awaitable<void> OpensslStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, write_slice);
    std::size_t taken = 0;
    ::ERR_clear_error();
    const int result = ::SSL_write_ex(ssl_.get(), slice.data(), slice.size(), &taken);
    if (result != 1) throw take_error("TLS");  // the queue takes everything: it never asks to try again
    bytes.remove_prefix(taken);
    // A record a call (SSL_MODE_ENABLE_PARTIAL_WRITE): gather some before the layer below is troubled.
    if (bytes.empty() || ciphertext_.outgoing().size() >= write_slice) co_await flush();
  }
}

asio::awaitable<void> OpensslStream::fill() {
  const std::size_t count = co_await below_.read_some(ciphertext_.space());
  ciphertext_.filled(count);
}

/// Completes when everything that was queued has been taken by the layer below, by whomever.
asio::awaitable<void> OpensslStream::flush() {
  while (flushing_ || !ciphertext_.outgoing().empty()) {
    if (flushing_) {
      co_await flush_done_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
      continue;
    }
    if (cut_) throw std::system_error(asio::error::broken_pipe, "TLS");
    if (finished_) {  // close_notify was the last word (RFC 8446 6.1)
      ciphertext_.outgoing().clear();
      co_return;
    }
    FlushTurn turn(*this);
    in_flight_.clear();
    in_flight_.swap(ciphertext_.outgoing());
    co_await below_.write(in_flight_);
    turn.succeeded();
  }
  if (cut_) throw std::system_error(asio::error::broken_pipe, "TLS");
}

/// The failure itself is what the caller hears of; that the alert could not be sent adds nothing.
asio::awaitable<void> OpensslStream::send_alert() {
  try {
    co_await flush();
  } catch (const std::system_error&) {
    ciphertext_.outgoing().clear();
  }
}

asio::awaitable<void> OpensslStream::finish() {
  if (finished_) co_return;
  ::ERR_clear_error();
  if (!failure_) ::SSL_shutdown(ssl_.get());  // queues close_notify; does not wait for the peer's
  co_await flush();
  finished_ = true;
  co_await below_.finish();
}

void OpensslStream::close() noexcept {
  finished_ = true;
  ciphertext_.outgoing().clear();
  below_.close();
}

}  // namespace

std::unique_ptr<TlsStream> TlsStream::create(net::ByteStream& below, Context context, Role role,
                                             const std::string& server_name) {
  return std::make_unique<OpensslStream>(below, std::move(context), role, server_name);
}

}  // namespace sisu::tls
