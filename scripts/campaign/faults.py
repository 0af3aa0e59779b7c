#!/usr/bin/env python3
"""Lets system calls of the daemon fail, one after the other, and looks whether a clean run
afterwards mends it.

  scripts/campaign/faults.py [--emend PATH] [--syscalls openat,write,…] [--errors ENOSPC,…] [--every
  K] [--all-calls] [--list]

First one undisturbed `emend watch --once` over three files is traced with strace, to see which
calls touch the spool: for each system call, the numbers n for which the n-th such call of a thread
does. Then, for each system call, each error and each n, a fresh spool is drained with `strace -f -e
inject=SYSCALL:error=ERRNO:when=N`, and after it drained once more without strace. Then nothing may
be lost, partial, twice or altered. Past the greatest n the campaign goes on until an injection no
longer hits.

strace counts the calls of each thread by itself, so one injection may hit the daemon and its
workers, also outside the spool (a library that cannot be opened). A file in failed is therefore a
broken promise only where all hits were inside the spool, and not after EIO, which need not pass. As
every new worker meets the same fault, a run may rightly wait for it to pass for ever: `--patience`
seconds after the first hit it is ended, by turns with SIGTERM and SIGKILL, and counted.

Needs strace. `--every K` tries every K-th point; `--all-calls` also those that do not touch the
spool.
"""

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import spool
from spool import Census, Daemon, Drop, Spool, bench

SYSCALLS = (
    "openat,write,pwrite64,fsync,close,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,"
    "flock,fstat,newfstatat,statx"
)
ERRORS = "ENOSPC,EIO,EACCES,EMFILE,EINTR"
FILES = 3
PASSING = ("ENOSPC", "EACCES", "EMFILE", "EINTR")
LINE = re.compile(rb"^(\d+) +(\w+)\((.*)$")


@dataclass
class Point:
    """What one system call came to, over all its points."""

    tried: int = 0
    hit: int = 0
    outside: int = 0  # of those hit: also outside the spool
    set_aside: int = 0
    broken: int = 0
    statuses: dict[int | None, int] = field(default_factory=lambda: defaultdict(int))


def fill(place: Spool, seed: int, first: int) -> list[Drop]:
    """Drops the files before the daemon starts, in three ways."""
    drops = []
    for index, way in enumerate(spool.WAYS[:FILES]):
        data, name = spool.content(seed, first + index), f"{index}.jsonl".encode()
        spool.drop(place, name, data, way)
        drops.append(Drop(name, spool.digest(data), first + index, time.time(), way))
    return drops


def traced(
    chosen: argparse.Namespace,
    place: Spool,
    log: Path,
    expressions: list[str],
    end_gently: bool = False,
) -> int | None:
    """Runs the daemon once under strace; its exit status, None where it had to be ended."""
    options = [word for expression in expressions for word in ("-e", expression)]
    prefix = [
        "strace",
        "-f",
        "-qq",
        "-y",
        "--seccomp-bpf",
        "-s",
        "256",
        "-e",
        "signal=none",
        *options,
        "-o",
        str(log),
    ]
    # What the daemon says goes elsewhere: writing that is no call of the spool.
    said = place.base.parent / "watch.log"
    daemon = Daemon(chosen.emend, place, *chosen.extra, once=True, prefix=prefix, log=said)
    end = time.monotonic() + chosen.limit
    is_hit = False
    while time.monotonic() < end:
        status = daemon.wait(0.2)
        if status is not None:
            return status
        if not is_hit and log.exists() and b"(INJECTED)" in log.read_bytes():
            is_hit = True
            end = min(end, time.monotonic() + chosen.patience)
    below = spool.descendants(daemon.pid)
    if below and end_gently:  # to the daemon itself: strace would let go of it
        with contextlib.suppress(ProcessLookupError):
            os.kill(below[0], signal.SIGTERM)
        daemon.wait(chosen.patience)
    if daemon.alive():
        daemon.kill(everything=True)
    return None


