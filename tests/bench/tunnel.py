#!/usr/bin/env python3
"""The tunnel beside sshd and `ssh -R`, in one run: medians, both orders in turn.

    tests/bench/tunnel.py [--server relay|bare] [--build DIR] [--runs N] [--bytes N] [--connections N] [--only stream,small,log-in,memory]

--server relay is sisumail-relay with its limits lifted where they would be measured instead; bare is the SSH library under
a server of a hundred lines, to tell which of the two a cost comes from. Both sides carry the same load (bench_load) over loopback with the default cipher. "CPU us" is what the server processes
used per small connection. Needs root or an sshd that the user may start.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
USER = "bench"  # who bench_tunnel logs in as
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port: int, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


def family(pid: int) -> list[int]:
    found = [pid]
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return found  # it has just ended
    for child in children:
        found += family(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    total = 0
    for member in family(pid):
        fields = pathlib.Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_bytes(pid: int) -> int:
    total = 0
    for member in family(pid):
        try:
            text = pathlib.Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue  # it has just ended
        total += int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1)) * 1024
    return total


class Bench:
    def __init__(self, options: argparse.Namespace, scratch: pathlib.Path):
        self.options = options
        self.dir = scratch
        self.running: list[subprocess.Popen] = []
        self.bin = pathlib.Path(options.build) / "tests/bench"
        self.key = scratch / "key"
        for name in ("key", "host_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scratch / name], check=True)

    def start(self, *words) -> subprocess.Popen:
        out = open(self.dir / "log", "ab")
        process = subprocess.Popen([str(w) for w in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out)
        self.running.append(process)
        return process

    def stop(self, process: subprocess.Popen) -> None:
        for pid in reversed(family(process.pid)):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        process.wait(timeout=10)
        self.running.remove(process)

    def stop_all(self) -> None:
        for process in list(self.running):
            self.stop(process)

    def measure(self, *words) -> float:
        return float(subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True).stdout)

    # --- the two servers, and a client that forwards `entry` to `target`

    def sshd(self) -> tuple[subprocess.Popen, int]:
        port = free_port()
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        config = self.dir / "sshd_config"
        config.write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {self.dir}/host_key\nAuthorizedKeysFile {self.key}.pub\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin yes\nMaxStartups 1000\nPidFile none\nLogLevel ERROR\n"
        )
        process = self.start("/usr/sbin/sshd", "-D", "-f", config)
        wait_for(port)
        return process, port

    def ours(self, entry: int) -> tuple[subprocess.Popen, int]:
        port = free_port()
        if self.options.server == "bare":
            process = self.start(self.bin / "bench_tunnel", "serve", port, entry)
        else:
            state = pathlib.Path(tempfile.mkdtemp(prefix="state", dir=self.dir))
            limits = ("user-rate=1000GB/s", "sessions-per-user=1000", "unauthenticated-per-source=1000",
                      "arrivals-per-user=1000000", "arrivals-per-address=1000000", "arrivals-per-prefix=1000000")
            process = self.start(
                pathlib.Path(self.options.build) / "relay/sisumail-relay", "--ssh-listen", f"127.0.0.1:{port}",
                "--tier1-listen", f"127.0.0.1:{entry}", "--dev-user", USER,
                "--state", state, *(f"--limit={limit}" for limit in limits),
            )
        wait_for(port)
        return process, port

    def tunnel(self, kind: str, target: str) -> tuple[subprocess.Popen, subprocess.Popen, int]:
        entry = free_port()
        if kind == "ours":
            server, port = self.ours(entry)
            client = self.start(self.bin / "bench_tunnel", "connect", f"127.0.0.1:{port}", self.key, target)
        else:
            server, port = self.sshd()
            client = self.start(
                "ssh", "-N", "-F", "none", "-i", self.key, "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "-p", port,
                "-R", f"{entry}:127.0.0.1:{target}", f"{os.environ.get('USER', 'root')}@127.0.0.1",
            )
        wait_for(entry)
        time.sleep(0.2)
        return server, client, entry

    # --- what is measured

    def push(self, kind: str) -> dict[str, float]:
        sink = free_port()
        self.start(self.bin / "bench_load", "sink", sink, "swallow")
        wait_for(sink)
        server, client, entry = self.tunnel(kind, str(sink))
        return self.stream("sender to client", server, client, "push", entry, self.options.bytes)

    def pull(self, kind: str) -> dict[str, float]:
        source = free_port()
        self.start(self.bin / "bench_load", "sink", source, "blast", self.options.bytes)
        wait_for(source)
        server, client, entry = self.tunnel(kind, str(source))
        return self.stream("client to sender", server, client, "pull", entry)

    def stream(self, way: str, server: subprocess.Popen, client: subprocess.Popen, *load) -> dict[str, float]:
        before = cpu_seconds(server.pid), cpu_seconds(client.pid)
        rate = self.measure(self.bin / "bench_load", *load)
        gigabytes = self.options.bytes / 1e9
        return {
            f"{way}, MB/s": rate / 1e6,
            f"{way}, server CPU s/GB": (cpu_seconds(server.pid) - before[0]) / gigabytes,
            f"{way}, client CPU s/GB": (cpu_seconds(client.pid) - before[1]) / gigabytes,
        }

    def small(self, kind: str, in_process: bool) -> dict[str, float]:
        target = "banner"
        if kind != "ours" or not in_process:
            target = str(free_port())
            self.start(self.bin / "bench_load", "sink", target, "banner")
            wait_for(int(target))
        server, _, entry = self.tunnel(kind, target)
        count = self.options.connections
        self.measure(self.bin / "bench_load", "small", entry, 500, 64)
        before = cpu_seconds(server.pid)
        rate = self.measure(self.bin / "bench_load", "small", entry, count, 64)
        used = cpu_seconds(server.pid) - before
        how = "" if in_process else " (client dials TCP)"
        return {f"small connections/s, 64 at once{how}": rate, f"server CPU us each{how}": used / count * 1e6}

    def log_ins(self, kind: str) -> dict[str, float]:
        server, port = self.ours(0) if kind == "ours" else self.sshd()
        user = USER if kind == "ours" else os.environ.get("USER", "root")
        count = 2000 if kind == "ours" else 200
        rate = self.measure(self.bin / "bench_tunnel", "log-ins", f"127.0.0.1:{port}", self.key, user, count, 16)
        return {"log-ins/s, 16 at once": rate}

    def memory(self, kind: str) -> dict[str, float]:
        server, port = self.ours(0) if kind == "ours" else self.sshd()
        user = USER if kind == "ours" else os.environ.get("USER", "root")
        count = 500 if kind == "ours" else 30
        before = memory_bytes(server.pid)
        clients = self.start(self.bin / "bench_tunnel", "idle", f"127.0.0.1:{port}", self.key, user, count)
        assert clients.stdout and clients.stdout.readline() == b"idle\n", "the sessions did not come up"
        return {"idle session, kB on the server": (memory_bytes(server.pid) - before) / count / 1000}

    def both(self, measure) -> None:
        results: dict[str, dict[str, list[float]]] = {}
        for run in range(self.options.runs):
            for kind in ("ours", "openssh") if run % 2 == 0 else ("openssh", "ours"):
                try:
                    for name, value in measure(kind).items():
                        results.setdefault(name, {}).setdefault(kind, []).append(value)
                finally:
                    self.stop_all()
        for name, of in results.items():
            ours, theirs = statistics.median(of["ours"]), statistics.median(of["openssh"])
            print(f"| {name} | {ours:,.2f} | {theirs:,.2f} | {ours / theirs:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--server", choices=("relay", "bare"), default="relay")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--only", default="stream,small,log-in,memory")
    options = parser.parse_args()
    wanted = options.only.split(",")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="tunnel-bench-"))
    bench = Bench(options, scratch)
    print("| measured | ours | OpenSSH | ratio |\n|---|---|---|---|", flush=True)
    try:
        if "stream" in wanted:
            bench.both(bench.push)
            bench.both(bench.pull)
        if "small" in wanted:
            bench.both(lambda kind: bench.small(kind, in_process=True))
            bench.both(lambda kind: bench.small(kind, in_process=False))
        if "log-in" in wanted:
            bench.both(bench.log_ins)
        if "memory" in wanted:
            bench.both(bench.memory)
    finally:
        bench.stop_all()
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
