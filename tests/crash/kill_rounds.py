#!/usr/bin/env python3
"""kill -9 of the client and of the relay at random moments under load.

    tests/crash/kill_rounds.py [--rounds N] [--seed N]     5 rounds; the long run has 50

In each round a load of small and large messages runs for some seconds while both programs, in an order and at moments of
chance, are killed and started again. Senders try again like an MTA. Then every message that got a 250 must be in the
Maildir, once and whole, and nothing torn may be in new/; a message may be there twice only if a sender was left without
an answer. The programs keep their state, and the Maildir its leftovers in tmp/, from round to round.
"""

import argparse
import random
import sys
import time

from load import Load, verify

from harness import maildir
from harness.programs import Client, Relay, start_pair
from harness.scratch import Scratch

SECONDS_OF_LOAD = 5
SIZES = "17:1k-16k,2:100k-400k,1:1m-3m"  # in one job at commit, around the limit of that, and streamed


def kill(victim: Client | Relay) -> None:
    victim.process.popen.kill()
    victim.process.popen.wait()
    victim.start()


def play_round(scratch: Scratch, number: int, seed: int, relay: Relay, client: Client) -> str:
    chance = random.Random(f"{seed}/{number}")
    words = ("--seed", str(seed * 1000 + number), "--seconds", str(SECONDS_OF_LOAD), "--messages", "1000000")
    shape = ("--connections", "16", "--per-connection", "8", "--sizes", SIZES, "--retry-for", "90")
    load = Load(scratch, f"load-{number}", relay.tier1_port, *words, *shape)
    victims = [client, relay]
    chance.shuffle(victims)
    for victim in victims:
        time.sleep(chance.uniform(0.2, 2.2))
        kill(victim)
    figures = load.wait(150)
    result = verify(load.journal, client.maildir)
    for path in maildir.files(client.maildir):
        path.unlink()
    order = " then ".join(victim.name for victim in victims)
    return f"round {number}: {order} killed; {result}; {figures['unsent']} attempts found nobody"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1000))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with Scratch("kill-rounds") as scratch:
        try:
            relay, client = start_pair(scratch)
            for number in range(1, options.rounds + 1):
                print(play_round(scratch, number, options.seed, relay, client), flush=True)
        except AssertionError as failure:
            scratch.print_logs(30)
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
