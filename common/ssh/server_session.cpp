#include "common/ssh/server_session.hpp"

#include "common/net/address_conversion.hpp"
#include "common/net/deadline.hpp"
#include "common/ssh/channel_core.hpp"
#include "common/ssh/server_bind.hpp"
#include "common/ssh/session_driver.hpp"

#include <asio/error.hpp>
#include <libssh/callbacks.h>
#include <libssh/server.h>

#include <deque>
#include <system_error>

namespace sisu::ssh {
namespace {

std::string printable(const char* text) {
  std::string out;
  for (const char c : std::string_view(text ? text : "")) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out;
}

class Server final : public ServerSession, private DriverOwner, private ChannelRequests {
 public:
  Server(asio::ip::tcp::socket socket, const PrivateKey& host_key, ServerLimits limits, ServerSessionHandler& handler)
      : limits_(limits), handler_(handler), host_key_(host_key) {
    asio::error_code ignored;
    peer_ = net::from_asio(socket.remote_endpoint(ignored));
    driver_ = std::make_shared<SessionDriver>(std::move(socket));
  }

  ~Server() override {
    for (auto& [core, command] : started_) core->forget_requests();
    driver_->release();
  }

  asio::awaitable<void> log_in() override;
  asio::awaitable<std::string> run() override;
  asio::awaitable<std::unique_ptr<Channel>> open_forwarded(std::string address, std::uint16_t port,
                                                           Endpoint originator) override;
  asio::awaitable<bool> probe(std::chrono::steady_clock::duration limit) override;
  void disconnect(std::string_view reason) noexcept override { driver_->disconnect(reason); }
  Endpoint peer() const override { return peer_; }
  std::string client_version() const override { return client_version_; }

 private:
  struct Command {
    bool is_shell = false;
    std::string line;
  };

  asio::awaitable<void> negotiate();
  void begin_handshake();
  void check_login_limits();
  [[noreturn]] void cut(LimitKind kind);

  // Callbacks, inside libssh.
  int public_key_offered(const char* user, ssh_key key, ssh_publickey_state_e state);
  int other_kind_of_key(ssh_publickey_state_e state);
  void send_banner(const std::string& line);
  void attempt_refused();
  int message(ssh_message message);
  bool other_login_method(ssh_message message);
  int global_request(ssh_message message);
  ssh_channel session_channel_requested();
  void refuse(std::string_view what);
  void count_refusal();
  bool pty_requested(ChannelCore& core) override;
  bool shell_requested(ChannelCore& core) override;
  bool exec_requested(ChannelCore& core, std::string_view command_line) override;
  bool subsystem_requested(ChannelCore& core, std::string_view name) override;
  bool env_requested(ChannelCore& core) override;
  bool start(ChannelCore& core, Command command);

  void progressed() override;
  void ended() override {}
  void limit_reached(LimitKind kind) override { handler_.limit_reached(kind); }
  asio::awaitable<void> wait_answer(std::uint64_t answered);

  ServerLimits limits_;
  ServerSessionHandler& handler_;
  PrivateKey host_key_;
  Endpoint peer_;
  std::string client_version_;
  std::shared_ptr<SessionDriver> driver_;
  ssh_server_callbacks_struct callbacks_{};

