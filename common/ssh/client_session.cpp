#include "common/ssh/client_session.hpp"

#include "common/base/expects.hpp"
#include "common/ssh/algorithms.hpp"
#include "common/ssh/channel_core.hpp"
#include "common/ssh/session_driver.hpp"

#include <asio/error.hpp>
#include <libssh/callbacks.h>

#include <cstdlib>
#include <deque>
#include <system_error>

namespace sisu::ssh {
namespace {

/// Text from the server that is shown to a person: one line, nothing that moves a terminal's cursor.
std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 400;
  std::string out;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '\n' || byte == '\r' || byte == '\t') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// The one global request that libssh can have outstanding. Cancelled half way, its answer is still to be collected:
/// else it would be taken for that of the next request.
class GlobalSlot {
 public:
  explicit GlobalSlot(SessionDriver& driver) : driver_(driver.shared_from_this()) { driver_->take_global_slot(); }
  ~GlobalSlot() {
    if (!answered_) driver_->abandon_global_request();
  }
  GlobalSlot(const GlobalSlot&) = delete;
  GlobalSlot& operator=(const GlobalSlot&) = delete;
  void answered() {
    answered_ = true;
    driver_->free_global_slot();
  }

 private:
  std::shared_ptr<SessionDriver> driver_;
  bool answered_ = false;
};

class Client final : public ClientSession, private DriverOwner {
 public:
  Client(asio::ip::tcp::socket socket, ClientOptions options)
      : options_(std::move(options)),
        driver_(std::make_shared<SessionDriver>(std::move(socket))),
        arrival_(driver_->executor()) {}

  ~Client() override { driver_->release(); }

  asio::awaitable<void> negotiate(net::WorkerPool& workers);

  asio::awaitable<std::string> run() override;
  asio::awaitable<void> request_forward(std::string address, std::uint16_t port) override;
  asio::awaitable<void> cancel_forward(std::string address, std::uint16_t port) override;
  asio::awaitable<ForwardedChannel> accept_forwarded() override;
  asio::awaitable<std::unique_ptr<Channel>> exec(std::string command_line) override;
  void disconnect(std::string_view reason) noexcept override { driver_->disconnect(reason); }

 private:
  using GlobalCall = std::function<int()>;

  void set_options();
  asio::awaitable<void> connect();
  void check_host_key();
  asio::awaitable<void> authenticate(net::WorkerPool& workers);
  [[noreturn]] void fail(LoginFailure kind, const std::string& what);
  asio::awaitable<void> forward_call(GlobalCall call, std::string what);

  int message(ssh_message message);
  bool forwarded_open(ssh_message message);
  void progressed() override;
  void ended() override { arrival_.notify(); }
  void limit_reached(LimitKind) override {}  // the end of the session names it

  ssh_session session() { return driver_->session(); }
  std::string where() const { return options_.host + ":" + std::to_string(options_.port); }
  std::string banner();

  ClientOptions options_;
  std::shared_ptr<SessionDriver> driver_;
  std::deque<ForwardedChannel> arrived_;
  WaitPoint arrival_;
};

// --- Log-in

void Client::set_options() {
  const ssh_session s = session();
  const bool process_config = false;
  const int port = options_.port;
  const char* ours = algorithms::ciphers(algorithms::this_processor());
  const char* ciphers = options_.ciphers.empty() ? ours : options_.ciphers.c_str();
  const auto set = [s](ssh_options_e option, const void* value) {
    if (ssh_options_set(s, option, value) != SSH_OK) throw LoginError(LoginFailure::connection, ssh_get_error(s));
  };
  set(SSH_OPTIONS_PROCESS_CONFIG, &process_config);
  set(SSH_OPTIONS_HOST, options_.host.c_str());
  set(SSH_OPTIONS_PORT, &port);
  set(SSH_OPTIONS_USER, options_.user.c_str());
  set(SSH_OPTIONS_KEY_EXCHANGE, algorithms::key_exchange);
  set(SSH_OPTIONS_HOSTKEYS, algorithms::keys);
  set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, algorithms::keys);
  set(SSH_OPTIONS_CIPHERS_C_S, ciphers);
  set(SSH_OPTIONS_CIPHERS_S_C, ciphers);
  set(SSH_OPTIONS_HMAC_C_S, algorithms::macs);
  set(SSH_OPTIONS_HMAC_S_C, algorithms::macs);
  set(SSH_OPTIONS_COMPRESSION, algorithms::compression);
  if (options_.rekey_after > 0) set(SSH_OPTIONS_REKEY_DATA, &options_.rekey_after);
  const int descriptor = driver_->duplicate_descriptor();
  set(SSH_OPTIONS_FD, &descriptor);
}

