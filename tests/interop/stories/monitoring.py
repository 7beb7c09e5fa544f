"""/healthz, /readyz and /metrics, as curl and a scraper see them, and what an attacker on the same machine can do."""

import re
import socket
import subprocess
import urllib.request

from harness.command_line import FAILURE, USAGE, CommandLineStory
from harness.messages import make
from harness.programs import RELAY, USER, Client, Relay, make_key, start_pair
from harness.scratch import free_port, wait_until
from harness.smtp import connect, send


class Monitoring(CommandLineStory):
    def setUp(self):
        self.port = free_port()
        self.options = ("--metrics-listen", f"127.0.0.1:{self.port}")

    def get(self, path: str) -> tuple[int, str]:
        """Status and body, by curl."""
        url = f"http://127.0.0.1:{self.port}{path}"
        done = subprocess.run(
            ["curl", "-s", "--max-time", "20", "-w", "\n%{http_code}", url], capture_output=True, text=True, check=False
        )
        body, _, code = done.stdout.rpartition("\n")
        return int(code), body

    def samples(self) -> dict[str, float]:
        """`name{labels}` to value."""
        status, text = self.get("/metrics")
        self.assertEqual(status, 200)
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    def wait_for_sample(self, name: str, value: float) -> None:
        wait_until(lambda: self.samples()[name] == value, f"{name} to be {value}; it is {self.samples()[name]}")

    def test_a_relay_that_serves_is_alive_and_ready(self):
        Relay(self.scratch, self.options)
        self.assertEqual(self.get("/healthz"), (200, "alive\n"))
        wait_until(lambda: self.get("/readyz") == (200, "ready\n"), "/readyz to say ready")
        self.assertEqual(self.get("/")[0], 404)
        self.assertEqual(self.get("/metrics/../etc/passwd")[0], 404)

    def test_a_relay_that_stops_is_alive_and_not_ready(self):
        relay, client = start_pair(self.scratch, self.options)
        with connect(relay.tier1_port) as sender:  # a delivery that the relay waits for
            relay.process.signal(15)
            wait_until(lambda: self.get("/readyz") == (503, "stopping\n"), "/readyz to say stopping")
            self.assertEqual(self.get("/healthz"), (200, "alive\n"))
            sender.quit()
        self.assertEqual(relay.process.exit_status(40), 0)

    def test_metrics_count_what_happens(self):
        relay, client = start_pair(self.scratch, self.options)
        before = self.samples()
        self.assertEqual(before["sisumail_relay_sessions"], 1)
        self.assertEqual(before["sisumail_relay_present_users"], 1)
        self.assertEqual(before['sisumail_relay_logins_total{outcome="done"}'], 1)
        self.assertGreater(before["process_resident_memory_bytes"], 1e6)
        self.assertGreater(before["process_open_fds"], 10)
        send(relay.tier1_port, make("counted", 100_000))
        self.wait_for_sample("sisumail_relay_connections", 0)
        after = self.samples()
        self.assertEqual(after['sisumail_relay_connections_total{outcome="piped"}'], 1)
        self.assertGreater(after['sisumail_relay_bytes_total{direction="to_client"}'], 100_000)
        client.process.stop()
        self.wait_for_sample("sisumail_relay_sessions", 0)
        self.wait_for_sample("sisumail_relay_present_users", 0)

    def test_refusals_are_counted_by_reason(self):
        relay = Relay(self.scratch, (*self.options, "--limit", "unauthenticated-per-source=1"))
        owner, stranger = make_key(self.scratch, "owner"), make_key(self.scratch, "stranger")
        self.assertEqual(self.ssh(relay, owner, "whoami"), 0)
        self.assertEqual(self.ssh(relay, stranger, "whoami"), 255)
        self.assertEqual(self.ssh(relay, owner, "-W", "127.0.0.1:22"), 255)
        waits = socket.create_connection(("127.0.0.1", relay.ssh_port))
        wait_until(lambda: self.samples()["sisumail_relay_unauthenticated"] == 1, "the connection to be seen")
        with socket.create_connection(("127.0.0.1", relay.ssh_port)) as one_too_many:
            self.assertEqual(one_too_many.recv(100), b"")
        waits.close()
        found = self.samples()
        self.assertGreaterEqual(found['sisumail_relay_logins_total{outcome="refused"}'], 1)
        self.assertGreaterEqual(found["sisumail_relay_ssh_requests_refused_total"], 1)
        self.assertEqual(found['sisumail_relay_limit_reached_total{limit="unauthenticated-per-source"}'], 1)

    def ssh(self, relay: Relay, key, *words: str) -> int:
        argv = ["ssh", "-F", "none", "-p", str(relay.ssh_port), "-i", str(key), "-o", "IdentitiesOnly=yes"]
        argv += ["-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new"]
        argv += ["-o", f"UserKnownHostsFile={self.scratch.path}/known_hosts", *self.around_target(words)]
        return subprocess.run(argv, capture_output=True, timeout=30, stdin=subprocess.DEVNULL).returncode

    def around_target(self, words: tuple) -> list[str]:
        options = words if words[0].startswith("-") else ()
        return [*options, f"{USER}@127.0.0.1", *(() if options else words)]

    def test_every_line_of_the_metrics_is_well_formed(self):
        Relay(self.scratch, self.options)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            text = answer.read().decode()
        self.assertTrue(text.endswith("\n"))
        sample = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? [0-9.e+-]+$')
        for line in text.splitlines():
            self.assertTrue(re.match(r"# (HELP|TYPE) [a-z_]+ .", line) or sample.match(line), line)
        self.assertNotIn(USER, text)

    def test_hostile_connections_do_not_keep_a_scraper_out(self):
        relay, client = start_pair(self.scratch, self.options)
        hostile = []
        for number in range(400):  # more than are served at once
            one = socket.create_connection(("127.0.0.1", self.port))
            one.send((b"", b"GET /metrics HTTP/1.1\r\nX: ", b"\x00" * 5000, b"POST / HTTP/1.1\r\n\r\n")[number % 4])
            hostile.append(one)
        self.assertEqual(self.get("/healthz"), (200, "alive\n"))
        send(relay.tier1_port, make("meanwhile"))
        for one in hostile:
            one.close()

    def test_addresses_that_others_reach_must_be_asked_for(self):
        argv = [RELAY, "--ssh-listen", "127.0.0.1:0", "--tier1-listen", "127.0.0.1:0", "--dev-user", USER]
        argv += ["--state", self.scratch.path / "state"]
        for address in ("0.0.0.0:9100", "[::]:9100", "192.0.2.1:9100"):
            self.expect_one_line([*argv, "--metrics-listen", address], USAGE, "--metrics-allow-remote allows it")
        for address in ("nonsense", "127.0.0.1", "127.0.0.1:70000", "localhost:9100"):
            self.expect_one_line([*argv, "--metrics-listen", address], USAGE, "metrics-listen")
        self.expect_one_line([*argv, "--metrics-allow-remote"], USAGE, "--metrics-listen")

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", self.port)):
            argv = [RELAY, "--ssh-listen", f"127.0.0.1:{free_port()}", "--tier1-listen", f"127.0.0.1:{free_port()}"]
            argv += ["--dev-user", USER, "--state", self.scratch.path / "state", *self.options]
            self.expect_one_line(argv, FAILURE, f"--metrics-listen: 127.0.0.1:{self.port}.*in use")

    def test_the_relay_links_no_tls(self):
        libraries = self.scratch.must_run(["ldd", RELAY])
        self.assertNotIn("libssl", libraries)
        self.assertIn("libcrypto", libraries)  # the look at it can fail
