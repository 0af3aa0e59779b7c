#!/usr/bin/env python3
"""Exact neighbour search: the 50 nearest of every one of 50,000 × 384 unit vectors, against faiss.

  scripts/bench/search.py [--emend PATH] [--threads 2] [--rounds 5] [--count 50000]

Both sides read the same vectors (random clusters, seeded) and search all against all; reading is
not counted. faiss is `IndexFlatIP` of faiss-cpu, asked for 51, as its first is the vector itself,
with the BLAS kernel that is fastest here. Sides alternate. The neighbours found are compared: where
both answer exactly they differ only among ties of float32.

Aim: at least 1.0 times faiss.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import bench

AIM, AGREEMENT, NEIGHBOURS, DIMENSION = 1.0, 0.9999, 50, 384


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=50_000)
    options = parser.parse_args()
    bench.ensure("numpy", "faiss-cpu")
    with tempfile.TemporaryDirectory() as folder:
        vectors, mine, theirs = (
            str(Path(folder) / name) for name in ("vectors.npy", "emend.npy", "faiss.npy")
        )
        peer = [sys.executable, str(bench.HERE / "peer_search.py")]
        bench.run(
            [*peer, "make", vectors, "--count", str(options.count), "--dimension", str(DIMENSION)],
            options.threads,
        )
        asked = ["--neighbours", str(NEIGHBOURS), "--threads", str(options.threads)]
        sides = {
            "emend": [options.emend, "bench", "search", vectors, *asked, "--output", mine],
            "faiss": [*peer, "search", vectors, *asked, "--output", theirs],
        }
        extra = {"faiss": bench.best_blas(options.threads)}
        results = bench.alternate(sides, options.rounds, options.threads, extra)
        output, _, _ = bench.run([*peer, "compare", mine, "--output", theirs], options.threads)
        agreement = bench.last_json(output)["agreement"]
    seconds = {name: bench.median(found, "seconds") for name, found in results.items()}
    ratio = seconds["faiss"] / seconds["emend"]
    title = f"Exact top {NEIGHBOURS}, {options.count:,} × {DIMENSION}, {options.threads} threads"
    print(f"{title}, medians of {options.rounds}; {bench.machine()}\n")
    rows = [
        [name, f"{seconds[name]:.2f}", bench.spread(results[name], "seconds")] for name in sides
    ]
    rows.append(["faiss / emend", f"{ratio:.2f}×", ""])
    print(bench.table(["side", "seconds", "least–most"], rows))
    return bench.verdict(
        [
            (f"at least {AIM}× faiss IndexFlatIP", ratio >= AIM, f"{ratio:.2f}×"),
            (
                f"the same neighbours, at least {AGREEMENT}",
                agreement >= AGREEMENT,
                f"{agreement:.6f}",
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
