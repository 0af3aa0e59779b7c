#!/usr/bin/env python3
"""The share of a run's time that looking at the file as a whole takes (its profile).

  scripts/bench/reading.py [--data DIR] [--emend PATH] [--threads 2] [--rounds 5]

15,000 requests of clinc150 are run without the cache of embeddings, and are read and profiled
alone.

Aim: at most 3 % of the run.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import bench

AIM, RECORDS = 0.03, 15_000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "requests.jsonl"
        records = bench.read_lines(options.data / "clean_clinc150_train.jsonl")[:RECORDS]
        bench.write_lines(file, bench.blind(records))
        runs, profiles, reads = [], [], []
        for _ in range(options.rounds):
            outbox = tempfile.mkdtemp(dir=folder)
            command = [options.emend, "run", str(file), "--outbox", outbox, "--no-cache", "--quiet"]
            _, seconds, _ = bench.run(
                [*command, "--threads", str(options.threads)], options.threads
            )
            runs.append(seconds)
            output, _, _ = bench.run([options.emend, "bench", "profile", str(file)], 1)
            measured = bench.last_json(output)
            profiles.append(measured["profile"])
            reads.append(measured["read"])
    middle = [sorted(values)[len(values) // 2] for values in (runs, reads, profiles)]
    share = middle[2] / middle[0]
    print(f"{len(records):,} records, medians of {options.rounds}; {bench.machine()}\n")
    rows = [
        [name, f"{seconds:.3f}", f"{seconds / middle[0]:.2%}"]
        for name, seconds in zip(("run", "reading", "profile"), middle, strict=True)
    ]
    print(bench.table(["stage", "seconds", "share of the run"], rows))
    return bench.verdict(
        [(f"at most {AIM:.0%} of the run for the profile", share <= AIM, f"{share:.2%}")]
    )


if __name__ == "__main__":
    sys.exit(main())
