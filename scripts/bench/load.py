#!/usr/bin/env python3
"""The watched folder under load: a burst of small files and a steady stream, against two scripts
that move files.

  scripts/bench/load.py [--emend PATH] [--part burst,steady] [--ways rename,write]
                        [--sides emend,inotifywait,watchdog] [--files 20000] [--early 200]
                        [--rate 1000] [--minutes 10] [--settle 1] [--jobs 1]

Burst: `--early` files lie there before the watch begins, then `--files` are dropped at once,
complete by rename from a second folder on the same file system or written in place. Steady:
`--rate` files a minute for `--minutes`. Every file has 5 to 20 records with ready vectors, all
different. Counted are the files that never came out, the latency from the drop (renamed, or closed
after writing) to the output's name (its change time), the throughput, and resident memory of the
daemon with its workers, sampled once a second.

The peers do no repair at all. They do the moves that emend does, with the same care: into a claimed
folder, a copy under a hidden name in the outbox, fsync of the file, rename, fsync of the folder,
then the input into an archive. One is a shell loop around `inotifywait -m -e close_write,moved_to`,
the other a Python script with the package watchdog. Sides run one after the other, each in a fresh
folder.

Aims: emend misses nothing and does nothing twice; its memory is flat; steady, the median latency is
below the settle time plus one second, p99 below the settle time plus ten.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import sys
import threading
import time
from pathlib import Path

import bench

sys.path.insert(0, str(bench.ROOT / "scripts" / "campaign"))

import spool  # noqa: E402
from spool import Daemon, Drop, Spool  # noqa: E402

SIDES = ("emend", "inotifywait", "watchdog")
GROWTH, SLACK = 1.25, 16.0  # of resident memory: times the level after the first fifth, and MiB


class Sampler(threading.Thread):
    """Resident memory of a process and of those below it, once a second, MiB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.daemon_alone: list[float] = []
        self.whole: list[float] = []
        self.descriptors: list[int] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(1.0):
            own = spool.megabytes(self.pid)
            if own == 0:
                continue
            self.daemon_alone.append(own)
            self.whole.append(own + sum(map(spool.megabytes, spool.descendants(self.pid))))
            self.descriptors.append(spool.descriptors(self.pid))

    @staticmethod
    def levels(values: list[float]) -> tuple[float, float, float]:
        """The medians of the second fifth, the middle fifth and the last fifth; the first is
        warming up.
        """
        if len(values) < 5:
            return (max(values, default=0.0),) * 3
        fifth = len(values) // 5
        middle = len(values) // 2
        parts = (
            values[fifth : 2 * fifth],
            values[middle - fifth // 2 : middle + fifth // 2 + 1],
            values[-fifth:],
        )
        first, second, third = (statistics.median(part) for part in parts)
        return first, second, third


class Side:
    """One side at work on a spool of its own."""

    def __init__(self, name: str, way: str, chosen: argparse.Namespace, base: Path) -> None:
        self.name, self.place = name, Spool(base)
        self.place.claimed.mkdir(exist_ok=True)
        self.place.done.mkdir(exist_ok=True)
        folders = [str(folder) for folder in (self.place.inbox, self.place.outbox)]
        if name == "emend":
            shutil.rmtree(self.place.claimed)
            shutil.rmtree(self.place.done)
            extra = ["--jobs", str(chosen.jobs), "--settle", str(chosen.settle), "--threads", "1"]
            self.process = Daemon(chosen.emend, self.place, *extra)
            return
        if name == "inotifywait":
            command = ["bash", str(bench.HERE / "peer_watch"), *folders]
        else:
            command = [
                str(bench.VENV / "bin" / "python"),
                str(bench.HERE / "peer_watch.py"),
                *folders,
                way,
            ]
        self.process = Daemon.of(command, base / "watch.log")

    def is_ready(self) -> bool:
        """Whether it watches; the peers say so, emend creates its folders."""
        if self.name == "emend":
            return bool(spool.listing(self.place.claimed)) or bool(spool.regular(self.place.done))
        return "ready" in self.process.last_words()


def drop_all(
    place: Spool, way: str, first: int, count: int, seed: int, pause: float, drops: list[Drop]
) -> None:
    """Drops contents `first` … with `pause` seconds from one to the next; 0: as fast as the system
    goes.
    """
    prepared: list[tuple[bytes, bytes, str]] = []
    for number in range(first, first + count):
        name = f"{number:06d}.jsonl".encode()
        data = spool.content(seed, number)
        key = spool.digest(data)
        if way == "rename":  # written before the clock starts, as a copy elsewhere would be
            path = spool.entry(place.staging, name)
            with open(path, "wb") as file:
                file.write(data)
            data = path
        prepared.append((name, data, key))
    start = time.monotonic()
    for index, (name, data, key) in enumerate(prepared):
        if pause:
            time.sleep(max(0.0, start + index * pause - time.monotonic()))
        if way == "rename":
            os.rename(data, spool.entry(place.inbox, name))
        else:
            spool.drop(place, name, data, "write")
        drops.append(Drop(name, key, first + index, time.time(), way))


def measure(name: str, part: str, way: str, chosen: argparse.Namespace, base: Path) -> dict:
    """Runs one side through one part."""
    drops: list[Drop] = []
    early: list[Drop] = []
    place = Spool(base)
    if part == "burst":
        drop_all(place, way, 0, chosen.early, chosen.seed, 0, early)
    side = Side(name, way, chosen, base)
    end = time.monotonic() + 30
    while not side.is_ready() and side.process.alive() and time.monotonic() < end:
        time.sleep(0.05)
    if not side.process.alive():
        raise bench.Failed(f"{name} ended by itself:\n{side.process.last_words()}")
    sampler = Sampler(side.process.pid)
    sampler.start()
    count = chosen.files if part == "burst" else round(chosen.rate * chosen.minutes)
    started = time.time()
    drop_all(
        place,
        way,
        chosen.early if part == "burst" else 0,
        count,
        chosen.seed,
        60 / chosen.rate if part == "steady" else 0,
        drops,
    )
    dropped_in = time.time() - started
    total = len(drops) + len(early)
    # At rest when all are out, or nothing has come for a while.
    latest, since = -1, time.monotonic()
    while True:
        now = len(spool.listing(place.done))
        if now != latest:
            latest, since = now, time.monotonic()
        if now >= total or time.monotonic() - since > chosen.patience or not side.process.alive():
            break
        time.sleep(0.5)
    time.sleep(1)
    sampler.ended.set()
    sampler.join()
    status = side.process.terminate(120)
    published: dict[int, list[float]] = {}
    for found in spool.outputs(place.outbox):
        with_time = os.stat(spool.entry(place.outbox, found)).st_ctime
        # The names are all different, so an output is found by its own; a second one has a suffix.
        published.setdefault(int(found[:6]), []).append(with_time)
    missed = [one for one in drops if one.number not in published]
    missed_early = [one for one in early if one.number not in published]
    latencies = [
        max(0.0, published[one.number][0] - one.time) for one in drops if one.number in published
    ]
    last = max((times[0] for times in published.values()), default=started)
    outcome = {
        "side": name,
        "part": part,
        "way": way,
        "total": total,
        "missed": len(missed),
        "missed early": len(missed_early),
        "twice": sum(len(times) > 1 for times in published.values()),
        "p50": spool.percentile(latencies, 0.50),
        "p99": spool.percentile(latencies, 0.99),
        "rate": len(published) / max(1e-9, last - started),
        "dropped in": dropped_in,
        "alone": sampler.levels(sampler.daemon_alone),
        "whole": max(sampler.whole, default=0.0),
        "descriptors": sampler.levels([float(value) for value in sampler.descriptors]),
        "status": status,
        "log": side.process.last_words(),
    }
    if name == "emend":
        found = spool.census(
            place, [*early, *drops], chosen.seed, chosen.emend, chosen.revert_sample
        )
        outcome["census"] = found
        outcome["rows"] = ledger_rows(place)
    return outcome


def ledger_rows(place: Spool) -> int | None:
    """How many passages the ledger holds as done; None where it cannot be read."""
    try:
        with sqlite3.connect(
            f"file:{place.state / 'ledger.sqlite'}?mode=ro", uri=True
        ) as connection:
            return connection.execute(
                "select count(*) from passages where state = 'done'"
            ).fetchone()[0]
    except sqlite3.Error as error:
        print(f"  the ledger cannot be read: {error}", file=sys.stderr)
        return None


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument("--part", default="burst,steady")
    parser.add_argument(
        "--ways",
        default="rename,write",
        help="how files are dropped in the burst; steady takes the first",
    )
    parser.add_argument("--sides", default=",".join(SIDES))
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument(
        "--early", type=int, default=200, help="files that are there before the watch begins"
    )
    parser.add_argument("--rate", type=float, default=1000, help="files a minute")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--settle", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--patience",
        type=float,
        default=20,
        help="seconds without a file done after which a side is at rest",
    )
    parser.add_argument("--revert-sample", type=int, default=50)
    chosen = parser.parse_args()
    sides, ways = chosen.sides.split(","), chosen.ways.split(",")
    if "watchdog" in sides:
        bench.ensure("watchdog")
    if "inotifywait" in sides and not shutil.which("inotifywait"):
        print("inotifywait is not there (package inotify-tools): left out", file=sys.stderr)
        sides.remove("inotifywait")
    plan = [("burst", way) for way in ways] if "burst" in chosen.part else []
    plan += [("steady", ways[0])] if "steady" in chosen.part else []
    results: list[dict] = []
    with spool.temporary(chosen, "load") as base:
        for part, way in plan:
            for name in sides:
                folder = base / f"{part}-{way}-{name}"
                result = measure(name, part, way, chosen, folder)
                results.append(result)
                spool.progress(
                    f"{part}, {way}, {name}: {result['missed']} missed, "
                    f"{result['rate']:.0f} files/s"
                )
                if "census" in result:
                    result["census"].show()
                spool.remove(folder)
    print(
        f"Watched folder, peers without any repair; settle time {chosen.settle:g} s; "
        f"{bench.machine()}\n"
    )
    header = ["part, side", "files", "missed", "missed of those there before", "twice"]
    header += [
        "latency p50, s",
        "p99, s",
        "files/s",
        "memory start–middle–end, MiB",
        "peak with workers, MiB",
    ]
    rows = []
    for r in results:
        does = "repairs" if r["side"] == "emend" else "only moves"
        early = f"{r['missed early']:,}" if r["part"] == "burst" else ""
        cells = [
            f"{r['part']} ({r['way']}), {r['side']} ({does})",
            f"{r['total']:,}",
            f"{r['missed']:,}",
            early,
        ]
        cells += [f"{r['twice']:,}", f"{r['p50']:.2f}", f"{r['p99']:.2f}", f"{r['rate']:.1f}"]
        rows.append([*cells, "–".join(f"{level:.0f}" for level in r["alone"]), f"{r['whole']:.0f}"])
    print(bench.table(header, rows))
    checks = []
    for r in (r for r in results if r["side"] == "emend"):
        what = f"{r['part']} ({r['way']})"
        missed = r["missed"] + r["missed early"]
        checks.append((f"{what}: nothing missed", missed == 0, f"{missed} of {r['total']}"))
        checks.append(
            (
                f"{what}: as many passages done in the ledger",
                r["rows"] == r["total"],
                str(r["rows"]),
            )
        )
        found = r["census"]
        detail = ", ".join(f"{kind} {found.count(kind)}" for kind in spool.BROKEN)
        checks.append((f"{what}: every promise of the folders kept", found.total() == 0, detail))
        start, _, end = r["alone"]
        flat = end <= GROWTH * start + SLACK
        checks.append(
            (
                f"{what}: memory at most {GROWTH} × + {SLACK:.0f} MiB",
                flat,
                f"{start:.0f} → {end:.0f} MiB",
            )
        )
        first, _, last = r["descriptors"]
        checks.append((f"{what}: descriptors flat", last <= first + 8, f"{first:.0f} → {last:.0f}"))
        if r["part"] == "steady":
            settle = chosen.settle if r["way"] == "write" else 0
            checks.append(
                (f"{what}: p50 below {settle + 1:g} s", r["p50"] < settle + 1, f"{r['p50']:.2f} s")
            )
            checks.append(
                (
                    f"{what}: p99 below {settle + 10:g} s",
                    r["p99"] < settle + 10,
                    f"{r['p99']:.2f} s",
                )
            )
    return bench.verdict(checks)


if __name__ == "__main__":
    sys.exit(main())
