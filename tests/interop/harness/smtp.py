"""A sender for stories: smtplib with STARTTLS, whatever certificate the device shows."""

import smtplib
import ssl

from harness.programs import ADDRESS

SENDER = "ada@sender.example"
HELLO = "mx.sender.example"


def any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(
    port: int, tls: bool = True, host: str = "127.0.0.1", timeout: float = 60.0, source: str = ""
) -> smtplib.SMTP:
    """After EHLO, and by default inside TLS after a second EHLO. `source`: the sender's own address."""
    own = (source, 0) if source else None
    connection = smtplib.SMTP(host, port, local_hostname=HELLO, timeout=timeout, source_address=own)
    connection.ehlo_or_helo_if_needed()
    if tls:
        connection.starttls(context=any_certificate())
        connection.ehlo()
    return connection


def send(port: int, message: bytes, recipient: str = ADDRESS, source: str = "") -> str:
    """One message on its own connection; the text of the 250."""
    with connect(port, source=source) as connection:
        return send_on(connection, message, recipient)


def send_on(connection: smtplib.SMTP, message: bytes, recipient: str = ADDRESS) -> str:
    """One more message on a connection. Raises SMTPResponseException for any other answer than 250."""
    expect_250(connection, *connection.mail(SENDER, ["BODY=8BITMIME"]))
    expect_250(connection, *connection.rcpt(recipient))
    return expect_250(connection, *connection.data(message))


def expect_250(connection: smtplib.SMTP, code: int, text: bytes) -> str:
    if code != 250:
        connection.rset()
        raise smtplib.SMTPResponseException(code, text)
    return text.decode()
