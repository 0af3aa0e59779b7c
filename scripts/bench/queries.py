#!/usr/bin/env python3
"""The whole job on 500 queries of 10 passages: time, peak memory, and what an interruption costs.

  scripts/bench/queries.py [--data DIR] [--emend PATH] [--queries 500] [--scorer likelihood]
                           [--threads 2]

Every run is a process of its own, and the first two start with an empty cache:
  whole        from start to end
  interrupted  ended with SIGKILL when half of the passages have been read, by the progress bar
  resumed      the same once more, on what the interrupted run had remembered
The queries are HotpotQA's, then XQuAD's with the passages of another of its queries beside their
own.

Aims: the resumed run takes no longer than what was left and a tenth of the whole, and gives the
same bytes as the whole one.
"""

import argparse
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench

PASSAGES = 10


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--scorer", default="likelihood")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def queries(data: Path, count: int) -> list[dict]:
    hotpot = [
        r for r in bench.read_lines(data / "util_hotpotqa.jsonl") if len(r["passages"]) == PASSAGES
    ]
    xquad = bench.read_lines(data / "util_xquad.jsonl")
    made = []
    for number, own in enumerate(xquad):
        other = xquad[(number + len(xquad) // 2) % len(xquad)]
        texts = {p["text"]: p for p in own["passages"] + other["passages"]}
        made.append({**own, "passages": list(texts.values())[:PASSAGES]})
    rows = (hotpot + [row for row in made if len(row["passages"]) == PASSAGES])[:count]
    if len(rows) < count:
        sys.exit(f"the data has only {len(rows)} such queries; ask for fewer with --queries")
    return [
        {
            "id": f"q{n}",
            "query": row["query"],
            "passages": [{"id": str(i), "text": p["text"]} for i, p in enumerate(row["passages"])],
        }
        for n, row in enumerate(rows)
    ]


def run(
    options: argparse.Namespace, folder: Path, home: Path, outbox: str, kill_at: float | None = None
):
    """One run under a terminal of its own; wall seconds, peak MiB, and the last words of the
    progress bar.
    """
    leader, follower = pty.openpty()
    command = [
        options.emend,
        "run",
        "q.jsonl",
        "--outbox",
        outbox,
        "--rules",
        "rules",
        "--threads",
        str(options.threads),
    ]
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=follower,
        env=bench.child_environment(options.threads)
        | {"EMEND_HOME": str(home), "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(follower)
    said, estimates = "", []
    while True:
        try:
            piece = os.read(leader, 4096).decode(errors="replace")
        except OSError:
            break
        if not piece:
            break
        said = (said + piece)[-4096:]
        reading = re.findall(r"reading[^\r\n]*?(\d+)\s?%[^\r\n]*", said)
        if reading:
            share = int(reading[-1]) / 100
            if not estimates or estimates[-1][0] < share:
                estimates.append(
                    (
                        share,
                        re.findall(r"reading[^\r\n\x1b]*", said)[-1].strip(),
                        time.perf_counter() - start,
                    )
                )
            if kill_at is not None and share >= kill_at:
                process.send_signal(signal.SIGKILL)
                break
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    os.close(leader)
    if kill_at is None and process.returncode != 0:
        sys.exit(f"emend ended with {process.returncode}:\n{said}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, estimates


def main() -> int:
    options = parse()
    rows = queries(options.data, options.queries)
    home = Path(os.environ.get("EMEND_HOME") or bench.ROOT / ".emend")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench.write_lines(folder / "q.jsonl", rows)
        (folder / "rules").mkdir()
        (folder / "rules" / "default.yaml").write_text(f"utility: {{scorer: {options.scorer}}}\n")

        def fresh(name: str) -> Path:
            place = folder / name
            place.mkdir()
            for part in ("openvino", "models"):
                (place / part).symlink_to(home.resolve() / part)
            return place

        whole, peak, estimates = run(options, folder, fresh("home-1"), "whole")
        shared = fresh("home-2")
        first, _, _ = run(options, folder, shared, "resumed", kill_at=0.5)
        left = (
            [path.name for path in (folder / "resumed").glob("*")]
            if (folder / "resumed").is_dir()
            else []
        )
        second, peak_again, _ = run(options, folder, shared, "resumed")
        same = all(
            (folder / "whole" / part).read_bytes() == (folder / "resumed" / part).read_bytes()
            for part in ("q.jsonl", "q.report.json")
        )
    words = sum(len(p["text"].split()) for row in rows for p in row["passages"])
    print(
        f"{len(rows)} queries of {PASSAGES} passages, "
        f"{words / len(rows) / PASSAGES:.0f} words each, scorer {options.scorer}, "
        f"{options.threads} threads; {bench.machine()}\n"
    )
    print(
        bench.table(
            ["run", "seconds", "peak MiB"],
            [
                ["whole", f"{whole:.0f}", f"{peak:.0f}"],
                ["interrupted at half", f"{first:.0f}", ""],
                ["resumed", f"{second:.0f}", f"{peak_again:.0f}"],
            ],
        )
    )
    for share in (0.25, 0.5, 0.75):
        said = next((e for e in estimates if e[0] >= share), None)
        if said:
            print(f"\nat {said[2]:.0f} s of {whole:.0f}: {said[1]}", end="")
    print("\n")
    return bench.verdict(
        [
            ("an interrupted run publishes nothing", not left, ", ".join(left) or "nothing"),
            ("the resumed run gives the whole one's bytes", same, "the same" if same else "others"),
            (
                "what was done is not done again",
                second <= whole - first + 0.1 * whole,
                f"{first:.0f} + {second:.0f} s, whole {whole:.0f} s",
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
