#include "common/http/client.hpp"

#include "common/base/expects.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <curl/curl.h>

// libcurl's multi interface drives one transfer at a time: unlike curl_easy_perform() it can be woken by another
// thread.

namespace sisu::http_client {
namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const noexcept {
    release(object);
  }
};
using EasyHandle = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, Release<curl_multi_cleanup>>;
using UrlHandle = std::unique_ptr<CURLU, Release<curl_url_cleanup>>;
using CurlString = std::unique_ptr<char, Release<curl_free>>;

/// curl_slist_append() leaves the list as it was when it fails.
class HeaderLines {
 public:
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list_.release();
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, Release<curl_slist_free_all>> list_;
};

/// Once for the process, whichever thread comes first; libcurl's global state is not given back before its end.
void initialise_libcurl() {
  [[maybe_unused]] static const bool done = [] {
    expects(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl");
    return true;
  }();
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// RFC 9110 5.6.2
bool is_token(std::string_view text) {
  constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || symbols.find(c) != symbols.npos;
  });
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// What the client, or libcurl, writes by itself.
bool is_own_field(std::string_view name) {
  constexpr std::array<std::string_view, 5> own = {"host", "content-length", "connection", "transfer-encoding",
                                                   "expect"};
  return std::ranges::find(own, to_lower(name)) != own.end();
}

bool has_body(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

HttpError invalid(std::string what) { return {HttpError::Kind::invalid_request, std::move(what)}; }

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  return CurlString(text).get();
}

/// "https://host:port/path": a URL as errors may name it.
Result<std::string, HttpError> check_url(const std::string& text, bool allow_http) {
  const auto is_odd = [](char c) { return is_control(c) || c == ' '; };
  if (text.size() > longest_url) return fail(invalid("a URL of over " + std::to_string(longest_url) + " bytes"));
  if (std::ranges::any_of(text, is_odd)) return fail(invalid("a URL with blanks or control characters"));
  const UrlHandle url(curl_url());
  if (!url) throw std::bad_alloc();
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return fail(invalid("not an absolute URL"));
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  const std::string port = part(url.get(), CURLUPART_PORT);
  std::string shown = scheme + "://" + part(url.get(), CURLUPART_HOST) + (port.empty() ? "" : ":" + port) +
                      part(url.get(), CURLUPART_PATH);
  if (scheme != "https" && !(allow_http && scheme == "http")) return fail(invalid(shown + ": not an https URL"));
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty()) {
    return fail(invalid(shown + ": a URL must not hold a user or password"));
  }
  return shown;
}

Result<void, HttpError> check_fields(const Request& request) {
  if (!is_method(request.method)) return fail(invalid("not an HTTP method of upper-case letters"));
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return fail(invalid("a header field whose name is not a token"));
    if (is_own_field(name)) return fail(invalid("the header field " + name + " is the client's own"));
    if (std::ranges::any_of(value, is_control)) {
      return fail(invalid("the header field " + name + " has a line feed or another control character"));
    }
  }
  return {};
}

/// Of libcurl's hundred codes all but these mean that no answer came.
HttpError::Kind kind_of(CURLcode code) {
  constexpr std::array tls = {
      CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,   CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_CIPHER,        CURLE_SSL_INVALIDCERTSTATUS,    CURLE_SSL_ENGINE_INITFAILED};
  if (code == CURLE_OPERATION_TIMEDOUT) return HttpError::Kind::timeout;
  if (code == CURLE_URL_MALFORMAT) return HttpError::Kind::invalid_request;
  if (std::ranges::find(tls, code) != tls.end()) return HttpError::Kind::tls;
  return HttpError::Kind::unreachable;
}

/// What comes in. The callbacks take less than they are given to end the transfer.
struct Reception {
  Response response = {};
  std::size_t header_bytes = 0;
  const ClientOptions* options = nullptr;
  std::string too_large = {};  ///< which limit it was

  static std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* self) {
    return static_cast<Reception*>(self)->take_header({bytes, count}) ? count : 0;
  }
  static std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* self) {
    return static_cast<Reception*>(self)->take_body({bytes, count}) ? count : 0;
  }

  /// One line. A status line begins anew: an interim response (RFC 9110 15.2) may have come before.
  bool take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > options->largest_headers) {
      too_large = "over " + std::to_string(options->largest_headers) + " bytes of header fields";
      return false;
    }
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) {
      response.headers.clear();
    } else if (colon != std::string_view::npos) {
      response.headers.emplace_back(to_lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    return true;
  }

  bool take_body(std::string_view bytes) {
    if (bytes.size() > options->largest_body - response.body.size()) {
      too_large = "a body of over " + std::to_string(options->largest_body) + " bytes";
      return false;
    }
    response.body += bytes;
    return true;
  }
};

