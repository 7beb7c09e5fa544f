#include "common/http/server.hpp"

#include <algorithm>
#include <pthread.h>
#include <thread>

// RESTinio needs functions of Asio that are deprecated, and that the program's Asio is built without: types of one name
// with different insides, which must not meet in one program. So this file's Asio has a namespace of another name.
#define asio restinio_asio
#include <restinio/all.hpp>

namespace sisu::http {
namespace {

using restinio::asio_ns::ip::tcp;

struct Traits : restinio::default_single_thread_traits_t {
  static constexpr bool use_connection_count_limiter = true;
};
using RestinioServer = restinio::http_server_t<Traits>;
using Settings = restinio::server_settings_t<Traits>;

restinio::http_status_line_t status_line(Status status) {
  switch (status) {
    case Status::ok:
      return restinio::status_ok();
    case Status::not_found:
      return restinio::status_not_found();
    case Status::method_not_allowed:
      return restinio::status_method_not_allowed();
    case Status::unavailable:
      return restinio::status_service_unavailable();
  }
  return restinio::status_internal_server_error();
}

/// RFC 9110 9.3.2: HEAD has the header fields of GET, and no content.
restinio::request_handling_status_t answer(const restinio::request_handle_t& request, const Response& response) {
  auto builder = request->create_response<restinio::user_controlled_output_t>(status_line(response.status));
  builder.append_header(restinio::http_field::content_type, response.content_type);
  builder.append_header(restinio::http_field::cache_control, "no-store");
  if (response.status == Status::method_not_allowed) builder.append_header(restinio::http_field::allow, "GET, HEAD");
  builder.set_content_length(response.body.size());
  if (request->header().method() != restinio::http_method_head()) builder.set_body(response.body);
  return builder.done();
}

restinio::request_handling_status_t handle(const restinio::request_handle_t& request, const Server::Handler& handler) {
  const auto method = request->header().method();
  if (method != restinio::http_method_get() && method != restinio::http_method_head()) {
    return answer(request, {Status::method_not_allowed, "only GET and HEAD are answered\n"});
  }
  return answer(request, handler(std::string(request->header().path())));
}

/// How often RESTinio looks for requests that take too long.
std::chrono::milliseconds look_every(const ServerLimits& limits) {
  const auto shortest = std::min(limits.request_time, limits.response_time);
  return std::clamp<std::chrono::milliseconds>(shortest / 4, std::chrono::milliseconds(10), std::chrono::seconds(1));
}

void set(Settings& settings, const ServerLimits& limits) {
  settings.max_parallel_connections(limits.connections)
      .read_next_http_message_timelimit(limits.request_time)
      .handle_request_timeout(limits.request_time)
      .write_http_response_timelimit(limits.response_time)
      .timer_manager(look_every(limits))
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(limits.target_bytes)
                                    .max_field_count(limits.fields)
                                    .max_field_name_size(limits.field_name_bytes)
                                    .max_field_value_size(limits.field_value_bytes)
                                    .max_body_size(0));
}

}  // namespace

struct Server::Impl {
  std::unique_ptr<RestinioServer> server;
  Endpoint address;
  std::jthread thread;
};

Result<std::unique_ptr<Server>, std::string> Server::start(const Endpoint& address, Handler handler,
                                                           const ServerLimits& limits) {
  auto impl = std::make_unique<Impl>();
  impl->address = address;
  Settings settings;
  set(settings, limits);
  settings.address(address.address.to_string())
      .protocol(address.address.is_v4() ? tcp::v4() : tcp::v6())
      .port(address.port)
      .acceptor_post_bind_hook(
          [&bound = impl->address](tcp::acceptor& acceptor) { bound.port = acceptor.local_endpoint().port(); })
      .request_handler([handler = std::move(handler)](const restinio::request_handle_t& request) {
        return handle(request, handler);
      });
  try {
    impl->server = std::make_unique<RestinioServer>(restinio::own_io_context(), std::move(settings));
    impl->server->open_sync();
  } catch (const std::exception& error) {
    return fail(address.to_string() + ": " + error.what());
  }
  impl->thread = std::jthread([&context = impl->server->io_context()] {
    ::pthread_setname_np(::pthread_self(), "http");
    context.run();
  });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->server->io_context().stop();
  impl_->thread.join();
  impl_->server->close_sync();
}

const Endpoint& Server::address() const { return impl_->address; }

}  // namespace sisu::http