asio::awaitable<void> Client::connect() {
  set_options();
  int result = ssh_connect(session());
  // From here on libssh owns the descriptor; as long as the option is set, ssh_disconnect would leave it open.
  const int none = -1;
  ssh_options_set(session(), SSH_OPTIONS_FD, &none);
  driver_->attach();
  while (result == SSH_AGAIN) {
    co_await driver_->wait_io();
    result = ssh_connect(session());
  }
  if (result != SSH_OK) {
    fail(LoginFailure::connection, "no SSH connection to " + where() + ": " + one_line(ssh_get_error(session())));
  }
}

void Client::check_host_key() {
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session(), &raw) != SSH_OK) {
    fail(LoginFailure::connection, where() + " showed no host key");
  }
  const KeyHandle key(raw);
  const auto verdict = options_.verify_host_key(PublicKey::from_libssh(key.get()));
  if (!verdict) fail(LoginFailure::host_key_refused, verdict.error().what);
}

asio::awaitable<void> Client::authenticate(net::WorkerPool& workers) {
  const ssh_session s = session();
  int result = SSH_AUTH_AGAIN;
  while (true) {
    if (options_.key) {
      result = ssh_userauth_publickey(s, nullptr, options_.key->libssh());
    } else {
      // Talks to the agent with blocking calls. Nothing else touches the session meanwhile.
      const std::function<int()> ask = [s] { return ssh_userauth_agent(s, nullptr); };
      result = co_await workers.run(ask);
    }
    if (result != SSH_AUTH_AGAIN) break;
    co_await driver_->wait_io();
  }
  if (result == SSH_AUTH_SUCCESS) co_return;
  const std::string said = banner();
  const std::string because = said.empty() ? "" : ": " + said;
  if (result == SSH_AUTH_DENIED || result == SSH_AUTH_PARTIAL || !said.empty()) {
    const std::string key =
        options_.key ? "key " + options_.key->public_key().fingerprint() : std::string("keys of the ssh-agent");
    const std::string what = where() + " refused the log-in of " + options_.user + " with the " + key + because;
    throw LoginError(LoginFailure::key_refused, what, said);
  }
  fail(LoginFailure::connection, "the connection to " + where() + " broke at log-in: " + one_line(ssh_get_error(s)));
}

std::string Client::banner() {
  const TextHandle text(ssh_get_issue_banner(session()));
  return text ? one_line(text.get()) : "";
}

void Client::fail(LoginFailure kind, const std::string& what) { throw LoginError(kind, what); }

asio::awaitable<void> Client::negotiate(net::WorkerPool& workers) {
  expects(static_cast<bool>(options_.verify_host_key), "verify_host_key is set");
  if (!options_.key && !std::getenv("SSH_AUTH_SOCK")) {
    fail(LoginFailure::key_refused, "no key: give a key file, or start an ssh-agent (SSH_AUTH_SOCK is not set)");
  }
  ssh_set_message_callback(
      session(),
      [](ssh_session, ssh_message message, void* self) { return static_cast<Client*>(self)->message(message); }, this);
  try {
    co_await connect();
    check_host_key();
    co_await authenticate(workers);
  } catch (const std::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    fail(LoginFailure::connection, "no SSH connection to " + where() + ": " + error.what());
  }
}

// --- What the server opens

int Client::message(ssh_message message) {
  constexpr int answered = 0;
  constexpr int refuse = 1;
  const bool forwarded = ssh_message_type(message) == SSH_REQUEST_CHANNEL_OPEN &&
                         ssh_message_subtype(message) == SSH_CHANNEL_FORWARDED_TCPIP;
  return forwarded && forwarded_open(message) ? answered : refuse;
}

