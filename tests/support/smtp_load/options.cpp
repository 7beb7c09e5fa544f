#include "tests/support/smtp_load/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace sisu::load {
namespace {

struct Words {
  std::string server, sizes = "4k", sender = "load@load.example", recipient = "hello@niklas.test";
  unsigned seconds = 0, retry_for = 30, timeout = 60;
};

void add_options(CLI::App& app, Options& options, Words& words) {
  app.add_option("server", words.server, "ADDRESS:PORT of the SMTP server")->required();
  app.add_option("--messages", options.messages, "How many messages in all")->capture_default_str();
  app.add_option("--seconds", words.seconds, "Begin no message after so many seconds (0: no end)");
  app.add_option("--connections", options.connections, "Connections at once")->check(CLI::Range(1, 10000));
  app.add_option("--per-connection", options.messages_a_connection, "Messages of one connection")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--rate", options.messages_a_second, "Messages a second in all (0: as fast as it goes)");
  app.add_option("--sizes", words.sizes, "Octets of a message: 4k, or 900:1k-64k,90:64k-1m,10:20m");
  app.add_flag("--starttls", options.starttls, "Upgrade every connection; certificates are not verified");
  app.add_flag("--chunking", options.chunking, "BDAT instead of DATA");
  app.add_option("--from", words.sender, "Sender")->capture_default_str();
  app.add_option("--to", words.recipient, "Recipient")->capture_default_str();
  app.add_option("--seed", options.seed, "Other seeds make other messages");
  app.add_option("--journal", options.journal, "Append what became of every attempt to this file");
  app.add_option("--retry-for", words.retry_for, "Seconds for which a message is tried again (0: once)");
  app.add_option("--timeout", words.timeout, "Seconds to wait for any answer");
  app.add_option("--cpu-of", options.watched, "Report the CPU time of this process, too; repeatable");
  app.add_flag("--json", options.json, "Print one JSON object");
}

int complete(Options& options, const Words& words) {
  const auto complain = [](const char* what, const std::string& word) {
    std::fprintf(stderr, "smtp_load: %s: %s\n", what, word.c_str());
    return 2;
  };
  const auto server = Endpoint::parse(words.server);
  if (!server) return complain("not ADDRESS:PORT", words.server);
  const auto sizes = SizeMix::parse(words.sizes);
  if (!sizes) return complain("not a list of sizes of at least 512", words.sizes);
  const auto sender = mail::MailAddress::parse(words.sender);
  if (!sender) return complain("not a mail address", words.sender);
  const auto recipient = mail::MailAddress::parse(words.recipient);
  if (!recipient) return complain("not a mail address", words.recipient);
  options.server = *server;
  options.sizes = *sizes;
  options.envelope.sender = *sender;
  options.envelope.recipients = {mail::Recipient(*recipient)};
  options.duration = std::chrono::seconds(words.seconds);
  options.retry_for = std::chrono::seconds(words.retry_for);
  options.timeout = std::chrono::seconds(words.timeout);
  return 0;
}

}  // namespace

Options parse_command_line(int argc, char** argv) {
  CLI::App app{"Sends made-up messages to an SMTP server over many connections and keeps a journal of the answers."};
  Options options;
  Words words;
  add_options(app, options, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    std::exit(status == 0 ? 0 : 2);
  }
  if (const int status = complete(options, words); status != 0) std::exit(status);
  return options;
}

}  // namespace sisu::load