def calls(log: Path) -> list[tuple[int, str, bytes]]:
    """Thread, system call and the rest of the line, in the order of their beginning."""
    found = []
    try:
        lines = log.read_bytes().splitlines()
    except OSError:
        return []
    for line in lines:
        match = LINE.match(line)
        if match:
            found.append((int(match[1]), match[2].decode(), match[3]))
    return found


def numbers_in_spool(log: Path, base: Path) -> tuple[dict[str, set[int]], dict[str, int]]:
    """Per system call the numbers n for which the n-th call of some thread touches the spool; and
    the greatest n of all.
    """
    counts: dict[tuple[int, str], int] = defaultdict(int)
    inside: dict[str, set[int]] = defaultdict(set)
    greatest: dict[str, int] = defaultdict(int)
    mark = os.fsencode(base)
    for thread, name, rest in calls(log):
        counts[thread, name] += 1
        greatest[name] = max(greatest[name], counts[thread, name])
        if mark in rest:
            inside[name].add(counts[thread, name])
    return inside, greatest


def injected(log: Path, base: Path) -> tuple[int, int]:
    """How many calls were made to fail inside the spool, and how many outside."""
    mark = os.fsencode(base)
    lines = (
        [line for line in log.read_bytes().splitlines() if b"(INJECTED)" in line]
        if log.exists()
        else []
    )
    inside = sum(mark in line for line in lines)
    return inside, len(lines) - inside


