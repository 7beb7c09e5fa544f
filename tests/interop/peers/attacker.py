#!/usr/bin/python3
"""An SSH client that does what no decent one does. Run with Debian's own python3, which has asyncssh (python3-asyncssh):

    attacker.py ATTACK PORT USER KEY [NUMBER...]

After log-in (for some attacks: before) it takes the messages of RFC 4254 into its own hands. What it has to tell are
lines "word value"; the last one is "ended REASON" when the relay has cut it. Attacks are the functions below."""

import asyncio
import random
import socket
import sys
import warnings

warnings.simplefilter("ignore")
import asyncssh  # noqa: E402
from asyncssh.packet import Boolean, String, UInt32  # noqa: E402

IGNORE, USERAUTH_REQUEST, GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 2, 50, 80, 81, 82
OPEN, CONFIRMATION, OPEN_FAILURE, WINDOW, DATA, EXTENDED_DATA, EOF, CLOSE, REQUEST = 90, 91, 92, 93, 94, 95, 96, 97, 98
WIDE = 0x7FFFFFFF


def tell(word: str, value="") -> None:
    print(word, value, flush=True)


class Channel:
    """One of ours: `number` is ours, `theirs` the relay's."""

    def __init__(self, number: int, theirs: int):
        self.number, self.theirs = number, theirs


