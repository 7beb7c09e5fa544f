// A sender for tests: says lines over any stream, waits for replies, begins TLS.
#pragma once

#include "common/net/byte_stream.hpp"
#include "common/tls/context.hpp"

#include <asio/awaitable.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

namespace sisu::client::test {

class SmtpTalk {
 public:
  explicit SmtpTalk(net::ByteStream& stream) : below_(stream), stream_(&stream) {}

  /// The next reply, all of its lines; empty when the server has ended the connection.
  asio::awaitable<std::string> reply() {
    std::string text;
    for (;;) {
      while (buffer_.find("\r\n") == std::string::npos) {
        std::array<char, 4096> bytes{};
        const std::size_t count = co_await stream_->read_some(bytes);
        if (count == 0) co_return text;
        buffer_.append(bytes.data(), count);
      }
      const std::string line = buffer_.substr(0, buffer_.find("\r\n") + 2);
      buffer_.erase(0, line.size());
      text += line;
      if (line.size() > 3 && line[3] != '-') co_return text;
    }
  }

  asio::awaitable<std::string> say(std::string line) {
    line += "\r\n";
    co_await stream_->write(line);
    std::string answer = co_await reply();
    co_return answer;
  }

  asio::awaitable<void> begin_tls() {
    const std::string answer = co_await say("STARTTLS");
    if (!answer.starts_with("220")) throw std::runtime_error("STARTTLS: " + answer);
    secured_ = tls::TlsStream::create(below_, tls::make_client_context(tls::Verify::none).value(),
                                      tls::TlsStream::Role::client);
    co_await secured_->handshake();
    stream_ = secured_.get();
  }

 private:
  net::ByteStream& below_;
  std::unique_ptr<tls::TlsStream> secured_;
  net::ByteStream* stream_;
  std::string buffer_;
};

}  // namespace sisu::client::test
