"""What a story says about messages that arrived."""

from collections import Counter
from pathlib import Path

from harness import maildir, messages
from harness.maildir import Stored


def expect_all_once(stored: list[Stored], expected: dict[str, bytes], mta_fields: int = 0) -> None:
    """Each of `expected` (by its test id) is there exactly once, byte for byte, and nothing else. A sending MTA puts
    `mta_fields` Received fields of its own in front."""
    seen: Counter[str] = Counter()
    for one in stored:
        content = one.message
        for _ in range(mta_fields):
            _, content = maildir.without_first_received(content)
        name = messages.test_id(content)
        if name not in expected:
            raise AssertionError(f"{one.path} is no message that was sent: {content[:200]!r}")
        seen[name] += 1
        expect_same(content, expected[name], one.path)
    missing = sorted(set(expected) - set(seen))
    twice = sorted(name for name, count in seen.items() if count > 1)
    if missing or twice:
        raise AssertionError(f"{len(missing)} missing: {missing[:10]}; {len(twice)} more than once: {twice[:10]}")


def expect_same(content: bytes, wanted: bytes, path: Path) -> None:
    if content == wanted:
        return
    at = next((i for i, (a, b) in enumerate(zip(content, wanted)) if a != b), min(len(content), len(wanted)))
    raise AssertionError(
        f"{path}: {len(content)} bytes instead of {len(wanted)}; the first difference is at {at}: "
        f"{content[at - 20 : at + 20]!r} instead of {wanted[at - 20 : at + 20]!r}"
    )
