// A device that has no relay: client/certificates/renewal as it is, with a key in the state directory, and a zone that
// is pebble-challtestsrv, told over its HTTP. One JSON line on standard output for each certificate.
#include "client/certificates/renewal/external_account_file.hpp"
#include "client/certificates/renewal/renewal.hpp"
#include "common/base/random.hpp"
#include "common/http/client.hpp"
#include "common/net/task_group.hpp"

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace {

using namespace sisu;
using namespace sisu::client;
namespace fs = std::filesystem;

struct Arguments {
  std::string directory, host, management, kid;
  fs::path ca, state, eab_key;
  unsigned certificates = 1;
};

using Published = Result<void, acme::PublishError>;

/// pebble-challtestsrv: POST /set-txt and /clear-txt, which takes every value of a host.
class ManagedZone final : public acme::ChallengePublisher {
 public:
  ManagedZone(std::string url, net::WorkerPool& workers) : url_(std::move(url)), workers_(workers) {
    http_client::ClientOptions options;
    options.allow_http = true;
    http_ = std::make_unique<http_client::Client>(options);
  }

  asio::awaitable<Published> present(std::string_view host, std::string_view value) override {
    std::string body =
        R"({"host": "_acme-challenge.)" + std::string(host) + R"(.", "value": ")" + std::string(value) + "\"}";
    return tell("/set-txt", std::move(body));
  }
  asio::awaitable<Published> cleanup(std::string_view host, std::string_view /*value*/) override {
    std::string body = R"({"host": "_acme-challenge.)" + std::string(host) + ".\"}";
    return tell("/clear-txt", std::move(body));
  }
  asio::awaitable<Published> bind_account(std::string_view uri) override {
    std::printf("{\"account\": \"%.*s\"}\n", static_cast<int>(uri.size()), uri.data());
    std::fflush(stdout);
    co_return Published();
  }

 private:
  asio::awaitable<Published> tell(const char* path, std::string body) {
    auto job = [this, path, body = std::move(body)]() -> Published {
      const auto answer = http_->send({"POST", url_ + path, {{"Content-Type", "application/json"}}, body});
      if (!answer) return fail(acme::PublishError{answer.error().what, true});
      if (answer->status != 200)
        return fail(acme::PublishError{"HTTP status " + std::to_string(answer->status), false});
      return {};
    };
    co_return co_await workers_.run(std::move(job));
  }

  std::string url_;
  net::WorkerPool& workers_;
  std::unique_ptr<http_client::Client> http_;
};

class Device {
 public:
  explicit Device(const Arguments& arguments)
      : arguments_(arguments), key_(key_in(arguments.state)), zone_(arguments.management, workers_) {
    if (auto stored = tls::CertificateChain::load(chain_file()); stored && stored->matches(key_)) chain_ = *stored;
  }

  int run() {
    RenewalOptions options{arguments_.host, arguments_.state, arguments_.directory};
    if (!arguments_.kid.empty()) options.external = load_external_account(arguments_.kid, arguments_.eab_key).value();
    Renewal::Seams seams;
    seams.wanted = [this] { return Renewal::Wanted{key_, chain_}; };
    seams.readiness = [] { return ready(); };
    seams.install = [this](tls::CertificateChain chain) { return install(std::move(chain)); };
    seams.chance = &random_below;
    seams.now = &std::chrono::system_clock::now;
    renewal_ = std::make_unique<Renewal>(loop_.get_executor(), options, std::make_unique<HttpsTransport>(arguments_.ca),
                                         workers_, zone_, std::move(seams), log::Logger({log::Level::debug}));
    group_.spawn(renewal_->run());
    loop_.run();
    return EXIT_SUCCESS;
  }

 private:
  static tls::PrivateKey key_in(const fs::path& state) {
    if (auto stored = tls::PrivateKey::load(state / "tls-key.pem")) return *stored;
    auto made = tls::PrivateKey::generate_p256();
    if (const auto saved = made.save(state / "tls-key.pem"); !saved) throw std::runtime_error(saved.error().what);
    return made;
  }
  fs::path chain_file() const { return arguments_.state / "tls-certificate.pem"; }

  static asio::awaitable<Renewal::Readiness> ready() { co_return Renewal::Readiness::ready; }

  asio::awaitable<Result<void, std::string>> install(tls::CertificateChain chain) {
    if (const auto saved = chain.save(chain_file()); !saved) co_return fail(saved.error().what);
    chain_ = std::move(chain);
    std::printf("{\"issued\": \"%s\", \"spki\": \"%s\", \"self_signed\": %s}\n",
                format_instant(chain_->not_after()).c_str(), chain_->spki_sha256().c_str(),
                chain_->is_self_signed() ? "true" : "false");
    std::fflush(stdout);
    if (++issued_ == arguments_.certificates) group_.stop();
    co_return Result<void, std::string>();
  }

  const Arguments& arguments_;
  tls::PrivateKey key_;
  std::optional<tls::CertificateChain> chain_;
  unsigned issued_ = 0;
  asio::io_context loop_{1};
  net::WorkerPool workers_{1, "files"};
  ManagedZone zone_;
  std::unique_ptr<Renewal> renewal_;
  net::TaskGroup group_{loop_.get_executor()};
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("A device without a relay that keeps a certificate");
  app.add_option("--directory", arguments.directory)->required();
  app.add_option("--ca", arguments.ca)->required();
  app.add_option("--host", arguments.host)->required();
  app.add_option("--state", arguments.state)->required();
  app.add_option("--management", arguments.management, "URL of pebble-challtestsrv")->required();
  app.add_option("--eab-kid", arguments.kid);
  app.add_option("--eab-key-file", arguments.eab_key);
  app.add_option("--certificates", arguments.certificates, "It ends after so many");
  CLI11_PARSE(app, argc, argv);
  return Device(arguments).run();
}
