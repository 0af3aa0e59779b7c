#!/usr/bin/env python3
"""Mining 100,000 passages × 1,000 queries with ready vectors, beside faiss and mine_hard_negatives.

  scripts/bench/mining.py [--emend PATH] [--threads 2] [--rounds 3] [--documents N] [--queries N]
                          [--skip-sentence-transformers]
  scripts/bench/mining.py --recall

All sides read the same texts and the same random vectors, find 50 candidates for each query, and
write them; encoding, which costs all of them the same, is left out. emend is measured by vectors,
words and their fusion. A script with faiss's `IndexFlatIP` searches by vectors alone, and so does
`mine_hard_negatives` of sentence-transformers with faiss, to which a stub gives the vectors. Wall
time of the whole process, and its peak memory.

With --recall it prints instead how many of the useful passages of ClapNQ, HotpotQA and XQuAD, whose
passages are one corpus, are among so many candidates.

Aim: mining by vectors takes at most twice the time of the script with faiss.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import bench

AIM, CANDIDATES = 2.0, 50


def recall(emend: str, data: str, threads: int) -> int:
    """Prints the share of useful passages among the first candidates."""
    depths = [5, 10, 20, 50, 100]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        pool, place = Path(folder) / "pool", Path(folder)
        pool.mkdir()
        peer = [sys.executable, str(bench.HERE / "peer_mining.py"), "pool", str(pool)]
        bench.run([*peer, "--data", data], threads)
        for method in ["dense", "bm25", "fusion"]:
            target = place / f"{method}.jsonl"
            command = [emend, "mine", str(pool), "--method", method, "--to", str(target)]
            bench.run([*command, "--candidates", str(depths[-1]), "--json"], threads)
            ranks = [
                passage.get("rank", depths[-1] + 1)
                for line in target.read_text().splitlines()
                for passage in json.loads(line)["passages"]
                if passage.get("label") == 1
            ]
            shares = [sum(rank <= depth for rank in ranks) / len(ranks) for depth in depths]
            rows.append([method, *[f"{share:.3f}" for share in shares]])
        count = len((pool / "corpus.jsonl").read_text().splitlines())
    print(f"{len(ranks)} useful passages among {count:,}\n")
    print(bench.table(["candidates", *map(str, depths)], rows))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--data", default=str(bench.DATA))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--skip-sentence-transformers", action="store_true")
    parser.add_argument("--recall", action="store_true")
    options = parser.parse_args()
    if options.recall:
        return recall(options.emend, options.data, options.threads)
    packages = ["numpy", "faiss-cpu"]
    if not options.skip_sentence_transformers:
        packages += ["sentence-transformers", "datasets"]
    bench.ensure(*packages)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        peer = [sys.executable, str(bench.HERE / "peer_mining.py")]
        counts = ["--documents", str(options.documents), "--queries", str(options.queries)]
        bench.run([*peer, "make", folder, "--data", options.data, *counts], options.threads)
        common = ["--candidates", str(CANDIDATES), "--threads", str(options.threads)]
        files = [str(place / "corpus.jsonl"), str(place / "queries.jsonl")]
        vectors = ["--document-vectors", str(place / "corpus.npy")]
        vectors += ["--query-vectors", str(place / "queries.npy")]
        sides = {
            f"emend, {method}": [
                *[options.emend, "bench", "mine", *files, *vectors, *common],
                *["--method", method, "--output", str(place / f"{method}.jsonl")],
            ]
            for method in ["dense", "bm25", "fusion"]
        }
        sides["faiss, vectors alone"] = [*peer, "faiss", folder, *common]
        if not options.skip_sentence_transformers:
            sides["sentence-transformers"] = [*peer, "sentence-transformers", folder, *common]
        extra = {"faiss, vectors alone": bench.best_blas(options.threads)}
        times: dict[str, list[float]] = {name: [] for name in sides}
        memory: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, command in sides.items():
                _, seconds, peak = bench.run(command, options.threads, extra.get(name))
                times[name].append(seconds)
                memory[name].append(peak)
    middle = {name: sorted(found)[len(found) // 2] for name, found in times.items()}
    print(
        f"{options.documents:,} passages × {options.queries:,} queries, {options.threads} threads, "
        f"medians of {options.rounds}; {bench.machine()}\n"
    )
    rows = [
        [
            name,
            f"{middle[name]:.1f}",
            f"{min(times[name]):.1f}–{max(times[name]):.1f}",
            f"{max(memory[name]):.0f}",
        ]
        for name in sides
    ]
    print(bench.table(["side", "seconds", "least–most", "peak MiB"], rows))
    ratio = middle["emend, dense"] / middle["faiss, vectors alone"]
    return bench.verdict(
        [(f"by vectors at most {AIM}× the script with faiss", ratio <= AIM, f"{ratio:.2f}×")]
    )


if __name__ == "__main__":
    sys.exit(main())
