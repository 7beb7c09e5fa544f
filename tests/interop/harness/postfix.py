"""Postfix instances of a story's own: configuration, queue and logs in the scratch directory, on loopback ports.

Postfix needs root to start (its parts change to the user postfix); it is stopped with `postfix -c DIR abort`.
"""

import os
import subprocess

from harness.scratch import Scratch, can_connect, free_port, wait_until

# Every service that a sender, a receiver or both need; nothing is chrooted, so no copies of /etc are needed.
MASTER = """\
{listeners}
pickup     unix  n - n 60 1 pickup
cleanup    unix  n - n -  0 cleanup
qmgr       unix  n - n 10 1 qmgr
tlsmgr     unix  - - n 1000? 1 tlsmgr
rewrite    unix  - - n -  - trivial-rewrite
bounce     unix  - - n -  0 bounce
defer      unix  - - n -  0 bounce
trace      unix  - - n -  0 bounce
verify     unix  - - n -  1 verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n -  - proxymap
smtp       unix  - - n -  - smtp
relay      unix  - - n -  - smtp
showq      unix  n - n -  - showq
error      unix  - - n -  - error
retry      unix  - - n -  - error
discard    unix  - - n -  - discard
local      unix  - n n -  - local
virtual    unix  - n n -  - virtual
anvil      unix  - - n -  1 anvil
scache     unix  - - n -  1 scache
tlsproxy   unix  - - n -  0 tlsproxy
postlog    unix-dgram n - n - 1 postlogd
"""

COMMON = {
    "compatibility_level": "3.6",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "myhostname": "mx.sender.example",
    "mydestination": "",
    "alias_maps": "",
    "message_size_limit": "52428800",
    "mailbox_size_limit": "0",
    "smtputf8_enable": "yes",
    "smtp_tls_loglevel": "1",
    "smtp_host_lookup": "native",
    "notify_classes": "",
    "maximal_queue_lifetime": "1h",
    "bounce_queue_lifetime": "1h",
    "minimal_backoff_time": "5s",
    "maximal_backoff_time": "10s",
    "queue_run_delay": "5s",
}


class Postfix:
    """`listeners` are master.cf lines with {port} in place of their port; `settings` are main.cf lines; `namespace`
    runs it inside one."""

    def __init__(
        self, scratch: Scratch, name: str, settings: dict[str, str], listener: str | None = None, namespace=None
    ):
        self.scratch = scratch
        self.namespace = namespace
        self.port = free_port()
        self.path = scratch.path / name
        self.log_path = self.path / "postfix.log"
        config = self.path / "conf"
        for folder in (config, self.path / "queue", self.path / "data"):
            folder.mkdir(parents=True, mode=0o755)
        os.chmod(self.path, 0o755)
        scratch.must_run(["chown", "postfix", self.path / "data"])
        line = listener or "127.0.0.1:{port} inet n - n - - smtpd"
        (config / "master.cf").write_text(MASTER.format(listeners=line.format(port=self.port)))
        all_settings = COMMON | {
            "queue_directory": str(self.path / "queue"),
            "data_directory": str(self.path / "data"),
            "maillog_file": str(self.log_path),
            "maillog_file_prefixes": str(scratch.path),
        }
        all_settings |= settings
        (config / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in all_settings.items()))
        self.config = config
        scratch.must_run(self.inside(["postfix", "-c", config, "start"]))
        scratch.at_end(self.stop)
        if not namespace:
            wait_until(lambda: can_connect("127.0.0.1", self.port), f"Postfix {name} to listen", 20)

    def inside(self, argv: list) -> list:
        return self.namespace.inside(argv) if self.namespace else argv

    def stop(self) -> None:
        # `stop` would wait for its parts for some seconds; what counts has been delivered by now.
        self.scratch.run(self.inside(["postfix", "-c", self.config, "abort"]), 30)

    def submit(self, sender: str, recipient: str, message: bytes) -> None:
        """By its sendmail(1)."""
        argv = self.inside(["sendmail", "-C", self.config, "-i", "-f", sender, recipient])
        subprocess.run(list(map(str, argv)), input=message, check=True, timeout=30)

    def deliver(self, sender: str, recipient: str, message: bytes, limit: float = 60) -> str:
        """One message; what was logged about it from the queue to its end, or to its being deferred."""
        before = len(self.log())
        self.submit(sender, recipient, message)
        ends = (": removed", "status=deferred")
        wait_until(lambda: any(end in self.log()[before:] for end in ends), "Postfix to try a message", limit)
        return self.log()[before:]

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def queue_length(self) -> int:
        """Messages that wait or are under way."""
        count = 0
        for part in ("maildrop", "incoming", "active", "deferred", "hold"):
            count += sum(1 for path in (self.path / "queue" / part).rglob("*") if path.is_file())
        return count

    def wait_until_empty(self, limit: float) -> None:
        wait_until(lambda: self.queue_length() == 0, "Postfix to send all that it has queued", limit, 0.2)


def sender(scratch: Scratch, port: int, reuse: bool, settings: dict[str, str] | None = None) -> Postfix:
    """A Postfix that sends everything it gets to 127.0.0.1:`port`, always with STARTTLS, the certificate not checked
    (as the world's senders do without DANE)."""
    own = {
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "default_transport": f"smtp:[127.0.0.1]:{port}",
        "relay_transport": f"smtp:[127.0.0.1]:{port}",
        "smtp_tls_security_level": "encrypt",
        "default_destination_concurrency_limit": "10",
        "smtp_connection_cache_on_demand": "yes" if reuse else "no",
        "smtp_tls_connection_reuse": "yes" if reuse else "no",
        "smtp_connection_cache_destinations": f"[127.0.0.1]:{port}" if reuse else "",
    }
    return Postfix(scratch, "sender", own | (settings or {}))


DANE_SENDER = "2001:db8:25::25"


def dane_sender(scratch: Scratch, machine, more: dict[str, str] | None = None) -> Postfix:
    """One that asks the resolver of `machine` for MX and TLSA records and believes those that it has validated (RFC 7672).
    It sends over IPv6, from an address of its own. Each message has its own connection."""
    machine.ip("addr", "add", f"{DANE_SENDER}/128", "dev", "lo")
    settings = {
        "inet_protocols": "all",
        "mynetworks": "127.0.0.0/8",
        "smtp_host_lookup": "dns",
        "smtp_dns_support_level": "dnssec",
        "smtp_tls_security_level": "dane",
        "smtp_bind_address6": DANE_SENDER,
        "smtp_connection_cache_on_demand": "no",
    }
    return Postfix(scratch, "dane-sender", settings | (more or {}), namespace=machine)