  bool logged_in_ = false;
  bool none_tried_ = false;
  bool other_kind_told_ = false;
  unsigned attempts_ = 0;
  std::string refusal_;  // the reason of the last refused log-in
  unsigned refused_requests_ = 0;
  std::uint64_t held_bytes_ = 0;  // as last told
  std::vector<std::weak_ptr<ChannelCore>> session_channels_;
  std::deque<std::pair<std::shared_ptr<ChannelCore>, Command>> started_;
};

// --- Log-in

void Server::begin_handshake() {
  const ssh_session session = driver_->session();
  bind_session(session, host_key_, driver_->duplicate_descriptor());
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.auth_pubkey_function = [](ssh_session, const char* user, ssh_key_struct* key, char state, void* self) {
    return static_cast<Server*>(self)->public_key_offered(user, key, static_cast<ssh_publickey_state_e>(state));
  };
  // Without this one libssh would ask the Kerberos library, which may look into files and the network.
  callbacks_.gssapi_select_oid_function = [](ssh_session, const char*, int, ssh_string*, void* self) -> ssh_string {
    static_cast<Server*>(self)->attempt_refused();
    return nullptr;
  };
  callbacks_.channel_open_request_session_function = [](ssh_session, void* self) {
    return static_cast<Server*>(self)->session_channel_requested();
  };
  ssh_set_server_callbacks(session, &callbacks_);
  ssh_set_message_callback(
      session,
      [](ssh_session, ssh_message message, void* self) { return static_cast<Server*>(self)->message(message); }, this);
  if (ssh_handle_key_exchange(session) == SSH_ERROR) {
    throw std::system_error(asio::error::connection_reset, ssh_get_error(session));
  }
  driver_->attach();
}

asio::awaitable<void> Server::log_in() {
  const auto driver = driver_;
  try {
    co_await negotiate();
  } catch (...) {
    driver->release();
    throw;
  }
}

asio::awaitable<void> Server::negotiate() {
  const auto driver = driver_;
  begin_handshake();
  while (!logged_in_) {
    const bool busy = driver->step();
    check_login_limits();
    if (!busy && !logged_in_) co_await driver->wait_io();
  }
  client_version_ = printable(ssh_get_clientbanner(driver->session()));
}

void Server::check_login_limits() {
  if (attempts_ >= limits_.login_attempts && !logged_in_) cut(LimitKind::login_attempts);
  if (logged_in_) return;
  if (driver_->packets().in_packets > limits_.packets_before_login) cut(LimitKind::packets_before_login);
  if (driver_->bytes().in_bytes > limits_.bytes_before_login) cut(LimitKind::bytes_before_login);
}

void Server::cut(LimitKind kind) {
  handler_.limit_reached(kind);
  const std::string reason = refusal_.empty() ? "limit reached: " + std::string(to_string(kind)) : refusal_;
  driver_->disconnect(reason);
  throw std::system_error(asio::error::no_permission, reason);
}

int Server::public_key_offered(const char* user, ssh_key key, ssh_publickey_state_e state) {
  if (logged_in_ || attempts_ >= limits_.login_attempts) return SSH_AUTH_DENIED;
  if (ssh_key_type(key) != SSH_KEYTYPE_ED25519) return other_kind_of_key(state);
  if (state == SSH_PUBLICKEY_STATE_NONE) return SSH_AUTH_SUCCESS;  // a probe: it may go on and sign
  if (state == SSH_PUBLICKEY_STATE_VALID) {
    const auto reason = handler_.login(user ? user : "", PublicKey::from_libssh(key));
    if (!reason) {
      logged_in_ = true;
      return SSH_AUTH_SUCCESS;
    }
    refusal_ = *reason;
    send_banner(refusal_);
  }
  attempt_refused();
  return SSH_AUTH_DENIED;
}

/// Told once, and not counted as an attempt: a client offers all kinds that its user has, one after the other. What
/// keeps it from offering without end is the limit of packets.
int Server::other_kind_of_key(ssh_publickey_state_e state) {
  constexpr const char* reason = "only ed25519 keys are taken here: make one with ssh-keygen -t ed25519";
  if (!std::exchange(other_kind_told_, true)) {
    handler_.refused("key that is not ed25519");
    send_banner(reason);
  }
  if (state != SSH_PUBLICKEY_STATE_NONE) attempt_refused();
  return SSH_AUTH_DENIED;
}

/// The only way to give a reason with a refused log-in (RFC 4252 5.4).
void Server::send_banner(const std::string& line) {
  const StringHandle banner(ssh_string_from_char((line + "\n").c_str()));
  if (banner) ssh_send_issue_banner(driver_->session(), banner.get());
}

void Server::attempt_refused() { ++attempts_; }

// --- Messages that libssh has no callback for

int Server::message(ssh_message message) {
  constexpr int answered = 0;
  constexpr int use_default = 1;  // refuse; for a service request: accept
  switch (static_cast<ssh_requests_e>(ssh_message_type(message))) {
    case SSH_REQUEST_AUTH:
      // Every client begins with "none" to learn the methods (RFC 4252 5.2).
      if (ssh_message_subtype(message) != SSH_AUTH_METHOD_NONE || std::exchange(none_tried_, true)) attempt_refused();
      return use_default;
    case SSH_REQUEST_GLOBAL:
      return global_request(message) == SSH_OK ? answered : use_default;
    case SSH_REQUEST_CHANNEL_OPEN:
      refuse("channel type");
      return use_default;
    case SSH_REQUEST_CHANNEL:
      refuse("channel request");
      return use_default;
    case SSH_REQUEST_SERVICE:
      return use_default;
  }
  return use_default;
}

int Server::global_request(ssh_message message) {
  const char* text = ssh_message_global_request_address(message);
  const std::string address = text ? text : "";
  const int port = ssh_message_global_request_port(message);
  bool granted = port > 0 && port <= 65535;
  if (granted) {
    const auto number = static_cast<std::uint16_t>(port);
    const bool cancels = ssh_message_subtype(message) == SSH_GLOBAL_REQUEST_CANCEL_TCPIP_FORWARD;
    granted = cancels ? handler_.forward_cancelled(address, number) : handler_.forward_requested(address, number);
  }
  if (granted) {
    ssh_message_global_request_reply_success(message, static_cast<std::uint16_t>(port));
    return SSH_OK;
  }
  refuse("forward request");
  return SSH_ERROR;
}

void Server::refuse(std::string_view what) {
  handler_.refused(what);
  count_refusal();
}

void Server::count_refusal() {
  if (++refused_requests_ == limits_.refused_requests) {
    driver_->note_violation(LimitKind::refused_requests);
  }
}

// --- Session channels

ssh_channel Server::session_channel_requested() {
  std::erase_if(session_channels_, [](const auto& weak) {
    const auto core = weak.lock();
    return !core || core->state() != ChannelCore::State::open;
  });
  if (session_channels_.size() >= limits_.command_channels) {
    handler_.limit_reached(LimitKind::command_channels);
    refuse("session channel");
    return nullptr;
  }
  const ssh_channel raw = ssh_channel_new(driver_->session());
  if (!raw) return nullptr;
  const auto core = driver_->adopt_channel(raw);
  core->handle_requests(*this);
  core->accepted();
  session_channels_.push_back(core);
  return raw;
}

bool Server::pty_requested(ChannelCore& core) {
  core.has_pty = true;
  return true;
}

bool Server::shell_requested(ChannelCore& core) { return start(core, Command{.is_shell = true, .line = {}}); }

bool Server::exec_requested(ChannelCore& core, std::string_view command_line) {
  if (command_line.size() > limits_.command_bytes) {
    handler_.limit_reached(LimitKind::command_bytes);
    refuse("exec");
    return false;
  }
  return start(core, Command{.is_shell = false, .line = std::string(command_line)});
}

bool Server::start(ChannelCore& core, Command command) {
  if (std::exchange(core.started, true)) {  // RFC 4254 6.5: only one of these per channel
    refuse("second command on a channel");
    return false;
  }
  started_.emplace_back(core.shared_from_this(), std::move(command));
  return true;
}

bool Server::subsystem_requested(ChannelCore&, std::string_view) {
  refuse("subsystem");
  return false;
}

bool Server::env_requested(ChannelCore&) {
  count_refusal();  // every ssh sends LANG and the like: not worth a log line
  return false;
}

void Server::progressed() {
  const std::uint64_t held = driver_->held_bytes();
  if (std::exchange(held_bytes_, held) != held) handler_.holds(held);
  while (!started_.empty() && !driver_->ended()) {
    auto [core, command] = std::move(started_.front());
    started_.pop_front();
    auto channel = std::make_unique<Channel>(core);
    if (command.is_shell) {
      handler_.shell(std::move(channel), core->has_pty);
    } else {
      handler_.exec(std::move(command.line), std::move(channel));
    }
  }
}

// --- Serving

asio::awaitable<std::string> Server::run() {
  const auto driver = driver_;  // this object may go away while it waits
  driver->start(*this, limits_);
  try {
    co_await driver->wait_end();
  } catch (const std::system_error&) {  // cancelled
    driver->disconnect("the session was closed");
    driver->release();
    throw;
  }
  driver->release();
  co_return driver->end_reason();
}

asio::awaitable<std::unique_ptr<Channel>> Server::open_forwarded(std::string address, std::uint16_t port,
                                                                 Endpoint originator) {
  const auto driver = driver_;
  if (!driver->serving()) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  if (driver->opening() >= limits_.unconfirmed_opens) {
    handler_.limit_reached(LimitKind::unconfirmed_opens);
    throw std::system_error(asio::error::no_buffer_space, "too many channels that the client does not confirm");
  }
  const auto core = driver->new_channel();
  auto channel = std::make_unique<Channel>(core);  // whatever happens from here, it closes the channel
  const std::string source = originator.address.to_string();
  {
    const SessionDriver::InLibrary inside(*driver);
    ssh_channel_open_reverse_forward(core->raw(), address.c_str(), port, source.c_str(), originator.port);
  }
  driver->await_confirmation(core);
  driver->after_soon();
  co_await core->wait_confirmation();
  if (driver->ended()) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  if (core->state() != ChannelCore::State::open) {
    throw std::system_error(asio::error::connection_refused, "the client denied the channel");
  }
  co_return std::move(channel);
}

asio::awaitable<void> Server::wait_answer(std::uint64_t answered) {
  const auto driver = driver_;
  SessionDriver::Progress progress(*driver);
  while (driver->keepalives_answered() == answered && !driver->ended()) co_await progress.point.wait();
}

asio::awaitable<bool> Server::probe(std::chrono::steady_clock::duration limit) {
  const auto driver = driver_;
  const std::uint64_t answered = driver->keepalives_answered();
  driver->send_keepalive();  // unless one is on its way already
  try {
    co_await net::with_deadline(wait_answer(answered), limit);
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::timed_out) throw;
  }
  co_return driver->keepalives_answered() != answered;
}

}  // namespace

std::unique_ptr<ServerSession> ServerSession::create(asio::ip::tcp::socket socket, const PrivateKey& host_key,
                                                     ServerLimits limits, ServerSessionHandler& handler) {
  return std::make_unique<Server>(std::move(socket), host_key, limits, handler);
}

}  // namespace sisu::ssh
