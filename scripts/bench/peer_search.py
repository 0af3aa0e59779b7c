"""The peer of `search.py`; started by it: makes the vectors, searches them with faiss, compares two
answers.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np


def make(path: str, count: int, dimension: int) -> None:
    """Unit vectors around 500 random centres, as close to them as sentences of one topic."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((500, dimension), dtype=np.float32)
    vectors = centres[random.integers(0, len(centres), count)]
    vectors += random.standard_normal((count, dimension), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.save(path, vectors)


def search(path: str, neighbours: int, threads: int, output: str) -> float:
    import faiss

    faiss.omp_set_num_threads(threads)
    vectors = np.load(path)
    start = time.perf_counter()
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    _, found = index.search(vectors, neighbours + 1)
    seconds = time.perf_counter() - start
    own = np.arange(len(vectors))[:, None]
    # Self first, whatever its rank, then the others in their order.
    order = np.argsort(found != own, axis=1, kind="stable")
    found = np.take_along_axis(found, order, 1)[:, 1:]
    np.save(output, found.astype(np.int32))
    return seconds


def compare(left: str, right: str) -> float:
    """The mean share of neighbours, as sets, that two answers have in common."""
    one, two = np.sort(np.load(left), 1), np.sort(np.load(right), 1)
    return float(
        np.mean(
            [
                len(np.intersect1d(a, b, assume_unique=True)) / len(b)
                for a, b in zip(one, two, strict=True)
            ]
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["make", "search", "compare"])
    parser.add_argument("file")
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--neighbours", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", default="")
    options = parser.parse_args()
    if options.step == "make":
        make(options.file, options.count, options.dimension)
    elif options.step == "search":
        print(
            json.dumps(
                {
                    "seconds": search(
                        options.file, options.neighbours, options.threads, options.output
                    )
                }
            )
        )
    else:
        print(json.dumps({"agreement": compare(options.file, options.output)}))


if __name__ == "__main__":
    main()