/// OpenSSL writes to sockets without MSG_NOSIGNAL, and libcurl guards against SIGPIPE only for the whole process: a cut
/// connection must not end a program that did not think of it.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    was_pending_ = is_pending();
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~SigpipeBlocked() {
    constexpr timespec no_wait{};
    if (is_pending() && !was_pending_) sigtimedwait(&sigpipe_, nullptr, &no_wait);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  static bool is_pending() {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }
  sigset_t sigpipe_, before_;
  bool was_pending_;
};

/// In the multi handle for as long as it lives.
class Transfer {
 public:
  Transfer(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
    expects(curl_multi_add_handle(multi, easy) == CURLM_OK, "a transfer at a time");
  }
  ~Transfer() { curl_multi_remove_handle(multi_, easy_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Nothing if `stopping` was set before the end.
  std::optional<CURLcode> run(const std::atomic<bool>& stopping) {
    for (int running = 1;;) {
      if (stopping) return std::nullopt;
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (running == 0) return outcome();
      if (curl_multi_poll(multi_, nullptr, 0, 1000, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
    }
  }

 private:
  CURLcode outcome() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE && message->easy_handle == easy_) return message->data.result;
    }
    return CURLE_FAILED_INIT;
  }
  CURLM* multi_;
  CURL* easy_;
};

void set_policy(CURL* easy, const ClientOptions& options) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // stop() does not wait for a resolver
  curl_easy_setopt(easy, CURLOPT_PROXY, "");       // none of the environment's either
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, options.allow_http ? "https,http" : "https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options.ca_file) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file->c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // Debian's default is /etc/ssl/certs
  }
}

void set_request(CURL* easy, const Request& request, HeaderLines& lines) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  if (has_body(request)) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    lines.add("Expect:");        // no 100-continue: bodies are small
    lines.add("Content-Type:");  // no form; a field of the request's own comes after this one
  } else if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  // "Name;" is how libcurl is told of a field without a value.
  for (const auto& [name, value] : request.headers) lines.add(value.empty() ? name + ";" : name + ": " + value);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines.get());
}

void set_reception(CURL* easy, Reception& reception) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Reception::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reception);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Reception::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reception);
}

}  // namespace

std::optional<std::string_view> Response::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

struct Client::Impl {
  ClientOptions options;
  EasyHandle easy;
  MultiHandle multi;  ///< owns the connections
  std::atomic<bool> stopping = false;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>()) {
  initialise_libcurl();
  impl_->options = std::move(options);
  impl_->easy.reset(curl_easy_init());
  impl_->multi.reset(curl_multi_init());
  if (!impl_->easy || !impl_->multi) throw std::bad_alloc();
}

Client::~Client() = default;

void Client::stop() noexcept {
  impl_->stopping = true;
  curl_multi_wakeup(impl_->multi.get());
}

Result<Response, HttpError> Client::send(const Request& request) {
  const auto shown = check_url(request.url, impl_->options.allow_http);
  if (!shown) return fail(shown.error());
  if (const auto checked = check_fields(request); !checked) return fail(checked.error());

  const SigpipeBlocked no_sigpipe;
  CURL* const easy = impl_->easy.get();
  curl_easy_reset(easy);  // options only: connections stay
  Reception reception{.options = &impl_->options};
  HeaderLines lines;
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason.data());
  set_policy(easy, impl_->options);
  set_request(easy, request, lines);
  set_reception(easy, reception);
  const auto code = Transfer(impl_->multi.get(), easy).run(impl_->stopping);

  const std::string where = request.method + " " + *shown + ": ";
  if (!code) return fail(HttpError{HttpError::Kind::stopped, where + "stopped"});
  if (!reception.too_large.empty()) {
    return fail(HttpError{HttpError::Kind::too_large, where + "the answer has " + reception.too_large});
  }
  if (*code != CURLE_OK) {
    return fail(HttpError{kind_of(*code), where + (reason[0] != 0 ? reason.data() : curl_easy_strerror(*code))});
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  reception.response.status = static_cast<int>(status);
  return std::move(reception.response);
}

}  // namespace sisu::http_client
