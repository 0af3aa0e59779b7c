#!/usr/bin/env python3
"""What repairing pays: the accuracy of a classifier that was trained on the output of emend run.

  scripts/bench/downstream.py [--data DIR] [--eval DIR] [--emend PATH] [--only NAME…]
                              [--seeds 0] [--keep DIR]

The sets are those of scripts/quality. The classifier is a multinomial logistic regression on the
vectors that emend uses, of unit length, with C = 10. Five folds: it learns from the labels of four
and is asked for the gold labels of the fifth, so no gold label is learned from. It learns from the
given labels (the baseline), from the output's labels, and from the output's soft labels: the
five largest shares of each record, as weights. "gold" learns from the gold labels: what a perfect
repair would give. `--keep` keeps the files, and uses those that are there.

Aim: soft labels nowhere worse than the given labels by more than .003.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import bench
import quality

bench.ensure("scikit-learn")

import numpy as np  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

FOLDS, STRENGTH, WORST, MOST_SHARES = 5, 10.0, 0.003, 5
KINDS = ("given", "label", "soft", "gold")


def files(options, folder: Path, name: str, gold: Path) -> tuple[list[dict], list[dict], Path]:
    """The records with gold labels, the output's lines, and the vectors of the records."""
    records = bench.read_lines(gold)
    visible, vectors = folder / f"{name}.jsonl", folder / f"{name}.npy"
    output = folder / "outbox" / f"{name}.jsonl"
    threads = ["--threads", str(options.threads)]
    if not visible.exists():
        bench.write_lines(visible, bench.blind(records))
    if not output.exists():
        output.parent.mkdir(exist_ok=True)
        command = [options.emend, "run", str(visible), "--outbox", str(output.parent), "--quiet"]
        bench.run([*command, "--mode", "auto", *threads], options.threads)
    if not vectors.exists():
        command = [options.emend, "bench", "embed", str(visible), "--output", str(vectors)]
        bench.run([*command, *threads], options.threads)
    return records, bench.read_lines(output), vectors


def shares(record: dict, line: dict, kind: str) -> dict[str, float]:
    """The labels that a record teaches, with their weights."""
    if kind == "given":
        return {str(record["label"]): 1.0}
    if kind == "label":
        return {str(line["emend"]["label"]): 1.0}
    if kind == "gold":
        return {str(record["gold"]): 1.0}
    # The largest shares, which are all but the last hundredths: every share is a row to learn from.
    return dict(list(line["emend"]["soft_label"].items())[:MOST_SHARES])


def accuracy(vectors: np.ndarray, taught: list[dict[str, float]], gold: list[str]) -> float:
    order = np.random.default_rng(0).permutation(len(gold))
    hits = 0
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        kept = np.setdiff1d(order, held)
        entries = [(row, label, share) for row in kept for label, share in taught[row].items()]
        rows, labels, weights = zip(*entries, strict=True)
        model = LogisticRegression(C=STRENGTH, max_iter=200)
        model.fit(vectors[list(rows)], np.array(labels), sample_weight=np.array(weights))
        hits += sum(np.array(gold)[held] == model.predict(vectors[held]))
    return hits / len(gold)


def measure(options, folder: Path, name: str, gold: Path) -> dict[str, float] | None:
    records, lines, place = files(options, folder, name, gold)
    output = {str(line["id"]): line for line in lines}
    matrix = np.load(place)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    wrong = quality.errors(records)
    known = [
        row
        for row, record in enumerate(records)
        if wrong[row] is not None and record.get("gold") is not None
    ]
    truth = [str(records[row]["gold"]) for row in known]
    if len(set(truth)) < 2:
        return None
    found = {"wrong": float(np.mean([wrong[row] for row in known]))}
    for kind in KINDS:
        taught = [shares(records[row], output[str(records[row]["id"])], kind) for row in known]
        found[kind] = accuracy(matrix[known], taught, truth)
    return found


def main() -> int:
    parser = quality.arguments(__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    print("| set | wrong | given | label | soft label | gold |\n|---|---|---|---|---|---|")
    rows = []
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        for name, gold in quality.instances(options, folder):
            found = measure(options, folder, name, gold)
            if found is None:
                continue
            rows.append((name, found))
            values = [f"{found['given']:.4f}"]
            values += [f"{found[kind] - found['given']:+.4f}" for kind in KINDS[1:]]
            print(f"| {name} | {found['wrong']:.3f} | {' | '.join(values)} |", flush=True)
    for kind in KINDS[1:]:
        gains = [found[kind] - found["given"] for _, found in rows]
        print(f"{kind}: mean gain {np.mean(gains):+.4f}, least {min(gains):+.4f}")
    worst = min(found["soft"] - found["given"] for _, found in rows)
    print(f"aim: soft labels at least {-WORST:+.3f} everywhere: {worst:+.4f}")
    return 0 if worst >= -WORST else 1


if __name__ == "__main__":
    sys.exit(main())
