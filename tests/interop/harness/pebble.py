"""pebble as the certification authority (RFC 8555) of a story: it validates at the zone's name server, rejects good nonces
now and then, and issues certificates that live as long as the story says.

Each start is a new authority: accounts, orders and the root certificate are gone with the process."""

import json
import os
from pathlib import Path

from harness.dns import AUTHORITY
from harness.netns import Namespace
from harness.scratch import Process, Scratch

ACME_PORT, MANAGEMENT_PORT = 14000, 15000
DAY = 86400


class Pebble:
    """`lifetime`: of certificates, in seconds. `nonces_rejected`: percent of the good ones. `accounts`: kid to MAC key
    (base64url) for external account binding, which is then required. `pensive`: for how many seconds it may sleep before
    it looks at a challenge; 0: it looks at once."""

    def __init__(
        self, scratch: Scratch, machine: Namespace,
        lifetime: int = 90 * DAY, nonces_rejected: int = 20, accounts: dict[str, str] | None = None,
        pensive: int = 0,
    ):  # fmt: skip
        self.scratch, self.machine, self.lifetime = scratch, machine, lifetime
        self.nonces_rejected, self.accounts, self.pensive = nonces_rejected, accounts or {}, pensive
        self.path = scratch.path / "pebble"
        self.path.mkdir()
        self.ca_file = self.path / "ca.pem"  # of its web server; not of what it issues
        self._make_certificate()
        self.start()

    directory = f"https://127.0.0.1:{ACME_PORT}/dir"

    def start(self) -> Process:
        settings = {
            "listenAddress": f"127.0.0.1:{ACME_PORT}",
            "managementListenAddress": f"127.0.0.1:{MANAGEMENT_PORT}",
            "certificate": str(self.path / "web.pem"),
            "privateKey": str(self.path / "web.key"),
            "httpPort": 5002,
            "tlsPort": 5001,
            "externalAccountBindingRequired": bool(self.accounts),
            "externalAccountMACKeys": self.accounts,
            "certificateValidityPeriod": self.lifetime,
        }
        config = self.path / "pebble.json"
        config.write_text(json.dumps({"pebble": settings}))
        # No authorization is reused: each order has its challenge.
        options = {"PEBBLE_WFE_NONCEREJECT": str(self.nonces_rejected), "PEBBLE_AUTHZREUSE": "0"}
        options |= {"PEBBLE_VA_SLEEPTIME": str(self.pensive)} if self.pensive else {"PEBBLE_VA_NOSLEEP": "1"}
        argv = ["pebble", "-strict", "-config", config, "-dnsserver", f"{AUTHORITY}:53"]
        log = self.scratch.path / "pebble.log"
        said_before = log.stat().st_size if log.exists() else 0
        self.process = self.scratch.start("pebble", self.machine.inside(argv), env=os.environ | options)
        self.process.wait_for_log("ACME directory available at", 20, said_before)
        return self.process

    def stop(self) -> None:
        self.process.stop()

    def get(self, url: str) -> str:
        return self.machine.run(["curl", "-sS", "--fail", "--max-time", "20", "--cacert", self.ca_file, url])

    def root(self) -> Path:
        """A file with the root certificate of what it issues."""
        file = self.path / "root.pem"
        file.write_text(self.get(f"https://127.0.0.1:{MANAGEMENT_PORT}/roots/0"))
        return file

    def count(self, words: str) -> int:
        """How often it has logged that."""
        return self.process.log().count(words)

    def _make_certificate(self) -> None:
        """For 127.0.0.1, signed by an authority of its own."""
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
        ca = ["-subj", "/CN=story CA", "-keyout", self.path / "ca.key", "-out", self.ca_file]
        self.scratch.must_run(["openssl", "req", "-x509", *key, *ca])
        web = ["-subj", "/CN=pebble", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
        issuer = ["-CA", self.ca_file, "-CAkey", self.path / "ca.key"]
        out = ["-keyout", self.path / "web.key", "-out", self.path / "web.pem"]
        self.scratch.must_run(["openssl", "req", "-x509", *key, *web, *issuer, *out])
