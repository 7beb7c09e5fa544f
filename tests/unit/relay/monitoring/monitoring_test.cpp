#include "relay/monitoring/monitoring.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::relay {
namespace {

/// The whole answer to a GET.
std::string get(const Endpoint& server, const std::string& path) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string all;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    (void)::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  ::close(socket);
  return all;
}

class MonitoringTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Monitoring::start(
        *Endpoint::parse("127.0.0.1:0"), registry,
        {.is_alive = [this] { return alive.load(); }, .set_gauges = [this] { gauge.set(++times_asked); }});
    ASSERT_TRUE(started) << started.error();
    monitoring = *std::move(started);
  }
  std::string status_and_text(const std::string& path) const {
    const std::string answer = get(monitoring->address(), path);
    return answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4);
  }

  metrics::Registry registry;
  metrics::Gauge gauge = registry.gauge("asked", "How often.");
  double times_asked = 0;
  std::atomic<bool> alive = true;
  std::unique_ptr<Monitoring> monitoring;
};

TEST_F(MonitoringTest, readyz_is_503_until_all_is_open_and_again_while_stopping) {
  EXPECT_EQ(status_and_text("/readyz"), "503 starting\n");
  monitoring->set(Readiness::ready);
  EXPECT_EQ(status_and_text("/readyz"), "200 ready\n");
  monitoring->set(Readiness::stopping);
  EXPECT_EQ(status_and_text("/readyz"), "503 stopping\n");
}

TEST_F(MonitoringTest, healthz_is_503_when_an_event_loop_hangs_but_not_while_stopping) {
  EXPECT_EQ(status_and_text("/healthz"), "200 alive\n");
  alive = false;
  EXPECT_EQ(status_and_text("/healthz"), "503 an event loop does not answer\n");
  monitoring->set(Readiness::stopping);
  EXPECT_EQ(status_and_text("/healthz"), "200 alive\n");
}

TEST_F(MonitoringTest, gauges_are_set_anew_for_each_who_asks) {
  EXPECT_NE(status_and_text("/metrics").find("\nasked 1\n"), std::string::npos);
  const std::string second = status_and_text("/metrics");
  EXPECT_NE(second.find("\nasked 2\n"), std::string::npos);
  for (const char* name : {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
                           "process_max_fds", "process_start_time_seconds"}) {
    EXPECT_NE(second.find("\n" + std::string(name) + " "), std::string::npos) << name;
  }
}

TEST_F(MonitoringTest, other_pages_are_404) {
  for (const char* path : {"/", "/metrics/", "/METRICS", "/healthz/x", "/../metrics", "//metrics"}) {
    EXPECT_EQ(status_and_text(path).substr(0, 3), "404") << path;
  }
  EXPECT_EQ(times_asked, 0);
}

}  // namespace
}  // namespace sisu::relay
