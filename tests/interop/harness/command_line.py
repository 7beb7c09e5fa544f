"""Every mistake on a command line gives one line that says what is wrong, and the right exit status."""

import re

from harness.story import Story

USAGE, FAILURE = 2, 1


class CommandLineStory(Story):
    def expect_one_line(self, argv: list, status: int, words: str) -> None:
        with self.subTest(" ".join(map(str, argv[1:]))):
            done = self.scratch.run(argv, 20)
            self.assertEqual(done.returncode, status, done.stdout)
            lines = [line for line in done.stdout.splitlines() if line.strip()]
            self.assertEqual(len(lines), 1, done.stdout)
            self.assertRegex(lines[0], re.compile(words, re.IGNORECASE))


def replaced(words: dict[str, str], changes: tuple) -> list[str]:
    """The command line `words` with the options in `changes` (option, value, option, value) replaced or added."""
    new = words | dict(zip(changes[::2], changes[1::2]))
    return [word for pair in new.items() for word in pair]
