"""Other people's programs that read a Maildir: mutt and Dovecot's IMAP server, each on a copy."""

import imaplib
import os
import re
import shlex
import shutil
from pathlib import Path

from harness.scratch import Scratch

MUTTRC = """
set mbox_type=Maildir
set confirmappend=no
set confirmcreate=no
set move=no
set folder={home}
set timeout=1
"""

DOVECOT_CONF = """
mail_location = maildir:{maildir}
base_dir = {run}
state_dir = {run}
log_path = {run}/dovecot.log
ssl = no
"""


def copy_of(scratch: Scratch, maildir: Path, name: str) -> Path:
    """Readers move files to cur/ and keep notes of their own."""
    return Path(shutil.copytree(maildir, scratch.path / name))


def read_with_mutt(scratch: Scratch, maildir: Path) -> list[bytes]:
    """Every message as mutt copies it into another folder."""
    copy = copy_of(scratch, maildir, "mutt-mail")
    out = scratch.path / "mutt-copies"
    settings = scratch.path / "muttrc"
    settings.write_text(MUTTRC.format(home=scratch.path))
    keys = f"<tag-pattern>~A<enter><tag-prefix><copy-message>{out}<enter><exit>"
    mutt = ["mutt", "-n", "-F", settings, "-f", copy, "-e", f'push "{keys}"']
    # mutt wants a terminal: script(1) gives it one.
    environment = {**os.environ, "TERM": "vt100", "HOME": str(scratch.path)}
    scratch.must_run(["script", "-qec", shlex.join(map(str, mutt)), "/dev/null"], env=environment)
    return [path.read_bytes() for part in ("new", "cur") for path in sorted((out / part).iterdir())]


def read_with_dovecot(scratch: Scratch, maildir: Path) -> list[bytes]:
    """Every message as Dovecot's IMAP server gives it."""
    copy = copy_of(scratch, maildir, "dovecot-mail")
    run = scratch.path / "dovecot"
    run.mkdir()
    settings = run / "dovecot.conf"
    settings.write_text(DOVECOT_CONF.format(maildir=copy, run=run))
    server = ["/usr/lib/dovecot/imap", "-c", str(settings)]
    user = ["env", "USER=reader", f"HOME={run}"]
    if os.geteuid() == 0:  # Dovecot gives root no mail
        for path in (copy, run, *copy.rglob("*"), *run.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")
        user += ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    imap = imaplib.IMAP4_stream(shlex.join(user + server))
    try:
        imap.select("INBOX")
        status, parts = imap.fetch("1:*", "(BODY.PEEK[])")
        if status != "OK":
            raise AssertionError(f"Dovecot: {status} {parts}")
        return [part[1] for part in parts if isinstance(part, tuple)]
    finally:
        imap.logout()


def header_and_body(message: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """Without carriage returns, which a reader may leave out; fields of one line."""
    head, _, body = message.replace(b"\r\n", b"\n").partition(b"\n\n")
    unfolded = re.sub(rb"\n[ \t]+", b" ", head)
    return dict(line.split(b": ", 1) for line in unfolded.split(b"\n") if b": " in line), body
