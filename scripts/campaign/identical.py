#!/usr/bin/env python3
"""`emend run FILE` and the daemon give the same bytes: outputs, reports and rejected lines.

  scripts/campaign/identical.py FILE… [--emend PATH] [--jobs 1,2] [--threads N] [--rules DIR]
                                [--timeout 3600]

Every file is repaired by `emend run`, and dropped into an inbox that `emend watch --once` drains,
once for each number of jobs; with more than one, all files are dropped together and worked on side
by side. Every file that `emend run` wrote must be there from the daemon with the same bytes, and no
other. Files are told apart by name, so names must differ.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import spool
from spool import Daemon, Spool, bench


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--jobs", default="1,2", help="numbers of jobs, with commas")
    parser.add_argument("--threads", type=int, help="the same for both sides")
    parser.add_argument(
        "--rules", type=Path, help="a folder of rules (default: none, so the built-in ones)"
    )
    parser.add_argument(
        "--timeout", type=float, default=3600, help="seconds for a run of the daemon"
    )
    chosen = parser.parse_args()
    if len({file.name.split(".")[0] for file in chosen.files}) < len(chosen.files):
        parser.error("the names of the files must differ before their first dot")
    threads = ["--threads", str(chosen.threads)] if chosen.threads else []
    rows: list[list[str]] = []
    differing: list[str] = []
    statuses: list[str] = []
    with spool.temporary(chosen, "identical") as base:
        alone = base / "alone"
        alone.mkdir()
        rules = base / "rules"
        if chosen.rules:
            shutil.copytree(chosen.rules, rules)
        else:
            rules.mkdir()
        expected_status = 0
        seconds: dict[str, float] = {}
        for file in chosen.files:
            start = time.monotonic()
            command = [
                chosen.emend,
                "run",
                str(file.absolute()),
                "--outbox",
                str(alone),
                "--rules",
                str(rules),
                "--quiet",
            ]
            found = subprocess.run(
                [*command, *threads], stdin=subprocess.DEVNULL, capture_output=True, cwd=base
            )
            seconds[file.name] = time.monotonic() - start
            expected_status = {1: 1, 3: max(expected_status, 3)}.get(
                found.returncode, expected_status
            )
            if found.returncode not in (0, 3):
                raise bench.Failed(
                    f"emend run {file.name} ended with {found.returncode}: {found.stderr.decode()}"
                )
        wanted = {
            name: spool.digest(spool.read(spool.entry(alone, name)))
            for name in spool.regular(alone)
        }
        for jobs in map(int, chosen.jobs.split(",")):
            place = Spool(base / f"jobs-{jobs}")
            spool.remove(place.rules)
            shutil.copytree(rules, place.rules)
            # One after the other for one job, all at once for more.
            batches = [[file] for file in chosen.files] if jobs == 1 else [chosen.files]
            start = time.monotonic()
            for batch in batches:
                for file in batch:
                    spool.drop(place, file.name.encode(), file.read_bytes(), "move")
                daemon = Daemon(chosen.emend, place, "--jobs", str(jobs), *threads, once=True)
                status = daemon.wait(chosen.timeout)
                if status is None:
                    daemon.kill(everything=True)
                if status not in (0, 3):
                    statuses.append(f"{jobs} jobs: {status}")
                    print(daemon.last_words(), file=sys.stderr)
            wall = time.monotonic() - start
            given = {
                name: spool.digest(spool.read(spool.entry(place.outbox, name)))
                for name in spool.regular(place.outbox)
            }
            wrong = sorted(
                name.decode()
                for name in wanted.keys() | given.keys()
                if wanted.get(name) != given.get(name)
            )
            differing += [f"{jobs} jobs: {name}" for name in wrong]
            lines = sum(
                spool.read(spool.entry(place.outbox, n)).count(b"\n")
                for n in spool.outputs(place.outbox)
            )
            same = len(wanted) - len([name for name in wrong if name.encode() in wanted])
            rows.append(
                [
                    f"--jobs {jobs}",
                    f"{lines:,}",
                    f"{same} of {len(wanted)}",
                    f"{len(wrong)}",
                    f"{wall:.1f}",
                ]
            )
        if differing:
            spool.keep(base)
    for text in differing[:10]:
        print(f"  differs: {text}", file=sys.stderr)
    print(
        f"One run and the daemon, {len(chosen.files)} files ({sum(seconds.values()):.1f} s with "
        f"`emend run`); {bench.machine()}\n"
    )
    print(
        bench.table(
            [
                "the daemon",
                "records",
                "files equal byte for byte",
                "differing, missing or more",
                "seconds",
            ],
            rows,
        )
    )
    return bench.verdict(
        [
            ("every byte the same", not differing, f"{len(differing)} files differ"),
            ("the daemon ends with 0 or 3", not statuses, ", ".join(statuses) or "it does"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
