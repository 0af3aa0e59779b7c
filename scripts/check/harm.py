#!/usr/bin/env python3
"""Checks that the way in which a file writes its labels makes emend change no right one.

usage: scripts/check/harm.py [--data DIR] [--eval DIR] [--emend PATH] [--only NAME…]

Every set of scripts/bench/quality.py (real ones as they are, clean ones with 20 % injected errors)
is run in mode auto as it is, and rewritten in three ways:

  spellings    three labels of ten with a blank, a no-break or zero-width space, or decomposed
  single items every label as a list of one
  placeholder  one label of twenty is N/A; compared with the file in which these are null

A right label that is changed in a rewritten file and not in the one beside it is harm. The exit
status is 1 if there is any.
"""

import json
import os
import random
import sys
import tempfile
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

import bench  # noqa: E402
import quality  # noqa: E402

SEED = 16


def spelled(record, generator):
    label = record["label"]
    ways = [" " + label, label + " ", label + "\u00a0", label[:1] + "\u200b" + label[1:]]
    ways.append(unicodedata.normalize("NFD", label))
    changed = generator.random() < 0.3
    return {**record, "label": generator.choice(ways) if changed else label}


def rewritten(records):
    """The files to compare: name, records, and the name of the one beside it."""
    generator = random.Random(SEED)
    missing = [generator.random() < 0.05 for _ in records]

    def without(value):
        return [
            {**record, "label": value} if gone else record
            for record, gone in zip(records, missing, strict=True)
        ]

    yield "plain", records, None
    yield "spellings", [spelled(record, generator) for record in records], "plain"
    yield "single items", [{**record, "label": [record["label"]]} for record in records], "plain"
    yield "null", without(None), None
    yield "placeholder", without("N/A"), "null"


def changed(options, folder, name, records):
    """Which records a run changes, by their place."""
    path = folder / f"{name}.jsonl"
    bench.write_lines(path, records)
    outbox = Path(tempfile.mkdtemp(dir=folder))
    command = [options.emend, "run", str(path), "--outbox", str(outbox), "--mode", "auto"]
    bench.run([*command, "--quiet"], options.threads)
    output = bench.read_lines(outbox / path.name)
    return {i for i, record in enumerate(output) if record["emend"]["action"] == "corrected"}


def main():
    options = quality.arguments(__doc__).parse_args()
    total = 0
    print("| set | records | right | file | changed | right ones changed | harm |")
    print("|---|---:|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options.emend = str(Path(options.emend).resolve())
        # No rules of the folder in which the check was started.
        os.chdir(folder)
        for name, path in quality.instances(options, folder):
            gold = bench.read_lines(path)
            records = bench.blind(gold)
            if not all(isinstance(record["label"], str) for record in records):
                records = [{**r, "label": json.dumps(r["label"])} for r in records]
            right = {i for i, record in enumerate(gold) if record["label"] == record["gold"]}
            known = {}
            for kind, file, beside in rewritten(records):
                known[kind] = changed(options, folder, kind.replace(" ", "-"), file)
                harm = len((known[kind] - known[beside]) & right) if beside else None
                total += harm or 0
                print(
                    f"| {name} | {len(gold)} | {len(right)} | {kind} | {len(known[kind])} "
                    f"| {len(known[kind] & right)} | {'' if harm is None else harm} |",
                    flush=True,
                )
    print(f"right labels changed that the plain file would not have changed: {total}")
    sys.exit(1 if total else 0)


main()
