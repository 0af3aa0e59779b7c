"""The peer of `search.py` and `lists.py`; started by them: makes the vectors, searches them with
faiss, exactly or by an index, compares two answers, measures the recall of one.
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


# Every so many records one is in a sample.
SAMPLE, CHECKED, AIMED_RECALL = 256, 512, 0.99


def sample(count: int, size: int, shift: float) -> np.ndarray:
    """Evenly spread records; two samples of different shifts share none."""
    return ((np.arange(size) + shift) * count / size).astype(np.int64)


def truth(vectors: np.ndarray, rows: np.ndarray, neighbours: int) -> np.ndarray:
    """The similarity of the last true neighbour of each of some rows."""
    scores = vectors[rows] @ vectors.T
    scores[np.arange(len(rows)), rows] = -np.inf
    return -np.partition(-scores, neighbours - 1, axis=1)[:, neighbours - 1]


def recall(vectors: np.ndarray, rows: np.ndarray, found: np.ndarray, neighbours: int) -> float:
    """The share of true neighbours among those that were found; ties count."""
    least = truth(vectors, rows, neighbours)
    hits = 0
    for row, own, limit in zip(rows, found, least, strict=True):
        own = own[(own >= 0) & (own != row)][:neighbours]
        hits += int((vectors[own] @ vectors[row] >= limit - 1e-6).sum())
    return hits / (neighbours * len(rows))


def approximate(path: str, neighbours: int, threads: int, kind: str, output: str) -> float:
    """Processor seconds of building an index and of searching all vectors with it."""
    import faiss

    faiss.omp_set_num_threads(threads)
    vectors = np.load(path)
    count, dimension = vectors.shape
    lists = int(2 * count**0.5)
    started = time.process_time()
    inner = faiss.METRIC_INNER_PRODUCT
    if kind == "exact":
        index = whole = faiss.IndexFlatIP(dimension)
    elif kind == "hnsw":
        index = whole = faiss.IndexHNSWFlat(dimension, 32, inner)
        index.hnsw.efConstruction = 80
    elif kind == "ivf":
        index = whole = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, inner)
    else:
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_8bit, inner
        )
        whole = faiss.IndexRefineFlat(index)
        whole.k_factor = 200 / (neighbours + 1)
    if not whole.is_trained:
        whole.train(vectors)
    whole.add(vectors)
    built = time.process_time() - started
    width = {"ivf": "nprobe", "ivf-int8": "nprobe", "hnsw": "efSearch"}.get(kind)
    if width:
        rows = sample(count, SAMPLE, 0.25)
        target = index.hnsw if kind == "hnsw" else index
        value = neighbours + 1 if kind == "hnsw" else 4
        while True:
            setattr(target, width, value)
            _, found = whole.search(vectors[rows], neighbours + 1)
            if recall(vectors, rows, found, neighbours) >= AIMED_RECALL or value > lists * 4:
                break
            value = value * 5 // 4 + 1
    started = time.process_time()
    _, found = whole.search(vectors, neighbours + 1)
    seconds = built + time.process_time() - started
    own = np.arange(count)[:, None]
    order = np.argsort(found != own, axis=1, kind="stable")
    np.save(output, np.take_along_axis(found, order, 1)[:, 1:].astype(np.int32))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["make", "search", "compare", "approximate", "recall"])
    parser.add_argument("file")
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--neighbours", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", default="")
    parser.add_argument("--index", choices=["exact", "hnsw", "ivf", "ivf-int8"], default="exact")
    parser.add_argument("--found", default="", help="the answer whose recall is asked for")
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
    elif options.step == "approximate":
        seconds = approximate(
            options.file, options.neighbours, options.threads, options.index, options.output
        )
        print(json.dumps({"cpu": seconds}))
    elif options.step == "recall":
        vectors = np.load(options.file)
        rows = sample(len(vectors), CHECKED, 0.75)
        found = np.load(options.found)[rows]
        print(json.dumps({"recall": recall(vectors, rows, found, options.neighbours)}))
    else:
        print(json.dumps({"agreement": compare(options.file, options.output)}))


if __name__ == "__main__":
    main()
