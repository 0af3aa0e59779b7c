#!/usr/bin/env python3
"""Two daemons share one inbox: every file is worked on once, and both work.

  scripts/campaign/pair.py [--emend PATH] [--seed 1] [--daemons 2] [--files 500] [--separate-state]

All daemons watch the same inbox and write to the same outbox, with one state folder or, with
`--separate-state`, one each. Half of the files lie there before they start, the others come in
while they work. How many files each did is read from the metrics of each; that none was worked on
twice follows from the sum, and that none is there twice from the folders.
"""

import os
import random
import sys
import time
from pathlib import Path

import spool
from spool import Daemon, Drop, Spool, bench


def counters(file: Path) -> dict[str, float]:
    """The samples of a Prometheus text file, without labels."""
    found: dict[str, float] = {}
    try:
        for line in file.read_text().splitlines():
            words = line.split()
            if len(words) >= 2 and not line.startswith("#"):
                found[words[0]] = float(words[1])
    except (OSError, ValueError):
        pass
    return found


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument("--daemons", type=int, default=2)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument(
        "--separate-state", action="store_true", help="a state folder for each daemon"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--settle", type=float, default=0.2)
    parser.add_argument("--timeout", type=float, default=300, help="seconds until all must be done")
    parser.add_argument("--revert-sample", type=int, default=50)
    chosen = parser.parse_args()
    source = random.Random(chosen.seed)
    with spool.temporary(chosen, "pair") as base:
        place = Spool(base)
        drops: list[Drop] = []

        def drop() -> None:
            number = len(drops)
            data, name = spool.content(chosen.seed, number), f"{number:06d}.jsonl".encode()
            way = source.choice(spool.WAYS)
            spool.drop(place, name, data, way)
            drops.append(Drop(name, spool.digest(data), number, time.time(), way))

        while len(drops) < chosen.files // 2:
            drop()
        daemons: list[Daemon] = []
        for index in range(chosen.daemons):
            own = Spool(base)
            if chosen.separate_state:
                own.state = base / f"state-{index}"
            extra = ["--jobs", str(chosen.jobs), "--settle", str(chosen.settle), "--threads", "1"]
            metrics = ["--metrics", str(base / f"{index}.prom")]
            daemons.append(Daemon(chosen.emend, own, *extra, *metrics, log=base / f"{index}.log"))
        start = time.monotonic()
        by_owner: dict[bytes, set[bytes]] = {}
        while time.monotonic() - start < chosen.timeout:
            for owner in spool.listing(place.claimed):
                names = set(spool.listing(place.claimed / os.fsdecode(owner))) - {b".owner"}
                by_owner.setdefault(owner, set()).update(names)
            if len(drops) < chosen.files:
                drop()
            elif not spool.pending(place):
                break
            time.sleep(0.01)
        seconds = time.monotonic() - start
        alive = sum(daemon.alive() for daemon in daemons)
        statuses = [daemon.terminate() for daemon in daemons]
        found = spool.census(place, drops, chosen.seed, chosen.emend, chosen.revert_sample)
        values = [counters(base / f"{index}.prom") for index in range(chosen.daemons)]
    split = [int(value.get("emend_files_done_total", 0)) for value in values]
    states = "a state folder each" if chosen.separate_state else "one state folder"
    print(
        f"{chosen.daemons} daemons on one inbox, {states}; seed {chosen.seed}; {bench.machine()}\n"
    )
    rows = [[f"done by daemon {index + 1}", f"{count:,}"] for index, count in enumerate(split)]
    rows += [["done by all", f"{sum(split):,} of {len(drops):,}"], ["seconds", f"{seconds:.1f}"]]
    seen = ", ".join(str(len(names)) for names in by_owner.values() if names)
    rows += [["seen in the folders of the owners", seen or "none"]]
    rows += [[kind, f"{found.count(kind):,}"] for kind in spool.BROKEN]
    print(bench.table(["", "found"], rows))
    others = [
        ("every file worked on once", sum(split) == len(drops), f"{sum(split)} of {len(drops)}"),
        ("every daemon did some", min(split) > 0, " + ".join(map(str, split))),
        (
            "all were there to the end and obeyed SIGTERM",
            alive == chosen.daemons and set(statuses) == {0},
            str(statuses),
        ),
    ]
    return spool.end_with(found, base, others)


if __name__ == "__main__":
    sys.exit(main())