def judge(found: Census, error: str, outside: int) -> bool:
    """Whether a promise is broken; a file in failed may be right."""
    harsh = sum(found.count(kind) for kind in ("lost", "partial", "twice", "altered", "left over"))
    return harsh > 0 or (found.count("in failed") > 0 and error in PASSING and not outside)


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument("--syscalls", default=SYSCALLS)
    parser.add_argument("--errors", default=ERRORS)
    parser.add_argument(
        "--every", type=int, default=1, metavar="K", help="only every K-th point, at random"
    )
    parser.add_argument(
        "--beyond", type=int, default=3, help="stop after so many points past the last that missed"
    )
    parser.add_argument(
        "--all-calls", action="store_true", help="also calls that touch no file of the spool"
    )
    parser.add_argument("--limit", type=float, default=30, help="seconds for a run")
    parser.add_argument(
        "--patience", type=float, default=2, help="seconds for a faulty run once it was hit"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="only print how many points there are")
    chosen = parser.parse_args()
    chosen.extra = ["--jobs", str(chosen.jobs), "--settle", "0.05", "--threads", "1"]
    if not shutil.which("strace"):
        parser.error("strace is not there (package strace)")
    source = random.Random(chosen.seed)
    known = {name for name in chosen.syscalls.split(",") if is_known(name)}
    names = [name for name in chosen.syscalls.split(",") if name in known]
    table: dict[str, Point] = {name: Point() for name in names}
    broken: list[str] = []
    total = Census()
    with spool.temporary(chosen, "faults") as base:
        log = base / "trace"
        place = Spool(base / "clean")
        drops = fill(place, chosen.seed, 0)
        status = traced(chosen, place, log, [f"trace={','.join(names)}"])
        found = spool.census(place, drops, chosen.seed, chosen.emend, FILES)
        if status != 0 or found.total():
            found.show()
            raise bench.Failed(
                f"even without a fault: status {status}\n{(base / 'watch.log').read_text()[-2000:]}"
            )
        inside, greatest = numbers_in_spool(log, place.base)
        plan = {
            name: sorted(range(1, greatest[name] + 1) if chosen.all_calls else inside[name])
            for name in names
        }
        points = sum(map(len, plan.values())) * len(chosen.errors.split(","))
        spool.progress(", ".join(f"{name}: {len(numbers)}" for name, numbers in plan.items()))
        spool.progress(f"{points:,} points, every {chosen.every}-th tried")
        if chosen.list:
            return 0
        run = 0
        start = time.monotonic()
        for name in names:
            for error in chosen.errors.split(","):
                numbers = iter(plan[name])
                last, missed = max(plan[name], default=0), 0
                while plan[name]:
                    number = next(numbers, None)
                    if number is None:
                        if missed >= chosen.beyond:
                            break
                        number = last = last + 1
                    elif source.randrange(chosen.every):
                        continue
                    run += 1
                    place = Spool(base / f"{run}")
                    drops = fill(place, chosen.seed, run * FILES)
                    inject = [f"trace={name}", f"inject={name}:error={error}:when={number}"]
                    log = place.base / "trace"
                    status = traced(chosen, place, log, inject, end_gently=run % 2 == 0)
                    spool.outliving_workers()
                    hits, outside = injected(log, place.base)
                    point = table[name]
                    point.tried += 1
                    point.hit += hits + outside > 0
                    point.outside += outside > 0
                    point.statuses[status] += 1
                    missed = 0 if hits else missed + 1
                    eye = spool.Eye(chosen.seed)
                    eye.look(place.outbox)
                    ended = spool.drain(chosen.emend, place, *chosen.extra, timeout=chosen.limit)
                    found = spool.census(place, drops, chosen.seed, chosen.emend, FILES)
                    for text in eye.partial:
                        found.add("partial", f"after the fault: {text}")
                    if ended is None:
                        found.add("left over", "the clean run does not end")
                    point.set_aside += found.count("in failed") > 0
                    if judge(found, error, outside):
                        point.broken += 1
                        what = "; ".join(
                            f"{kind}: {case}"
                            for kind, cases in found.cases.items()
                            for case in cases[:2]
                        )
                        broken.append(
                            f"{name} {error} n={number} ({hits} hits, {outside} outside): {what}"
                        )
                        print(f"  broken: {broken[-1]}", file=sys.stderr, flush=True)
                        for kind, cases in found.cases.items():
                            total.cases[kind] += cases
                    if run % 100 == 0:
                        spool.progress(
                            f"{run} points, {time.monotonic() - start:.0f} s, "
                            f"at {name} {error} n={number}"
                        )
                    if (
                        chosen.keep
                        and broken
                        and broken[-1].startswith(f"{name} {error} n={number} ")
                    ):
                        spool.keep(base)
                    else:
                        spool.remove(place.base)
    print(
        f"One system call fails, three files, then a clean run; seed {chosen.seed}; "
        f"{bench.machine()}\n"
    )
    rows = []
    for name, point in table.items():
        if not point.tried:
            continue
        statuses = ", ".join(
            f"{'ended' if key is None else key}: {n}"
            for key, n in sorted(point.statuses.items(), key=str)
        )
        cells = [point.tried, point.hit, point.outside, statuses, point.set_aside, point.broken]
        rows.append([name, *map(str, cells)])
    everything = list(table.values())
    sums = [sum(getattr(p, key) for p in everything) for key in ("tried", "hit", "outside")]
    sums += ["", sum(p.set_aside for p in everything), sum(p.broken for p in everything)]
    rows.append(["all", *map(str, sums)])
    header = [
        "system call",
        "points tried",
        "hit",
        "also outside the spool",
        "status of the faulty run",
        "with a file in failed",
        "broken",
    ]
    print(bench.table(header, rows))
    return bench.verdict(
        [
            ("0 lost", not total.count("lost"), str(total.count("lost"))),
            ("0 partial", not total.count("partial"), str(total.count("partial"))),
            ("0 twice", not total.count("twice"), str(total.count("twice"))),
            ("0 altered", not total.count("altered"), str(total.count("altered"))),
            (
                "0 set aside for what passes",
                not total.count("in failed"),
                str(total.count("in failed")),
            ),
            (
                "0 left over after the clean run",
                not total.count("left over"),
                str(total.count("left over")),
            ),
            ("injections hit", sums[1] > 0, f"{sums[1]} of {sums[0]}"),
        ]
    )


def is_known(name: str) -> bool:
    """Whether strace knows the call on this kind of processor."""
    return (
        subprocess.run(["strace", "-e", f"trace={name}", "true"], capture_output=True).returncode
        == 0
    )


if __name__ == "__main__":
    sys.exit(main())