bool Client::forwarded_open(ssh_message message) {
  if (arrived_.size() >= options_.accept_queue) return false;
  const ssh_channel raw = ssh_message_channel_request_open_reply_accept(message);
  if (!raw) return false;
  const auto core = driver_->adopt_channel(raw);
  core->accepted();
  ForwardedChannel arrived;
  arrived.channel = std::make_unique<Channel>(core);
  const char* destination = ssh_message_channel_request_open_destination(message);
  const char* originator = ssh_message_channel_request_open_originator(message);
  arrived.connected_address = destination ? destination : "";
  arrived.connected_port = static_cast<std::uint16_t>(ssh_message_channel_request_open_destination_port(message));
  if (const auto address = IpAddress::parse(originator ? originator : "")) {
    arrived.originator = {*address,
                          static_cast<std::uint16_t>(ssh_message_channel_request_open_originator_port(message))};
  }
  arrived_.push_back(std::move(arrived));
  return true;
}

void Client::progressed() {
  if (!arrived_.empty()) arrival_.notify();
}

asio::awaitable<ForwardedChannel> Client::accept_forwarded() {
  const auto driver = driver_;
  while (arrived_.empty()) {
    if (driver->ended()) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
    co_await arrival_.wait();
  }
  ForwardedChannel next = std::move(arrived_.front());
  arrived_.pop_front();
  co_return next;
}

// --- What we ask of the server

asio::awaitable<void> Client::forward_call(GlobalCall call, std::string what) {
  const auto driver = driver_;
  co_await driver->wait_global_slot();
  if (!driver->serving()) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  GlobalSlot slot(*driver);
  const int result = co_await driver->complete(std::move(call));
  slot.answered();
  if (driver->ended()) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  if (result != SSH_OK) throw std::system_error(asio::error::no_permission, "the server refused " + what);
}

asio::awaitable<void> Client::request_forward(std::string address, std::uint16_t port) {
  GlobalCall call = [s = session(), address, port] {
    return ssh_channel_listen_forward(s, address.c_str(), port, nullptr);
  };
  co_await forward_call(std::move(call), "to forward " + address + ":" + std::to_string(port));
}

asio::awaitable<void> Client::cancel_forward(std::string address, std::uint16_t port) {
  GlobalCall call = [s = session(), address, port] { return ssh_channel_cancel_forward(s, address.c_str(), port); };
  co_await forward_call(std::move(call), "to cancel " + address + ":" + std::to_string(port));
}

asio::awaitable<std::unique_ptr<Channel>> Client::exec(std::string command_line) {
  const auto driver = driver_;
  const auto core = driver->new_channel();
  core->is_command = true;
  auto channel = std::make_unique<Channel>(core);
  {
    const SessionDriver::InLibrary inside(*driver);
    ssh_channel_open_session(core->raw());
  }
  driver->await_confirmation(core);
  driver->after();
  co_await core->wait_confirmation();
  int result = SSH_ERROR;
  if (core->state() == ChannelCore::State::open) {
    GlobalCall request = [core, command_line] {
      return core->raw() ? ssh_channel_request_exec(core->raw(), command_line.c_str()) : SSH_ERROR;
    };
    result = co_await driver->complete(std::move(request));
  }
  if (driver->ended()) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  if (result != SSH_OK) throw std::system_error(asio::error::no_permission, "the server refused the command");
  co_return std::move(channel);
}

// --- Serving

asio::awaitable<std::string> Client::run() {
  const auto driver = driver_;  // this object may go away while it waits
  driver->start(*this, options_.limits);
  try {
    co_await driver->wait_end();
  } catch (const std::system_error&) {  // cancelled
    driver->disconnect("the client was stopped");
    driver->release();
    throw;
  }
  driver->release();
  co_return driver->end_reason();
}

}  // namespace

asio::awaitable<std::unique_ptr<ClientSession>> ClientSession::log_in(asio::ip::tcp::socket socket,
                                                                      ClientOptions options, net::WorkerPool& workers) {
  auto client = std::make_unique<Client>(std::move(socket), std::move(options));
  co_await client->negotiate(workers);
  co_return std::move(client);
}

}  // namespace sisu::ssh
