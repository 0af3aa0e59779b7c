#!/usr/bin/env python3
"""Simulated reviews: does what `emend run --audit` and `--reviewed` measure hold?

  scripts/bench/reviewed.py [--emend PATH] [--count 100] [--draws 200] [--data DIR] [SET...]

For every set, audits are drawn with 200 seeds, each record is decided as its gold label says, and
the measured interval, credibilities and changes are compared with the truth. Sets of clean labels
get wrong ones first. Records whose gold label is doubtful are left out. The baseline beside the
calibration error is that of the run without decisions.

Aims: the 90 % interval covers in at least 88 % of the draws of every set, and the share of right
changes is below the target in at most 10 % of the draws.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import bench

COVERAGE, BELOW = 0.88, 0.10
SETS = [
    "real_noisyag_human",
    "real_pgr_relation",
    "real_hausa_distant",
    "real_youtube_weak",
    "real_md_agreement_vote",
    "real_convabuse_annot",
    "clean_snips:instance:0.2",
    "clean_trec:confusable:0.2",
    "clean_trec:symmetric:0.05",
    "clean_clinc150_test:instance:0.2",
]


def prepared(name: str, folder: Path, data: Path, noise: Path) -> Path:
    """The set as a file in which every record has a given and a gold label."""
    base, *options = name.split(":")
    source = data / f"{base}.jsonl"
    if options:
        kind, rate = options
        noisy = folder / "noisy.jsonl"
        call = [sys.executable, noise, source, noisy, "--type", kind, "--rate", rate]
        subprocess.run([*call, "--seed", "0"], check=True, stdout=subprocess.DEVNULL)
        source = noisy
    target = folder / f"{name.replace(':', '.')}.jsonl"
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as output:
        for line in lines:
            record = json.loads(line)
            if record.get("gold_agreed") is False or record.get("tie"):
                continue
            given, right = record.get("label"), record.get("gold_set") or [record.get("gold")]
            record["gold"] = given if given in right else right[0]
            output.write(json.dumps(record, ensure_ascii=False) + "\n")
    return target


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--eval", type=Path, default=bench.EVAL)
    parser.add_argument("sets", nargs="*", default=SETS)
    options = parser.parse_args()
    rows, missed = [], []
    for name in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            file = prepared(name, Path(folder), options.data, options.eval / "noise.py")
            call = [options.emend, "bench", "reviewed", str(file), "--count", str(options.count)]
            found = subprocess.run(
                [*call, "--draws", str(options.draws)], check=True, capture_output=True, text=True
            )
        figures = json.loads(found.stdout)
        below = figures["draws_below_target"] / figures["draws"]
        changed = figures["draws_with_changes"]
        rows.append(
            [
                name,
                f"{figures['records']:,}",
                f"{figures['rate']:.3f}",
                f"{figures['coverage']:.3f}",
                f"{figures['median_width']:.3f}",
                f"{figures['ece_before']:.3f}",
                f"{figures['ece_after']:.3f}",
                f"{changed / figures['draws']:.2f}",
                f"{figures['changes']}" if changed else "",
                f"{figures['precision']:.3f}" if changed else "",
                f"{below:.3f}",
            ]
        )
        if figures["coverage"] < COVERAGE:
            missed.append(f"{name}: coverage {figures['coverage']:.3f}")
        if below > BELOW:
            missed.append(f"{name}: below the target in {below:.3f} of the draws")
        print(f"{name} done", file=sys.stderr)
    head = [
        "set",
        "records",
        "wrong",
        "90 % interval covers",
        "median width",
        "ECE before",
        "after",
    ]
    head += ["draws with changes", "changes", "right", "draws below target"]
    print(f"{options.count} at random and as many most suspect, {options.draws} draws a set\n")
    print(bench.table(head, rows))
    print("\n" + ("missed: " + "; ".join(missed) if missed else "all aims are met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
