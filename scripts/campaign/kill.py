#!/usr/bin/env python3
"""Kills the daemon again and again while files stream in, and then counts: every file once, whole,
unaltered.

  scripts/campaign/kill.py [--emend PATH] [--seed 1] [--kills 500] [--in-flight 20] [--delete-ledger
  SHARE]

Each round starts `emend watch`, keeps `--in-flight` files between the drop and the archive (dropped
by four ways: written under another name and renamed, written in place, hard-linked, moved in; some
compressed, some under a name that was used before), and sends SIGKILL after a random delay,
log-uniform from 1 ms to 1.5 s: to the daemon alone, or in a share of the rounds to its workers as
well. Files are also dropped while no daemon is there. Before each restart all that has its name in
the outbox must be complete, and no worker may have outlived its daemon. After the last kill `emend
watch --once` drains the rest.

With `--delete-ledger` the state folder is deleted in a share of the restarts: work may then be
repeated, but must not give a second output.
"""

import random
import sys
import threading
import time

import spool
from spool import Daemon, Drop, Eye, Spool, bench

NAMES_USED_AGAIN = 25


class Feeder(threading.Thread):
    """Keeps a number of files between the drop and the archive."""

    def __init__(self, place: Spool, seed: int, in_flight: int) -> None:
        super().__init__(daemon=True)
        self.place, self.seed, self.in_flight = place, seed, in_flight
        self.source = random.Random(seed)
        self.drops: list[Drop] = []
        self.ended = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                missing = self.in_flight - (len(self.drops) - self.archived())
                for _ in range(missing):
                    self.drop()
                self.ended.wait(0.02)
        except BaseException as error:  # shown by the main thread
            self.error = error

    def archived(self) -> int:
        return len(spool.listing(self.place.done)) + len(spool.listing(self.place.failed)) // 2

    def drop(self) -> None:
        number = len(self.drops)
        data = spool.content(self.seed, number)
        chance = self.source.random()
        name = f"{number:06d}.jsonl".encode()
        if chance < 0.10:
            name = f"daily-{self.source.randrange(NAMES_USED_AGAIN)}.jsonl".encode()
        elif chance < 0.15:
            name, data = name + b".gz", spool.packed(data)
        elif chance < 0.20:
            name = name.replace(b".jsonl", b".ndjson")
        way = self.source.choice(spool.WAYS)
        while True:
            try:
                spool.drop(self.place, name, data, way)
                break
            except FileExistsError:  # the one before under this name is still there
                name = f"{number:06d}.jsonl".encode() + (b".gz" if name.endswith(b".gz") else b"")
        self.drops.append(Drop(name, spool.digest(data), number, time.time(), way))


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--in-flight", type=int, default=20)
    parser.add_argument(
        "--least", type=float, default=0.001, help="shortest delay before a kill, seconds"
    )
    parser.add_argument(
        "--most", type=float, default=1.5, help="longest delay before a kill, seconds"
    )
    parser.add_argument(
        "--whole", type=float, default=0.3, help="share of the kills that take the workers as well"
    )
    parser.add_argument("--delete-ledger", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--settle",
        type=float,
        default=0.2,
        help="settle time in seconds; the daemon's default is 1",
    )
    parser.add_argument(
        "--revert-sample", type=int, default=100, help="how many outputs `emend revert` is tried on"
    )
    parser.add_argument(
        "--drain", type=float, default=300, help="seconds for the last, undisturbed run"
    )
    chosen = parser.parse_args()
    extra = ["--jobs", str(chosen.jobs), "--settle", str(chosen.settle), "--threads", "1"]
    source = random.Random(chosen.seed + 1)
    kills = whole = deleted = outlived = ended_early = 0
    with spool.temporary(chosen, "kill") as base:
        place = Spool(base)
        feeder = Feeder(place, chosen.seed, chosen.in_flight)
        feeder.start()
        eye = Eye(chosen.seed)
        while kills < chosen.kills and feeder.error is None:
            daemon = Daemon(chosen.emend, place, *extra)
            status = daemon.wait(spool.log_uniform(source, chosen.least, chosen.most))
            if status is not None:
                ended_early += 1
                if ended_early > 5:
                    raise bench.Failed(
                        f"emend watch ended by itself with {status}:\n{daemon.last_words()}"
                    )
                continue
            everything = source.random() < chosen.whole
            daemon.kill(everything)
            kills += 1
            whole += everything
            if (
                source.random() < 0.5
            ):  # in the other half the restart does not wait for the workers' end
                outlived += spool.outliving_workers()
            eye.look(place.outbox)
            if source.random() < chosen.delete_ledger:
                spool.remove(place.state)
                deleted += 1
            if kills % 50 == 0:
                spool.progress(
                    f"{kills} kills, {len(feeder.drops)} files dropped, "
                    f"{feeder.archived()} archived"
                )
        feeder.ended.set()
        feeder.join()
        if feeder.error:
            raise feeder.error
        outlived += spool.outliving_workers()
        interrupted = len(spool.pending(place))
        status = spool.drain(chosen.emend, place, *extra, timeout=chosen.drain)
        eye.look(place.outbox)
        found = spool.census(place, feeder.drops, chosen.seed, chosen.emend, chosen.revert_sample)
        for text in eye.partial:
            found.add("partial", f"before a restart: {text}")
        ledger = f", ledger deleted {deleted} times" if chosen.delete_ledger else ""
        print(f"SIGKILL at random instants{ledger}; seed {chosen.seed}; {bench.machine()}\n")
        ways = ", ".join(f"{way}: {sum(d.way == way for d in feeder.drops)}" for way in spool.WAYS)
        rows = [
            ["kills (of these, workers as well)", f"{kills:,} ({whole:,})"],
            ["files dropped", f"{len(feeder.drops):,} ({ways})"],
            ["unfinished at the last kill", f"{interrupted:,}"],
            ["archived once / outputs", f"{found.done:,} / {found.published:,}"],
            ["looks at the outbox between runs", f"{eye.looks:,}"],
            ["`emend revert` gave the input's bytes", f"{found.reverted:,} tried"],
            *([kind, f"{found.count(kind):,}"] for kind in spool.BROKEN),
        ]
        print(bench.table(["", "found"], rows))
        others = [
            ("the last run ends by itself with status 0", status == 0, str(status)),
            ("no worker outlives its daemon", not outlived, str(outlived)),
            ("the daemon never ends by itself", not ended_early, str(ended_early)),
        ]
        return spool.end_with(found, base, others)


if __name__ == "__main__":
    sys.exit(main())
