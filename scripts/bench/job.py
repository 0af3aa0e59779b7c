#!/usr/bin/env python3
"""The whole job on real_noisyag_human (4,932 records): wall time and peak memory of `emend run` and
of a script.

  scripts/bench/job.py [--data DIR] [--emend PATH] [--threads 2] [--rounds 5] [--no-cache-flag FLAG]

The peer, peer_job.py, does the same with sentence-transformers, scikit-learn, cleanlab and faiss:
encodes, out-of-fold probabilities of a five-fold logistic regression, label quality and issues, ten
neighbours, and a JSON-lines file with all of it. Neither side has anything cached; both load their
models. Sides alternate. Wall time and peak memory are the kernel's, of the whole process.

Aims: at least 4 times faster, in at most half the memory.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import bench

FASTER, MEMORY = 4.0, 0.5


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--no-cache-flag", default="--no-cache", help="how `emend run` is told to use no cache"
    )
    options = parser.parse_args()
    bench.ensure(*bench.PEER_PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "noisyag.jsonl"
        bench.write_lines(
            file, bench.blind(bench.read_lines(options.data / "real_noisyag_human.jsonl"))
        )
        outbox = Path(folder) / "outbox"

        def emend() -> list[str]:
            shutil.rmtree(outbox, ignore_errors=True)
            outbox.mkdir()
            command = [options.emend, "run", str(file), "--outbox", str(outbox), "--quiet"]
            return [*command, "--threads", str(options.threads), *options.no_cache_flag.split()]

        peer = [
            sys.executable,
            str(bench.HERE / "peer_job.py"),
            str(file),
            str(Path(folder) / "peer.jsonl"),
        ]
        sides = {"emend": emend, "peer": [*peer, "--threads", str(options.threads)]}
        extra = {"peer": bench.best_blas(options.threads)}
        results = bench.alternate(sides, options.rounds, options.threads, extra)
        expected = len(bench.read_lines(file))
        for path in (outbox / "noisyag.jsonl", Path(folder) / "peer.jsonl"):
            if len(bench.read_lines(path)) != expected:
                raise bench.Failed(f"{path} does not hold {expected} records")
    wall = {name: bench.median(found, "wall") for name, found in results.items()}
    peak = {name: bench.median(found, "peak") for name, found in results.items()}
    print(
        f"Whole job, real_noisyag_human, {options.threads} threads, medians of {options.rounds}; "
        f"{bench.machine()}\n"
    )
    rows = [
        [name, f"{wall[name]:.2f}", bench.spread(results[name], "wall"), f"{peak[name]:,.0f}"]
        for name in ("emend", "peer")
    ]
    rows.append(
        [
            "peer / emend",
            f"{wall['peer'] / wall['emend']:.1f}×",
            "",
            f"{peak['peer'] / peak['emend']:.1f}×",
        ]
    )
    print(bench.table(["side", "wall, s", "least–most", "peak memory, MiB"], rows))
    return bench.verdict(
        [
            (
                f"at least {FASTER:.0f}× faster",
                wall["peer"] >= FASTER * wall["emend"],
                f"{wall['peer'] / wall['emend']:.2f}×",
            ),
            (
                "at most half the memory",
                peak["emend"] <= MEMORY * peak["peer"],
                f"{peak['emend'] / peak['peer']:.2f} of it",
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
