"""What a mail server shows of itself after STARTTLS, as openssl sees it."""

import hashlib
import re
from pathlib import Path

from harness.netns import Namespace
from harness.scratch import Failed, Scratch


def s_client(host: str, *words) -> list:
    return ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{host}:25", *words]


def served(machine: Namespace, host: str) -> str:
    """The chain, PEM, leaf first."""
    said = machine.scratch.run(machine.inside(s_client(host, "-showcerts")), 20).stdout
    found = re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", said, re.DOTALL)
    if not found:
        raise Failed(f"{host} shows no certificate: {said}")
    return "".join(found)


def verify(machine: Namespace, host: str, root: Path) -> None:
    """As a sender does that trusts only `root`, and insists on the name."""
    machine.run(s_client(host, "-brief", "-verify_return_error", "-CAfile", root, "-verify_hostname", host), 20)


def certificate_says(scratch: Scratch, certificate: str, *words: str) -> str:
    """openssl x509 of the first one."""
    file = scratch.path / "asked.pem"
    file.write_text(certificate)
    return scratch.must_run(["openssl", "x509", "-in", file, "-noout", *words]).strip()


def spki_digest(scratch: Scratch, certificate: str) -> str:
    """SHA-256 of its SubjectPublicKeyInfo: what a record 3 1 1 says (RFC 6698 2.1)."""
    public, der = scratch.path / "asked.pub", scratch.path / "asked.der"
    public.write_text(certificate_says(scratch, certificate, "-pubkey") + "\n")
    scratch.must_run(["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER", "-out", der])
    return hashlib.sha256(der.read_bytes()).hexdigest()
