#!/usr/bin/env python3
"""Neighbours above 50,000 records: emend's lists beside the indexes of faiss, at equal recall.

  scripts/bench/lists.py [--count 100000] [--neighbours 50] [--data DIR] [--emend PATH]
                         [--threads 2]

The records are those of scale.py, with the vectors of the default encoder, all against all. The
recall of each side is measured on 512 records that were compared with all others. A peer searches
in as many lists (or visits as many nodes) as give 256 other records a recall of .99, found
beforehand and not counted, which is what emend looks for itself within its time. Building the index
is counted.

Aims: a recall of at least .98, in no more processor seconds than the best peer.
"""

import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path

import bench

PEERS = {
    "ivf": "faiss, inverted lists",
    "ivf-int8": "faiss, inverted lists in 8 bits, the best 200 measured again",
    "hnsw": "faiss, HNSW (M = 32, 80 when it is built)",
    "exact": "faiss, exact",
}
LEAST_RECALL = 0.98


def processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--neighbours", type=int, default=50)
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    bench.ensure("numpy", "faiss-cpu")
    import scale

    rows, peers, own = [], [], 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, vectors, found = folder / "records.jsonl", folder / "v.npy", folder / "found.npy"
        scale.recombined(options.data, file, options.count)
        threads = ["--threads", str(options.threads)]
        command = [options.emend, "bench", "embed", str(file), "--output", str(vectors), *threads]
        bench.run(command, options.threads)
        asked = ["--neighbours", str(options.neighbours), *threads, "--output", str(found)]
        peer = [sys.executable, str(bench.HERE / "peer_search.py")]
        blas = bench.best_blas(options.threads)
        for side in ["emend", *PEERS]:
            if side == "emend":
                command = [options.emend, "bench", "search", str(vectors), *asked]
            else:
                command = [*peer, "approximate", str(vectors), *asked, "--index", side]
            before = processor_seconds()
            output, _, peak = bench.run(command, options.threads, blas if side != "emend" else None)
            # A peer counts its own, as it also looks for the width of its search.
            seconds = bench.last_json(output).get("cpu", processor_seconds() - before)
            compared, _, _ = bench.run(
                [*peer, "recall", str(vectors), *asked, "--found", str(found)], options.threads
            )
            recall = bench.last_json(compared)["recall"]
            rows.append([PEERS.get(side, side), f"{seconds:.1f}", f"{recall:.4f}", f"{peak:,.0f}"])
            if side == "emend":
                own, own_recall = seconds, recall
            elif side != "exact":
                peers.append(seconds)
            print(f"  {side}: {seconds:.1f} s, recall {recall:.4f}", file=sys.stderr, flush=True)
    print(f"Top {options.neighbours} of {options.count:,} vectors; {bench.machine()}\n")
    print(bench.table(["side", "processor seconds", "recall", "peak MiB"], rows))
    return bench.verdict(
        [
            (
                f"a recall of at least {LEAST_RECALL}",
                own_recall >= LEAST_RECALL,
                f"{own_recall:.4f}",
            ),
            ("no slower than the best peer", own <= min(peers), f"{min(peers) / own:.2f}×"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