class Peer(asyncssh.SSHClient):
    """Keeps every channel message in `inbox`; answers none of them by itself."""

    def __init__(self):
        self.inbox: asyncio.Queue = asyncio.Queue()
        self.over = asyncio.get_running_loop().create_future()
        self.numbers = 0

    def connection_made(self, conn) -> None:
        self.conn = conn

    def connection_lost(self, exc) -> None:
        self.over.set_result(getattr(exc, "reason", None) or str(exc or "closed"))

    def take_over(self) -> None:
        peer = self

        class Everyone(dict):
            def __getitem__(self, number):
                return Receiver(number)

        class Receiver:
            def __init__(self, number):
                self.number = number

            def log_received_packet(self, *_):
                pass

            def process_packet(self, kind, _, packet):
                peer.inbox.put_nowait((kind, self.number, packet))
                return True

        self.conn._channels = Everyone()
        kept = {}
        for kind in (OPEN, CONFIRMATION, OPEN_FAILURE, REQUEST_SUCCESS, REQUEST_FAILURE):
            kept[kind] = lambda _, kind, __, packet: peer.inbox.put_nowait((kind, None, packet))
        # None of its own any more, but for the key exchange and the farewell.
        self.conn._packet_handlers = {**type(self.conn)._packet_handlers, **kept}

    async def next(self, *kinds: int):
        """The next message of one of these kinds; others are dropped. Raises ConnectionError at the end."""
        while True:
            if self.over.done():
                raise ConnectionError(self.over.result())
            waiting = asyncio.ensure_future(self.inbox.get())
            await asyncio.wait([waiting, self.over], timeout=30, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                raise ConnectionError(self.over.result() if self.over.done() else "nothing came")
            message = waiting.result()
            if message[0] in kinds:
                return message

    def send(self, kind: int, *fields: bytes) -> None:
        if self.over.done():
            raise ConnectionError(self.over.result())
        self.conn.send_packet(kind, *fields)

    async def rest(self) -> None:
        """Lets the other side have its turn."""
        await asyncio.sleep(0)
        while self.conn._transport and self.conn._transport.get_write_buffer_size() > 1 << 16:
            await asyncio.sleep(0.001)
        if self.over.done():
            raise ConnectionError(self.over.result())

    async def open(self, kind: bytes = b"session", window: int = 2097152, extra: bytes = b"") -> Channel | None:
        number, self.numbers = self.numbers, self.numbers + 1
        self.send(OPEN, String(kind), UInt32(number), UInt32(window), UInt32(32768), extra)
        answer, _, packet = await self.next(CONFIRMATION, OPEN_FAILURE)
        packet.get_uint32()
        return Channel(number, packet.get_uint32()) if answer == CONFIRMATION else None

    def request(self, channel: Channel, kind: bytes, extra: bytes = b"", want_reply: bool = False) -> None:
        self.send(REQUEST, UInt32(channel.theirs), String(kind), Boolean(want_reply), extra)

    async def forward(self) -> None:
        self.send(GLOBAL_REQUEST, String(b"tcpip-forward"), Boolean(True), String(b"smtp-raw"), UInt32(25))
        await self.next(REQUEST_SUCCESS)
        tell("forwarding")

    async def next_sender(self) -> Channel:
        """A channel that the relay wants to open; not answered."""
        _, _, packet = await self.next(OPEN)
        packet.get_string()
        return Channel(-1, packet.get_uint32())

    def confirm(self, channel: Channel, window: int = 2097152) -> Channel:
        channel.number, self.numbers = self.numbers, self.numbers + 1
        self.send(CONFIRMATION, UInt32(channel.theirs), UInt32(channel.number), UInt32(window), UInt32(32768))
        return channel


# --- Before log-in


async def passwords(peer: Peer, count: int) -> None:
    """A flood of password requests on one connection."""
    user = String(peer.user)
    for tried in range(1, count + 1):
        peer.send(USERAUTH_REQUEST, user, String("ssh-connection"), String("password"), Boolean(False), String("guess"))
        if tried % 10 == 0:
            await peer.rest()


async def noise(peer: Peer, count: int, size: int) -> None:
    """Messages that ask for nothing, and no log-in."""
    for _ in range(count):
        peer.send(IGNORE, String(b"x" * size))
        await peer.rest()


# --- After log-in


async def channels(peer: Peer, count: int) -> None:
    """Opens so many session channels, and closes none."""
    opened = 0
    try:
        for _ in range(count):
            opened += await peer.open() is not None
    finally:
        tell("opened", opened)


async def global_requests(peer: Peer, count: int) -> None:
    """Asks for what nobody knows; libssh refuses it without a word to its user."""
    for _ in range(count):
        peer.send(GLOBAL_REQUEST, String(b"let-me-in@example.com"), Boolean(True))
        await peer.next(REQUEST_FAILURE)


async def fuzz(peer: Peer, seed: int, count: int, wild: int) -> None:
    """Unknown and known types of channels and requests, with payloads that fit or not; if `wild`, also messages on any
    channel and of any number."""
    dice = random.Random(seed)
    kinds = [b"session", b"direct-tcpip", b"x11", b"auth-agent@openssh.com", b"forwarded-tcpip", b"tun@openssh.com", b""]
    asked = [b"exec", b"shell", b"subsystem", b"env", b"pty-req", b"x11-req", b"auth-agent-req@openssh.com", b"signal"]
    asked += [b"window-change", b"exit-status", b"break", b"eow@openssh.com", b"xon-xoff", b"\xff\x00", b"a" * 300]
    globals_ = [b"tcpip-forward", b"cancel-tcpip-forward", b"streamlocal-forward@openssh.com", b"hostkeys-prove-00@openssh.com"]
    globals_ += [b"no-more-requests", b"", b"\x00", b"keepalive@openssh.com"]

    def payload() -> bytes:
        return random.Random(dice.random()).randbytes(dice.choice([0, 1, 4, 8, 40, 400, 4000]))

    opened = [Channel(0, 0)]
    sent = 0
    try:
        for sent in range(count):
            match dice.randrange(6 if wild else 4):
                case 0:
                    kind = dice.choice(kinds) if dice.random() < 0.7 else payload()
                    window, extra = dice.choice([0, 1, WIDE]), payload()
                    if kind != b"session":  # not always answered: libssh drops what it cannot read
                        peer.send(OPEN, String(kind), UInt32(7), UInt32(window), UInt32(32768), extra)
                    elif channel := await peer.open(kind, window, extra):
                        opened.append(channel)
                case 1 | 2:
                    kind = dice.choice(asked) if dice.random() < 0.7 else payload()
                    extra = dice.choice([payload(), String(payload()), String(b"help"), UInt32(1) * 4])
                    peer.request(dice.choice(opened), kind, extra, dice.random() < 0.5)
                case 3:
                    kind = dice.choice(globals_) if dice.random() < 0.7 else payload()
                    extra = dice.choice([payload(), String(payload()) + UInt32(dice.randrange(70000))])
                    peer.send(GLOBAL_REQUEST, String(kind), Boolean(dice.random() < 0.5), extra)
                case 4:
                    number = UInt32(dice.choice([0, 1, 2, 7, 4294967295, dice.choice(opened).theirs]))
                    extra = dice.choice([payload(), String(payload()), UInt32(WIDE), b""])
                    peer.send(dice.choice([WINDOW, DATA, EXTENDED_DATA, EOF, CLOSE, CONFIRMATION, OPEN_FAILURE]), number, extra)
                case 5:
                    peer.send(dice.choice([3, 4, 21 + 9, 60, 100, 127, 192, 255]), payload())
            await peer.rest()
    finally:
        tell("sent", sent)


async def ignores_windows(peer: Peer) -> None:
    """As a user's client: sends to a sender who does not read, far beyond the window of the channel."""
    await peer.forward()
    channel = peer.confirm(await peer.next_sender())
    sent = 0
    try:
        for _ in range(4000):
            peer.send(DATA, UInt32(channel.theirs), String(b"x" * 30000))
            sent += 30000
            await peer.rest()
    finally:
        tell("sent", sent)


async def sends_after_close(peer: Peer) -> None:
    """As a user's client: goes on sending on a channel that the relay has closed, and never closes it."""
    await peer.forward()
    channel = peer.confirm(await peer.next_sender())
    peer.send(DATA, UInt32(channel.theirs), String(b"220 hello\r\n"))
    await peer.next(CLOSE)
    tell("closed")
    for _ in range(4000):
        peer.send(DATA, UInt32(channel.theirs), String(b"x" * 30000))
        await peer.rest()


async def never_closes(peer: Peer) -> None:
    """As a user's client: takes channels, and confirms the end of none."""
    await peer.forward()
    while True:
        peer.confirm(await peer.next_sender())


async def never_confirms(peer: Peer) -> None:
    """As a user's client: answers no channel open at all."""
    await peer.forward()
    await peer.over


async def reads_no_answers(peer: Peer, count: int) -> None:
    """Asks, and takes nothing off its socket any more. (Small buffers of the kernel: see connect().)"""
    peer.conn._transport.pause_reading()
    for _ in range(count):
        peer.send(GLOBAL_REQUEST, String(b"let-me-in@example.com"), Boolean(True))
        await peer.rest()
    # Whether it was cut shows only when reading.
    peer.conn._transport.resume_reading()
    await peer.over


async def reads_no_events(peer: Peer) -> None:
    """Runs `events` with a window of nothing, and as a user's client answers no channel: each makes an event or two."""
    channel = await peer.open(window=0)
    peer.request(channel, b"exec", String(b"events --json"))
    await peer.forward()
    await peer.over


async def foreign_channels(peer: Peer, count: int) -> None:
    """Messages for channels that others have: numbers mean something within one connection only (RFC 4254 5)."""
    for number in range(count):
        for kind, extra in ((DATA, String(b"550 go away\r\n")), (EOF, b""), (CLOSE, b""), (WINDOW, UInt32(1))):
            peer.send(kind, UInt32(number), extra)
    peer.send(GLOBAL_REQUEST, String(b"cancel-tcpip-forward"), Boolean(True), String(b"smtp-raw"), UInt32(25))
    tell("cancelled", (await peer.next(REQUEST_SUCCESS, REQUEST_FAILURE))[0] == REQUEST_SUCCESS)


BEFORE_LOG_IN = (passwords, noise)
AFTER_LOG_IN = (channels, global_requests, fuzz, ignores_windows, sends_after_close, never_closes, never_confirms)
AFTER_LOG_IN += (reads_no_answers, reads_no_events, foreign_channels)


async def attack_before_log_in(peer: Peer, attack, numbers: list[int]) -> None:
    try:
        await attack(peer, *numbers)
    except (ConnectionError, AttributeError):  # asyncssh has let go of its transport
        pass


async def main(name: str, port: str, user: str, key: str, *numbers: str) -> None:
    attack = next(one for one in BEFORE_LOG_IN + AFTER_LOG_IN if one.__name__ == name)
    counts = [int(number) for number in numbers]
    peers: list[Peer] = []

    def make() -> Peer:
        peers.append(Peer())
        return peers[-1]

    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096 if attack is reads_no_answers else 1 << 20)
    plain.connect(("127.0.0.1", int(port)))
    plain.setblocking(False)
    loop = asyncio.get_running_loop()
    connect = loop.create_connection
    loop.create_connection = lambda protocol, *_, **__: connect(protocol, sock=plain)
    if attack in BEFORE_LOG_IN:

        def try_next_auth(conn, *_) -> None:
            peers[0].user = user
            conn.create_task(attack_before_log_in(peers[0], attack, counts))

        asyncssh.connection.SSHClientConnection.try_next_auth = try_next_auth
    options = {"username": user, "client_keys": [key], "known_hosts": None, "config": None, "agent_path": None}
    try:
        await asyncssh.create_connection(make, "127.0.0.1", int(port), **options)
        peer = peers[0]
        peer.take_over()
        tell("in")
        await attack(peer, *counts)
        tell("done")
    except (ConnectionError, asyncssh.Error, AttributeError) as error:
        tell("error", str(error).replace("\n", " "))
    await asyncio.wait([peers[0].over], timeout=10)
    tell("ended", peers[0].over.result() if peers[0].over.done() else "not at all")


asyncio.run(main(*sys.argv[1:]))
