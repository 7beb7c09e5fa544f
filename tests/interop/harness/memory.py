"""Looks for words in the memory of a running process, through /proc/PID/mem."""

import re

MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)$")
CHUNK = 16 * 1024 * 1024
# The kernel's own pages, which /proc/PID/mem refuses to read.
UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]")


def readable_mappings(pid: int) -> list[tuple[int, int, str]]:
    found = []
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            begin, end, rights, name = MAPPING.match(line.rstrip("\n")).groups()
            if rights[0] == "r" and name not in UNREADABLE:
                found.append((int(begin, 16), int(end, 16), name))
    return found


def scan(pid: int, words: list[bytes]) -> tuple[dict[bytes, list[str]], int]:
    """Where each word occurs (names of mappings), and how many bytes were read. The process runs on meanwhile, so a
    mapping may be gone when its turn comes; that is no error."""
    found: dict[bytes, list[str]] = {word: [] for word in words}
    overlap = max(len(word) for word in words) - 1
    total = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name in readable_mappings(pid):
            tail = b""
            at = begin
            while at < end:
                try:
                    memory.seek(at)
                    block = memory.read(min(CHUNK, end - at))
                except (OSError, OverflowError):
                    break
                if not block:
                    break
                total += len(block)
                window = tail + block
                for word in words:
                    if word in window:
                        found[word].append(name or "anonymous")
                tail = window[-overlap:] if overlap else b""
                at += len(block)
    return found, total
