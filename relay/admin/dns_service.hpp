// DnsService: what an operator's command asks of sisumail-dns, over its socket (proto/naming.md). Blocking.
#pragma once

#include "proto/naming_messages.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace sisu::relay::admin {

class DnsService {
 public:
  static constexpr const char* default_socket = "/run/sisumail-dns/socket";

  /// Connects and greets. `patience`: for each line of the answer. Throws Refused.
  DnsService(const std::filesystem::path& socket, std::chrono::seconds patience);
  ~DnsService();
  DnsService(const DnsService&) = delete;
  DnsService& operator=(const DnsService&) = delete;

  const proto::naming::ServiceHello& hello() const { return hello_; }

  /// `found` is called for each finding, as they come. Throws Refused.
  proto::naming::Done ask(proto::naming::Ask::What what,
                          const std::function<void(const proto::naming::Finding&)>& found);
  /// Throws Refused.
  proto::naming::State state_of(const std::string& owner);

 private:
  void send(const proto::naming::Request& request) const;
  /// Lines of kinds that this program does not know are skipped.
  proto::naming::Answer receive();
  std::string receive_line();
  [[noreturn]] void refuse(const std::string& why) const;

  /// Closed with the service, also when the constructor throws.
  struct Descriptor {
    explicit Descriptor(int fd) : value(fd) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value;
  };

  std::string path_;
  Descriptor socket_;
  std::string received_;  // of lines that are not complete
  proto::naming::ServiceHello hello_;
};

}  // namespace sisu::relay::admin
