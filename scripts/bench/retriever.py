#!/usr/bin/env python3
"""What training files are worth: nDCG@10 of a small retriever that was trained on them.

  scripts/bench/retriever.py [--data DIR] [--emend PATH] [--seeds 3] [--keep DIR]

The retriever is the shipped encoder with a linear map behind it (the same for queries and
passages, the identity at the start), trained by InfoNCE over the batch's positives and the
query's own negatives. Every seed holds back half of the queries; the corpus is every passage of
the set and of the sets of another origin, and a passage is relevant where people said so.

Negatives, with the positives that people chose: none but the batch's; four at random; the four
nearest that are no positive ("top-k"); the four nearest that emend calls hard. Positives, with
random negatives: people's; the most useful passage by emend, of candidates without any label;
these first, and then people's for a fifth of the queries.

The baseline is the encoder as it is, and only the queries that were held back are counted.
"""

import argparse
import contextlib
import json
import tempfile
from pathlib import Path

import bench

bench.ensure("numpy")

import numpy as np  # noqa: E402

SETS = ("util_clapnq_passages", "util_clapnq_sentences", "util_hotpotqa", "util_xquad")
# Sets of one origin have passages of the same pages, which nobody judged for each other's queries.
ORIGINS = {"util_clapnq_passages": "clapnq", "util_clapnq_sentences": "clapnq"}
CANDIDATES = 30
NEGATIVES = 4
EPOCHS, BATCH, RATE, TEMPERATURE, DECAY = 12, 16, 2e-4, 0.05, 1e-3


def read(data: Path, name: str) -> tuple[list[str], list[str], list[set[int]]]:
    """Queries, documents (one a text), and the places of each query's relevant documents."""
    queries, documents, relevant = [], {}, []
    for record in bench.read_lines(data / f"{name}.jsonl"):
        useful = set()
        for passage in record["passages"]:
            place = documents.setdefault(passage["text"], len(documents))
            if passage["useful"]:
                useful.add(place)
        if useful:
            queries.append(record["query"])
            relevant.append(useful)
    for other in SETS:
        if ORIGINS.get(other, other) != ORIGINS.get(name, name):
            for record in bench.read_lines(data / f"{other}.jsonl"):
                for passage in record["passages"]:
                    documents.setdefault(passage["text"], len(documents))
    return queries, list(documents), relevant


def embed(options, folder: Path, name: str, texts: list[str]) -> np.ndarray:
    file, vectors = folder / f"{name}.jsonl", folder / f"{name}.npy"
    if not vectors.exists():
        rows = [{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(texts)]
        bench.write_lines(file, rows)
        command = [options.emend, "bench", "embed", str(file), "--output", str(vectors)]
        bench.run(command, options.threads)
    found = np.load(vectors).astype(np.float64)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def mined(options, folder: Path, queries: list[str], documents: list[str], qrels) -> list[dict]:
    """The queries as emend leaves them: their nearest candidates mined, then judged.

    `qrels` has the relevant documents of each query, or is None: then no label is given.
    """
    folder.mkdir(exist_ok=True)
    corpus, asked, judged = (folder / name for name in ("corpus.jsonl", "queries.jsonl", "q.tsv"))
    candidates, outbox = folder / "candidates.jsonl", folder / "out"
    output = outbox / candidates.name
    if not output.exists():
        rows = [{"_id": f"d{n}", "title": "", "text": text} for n, text in enumerate(documents)]
        bench.write_lines(corpus, rows)
        bench.write_lines(asked, [{"_id": f"q{n}", "text": text} for n, text in enumerate(queries)])
        command = [options.emend, "mine", "--corpus", str(corpus), "--queries", str(asked)]
        if qrels is not None:
            lines = [f"q{q}\td{d}\t1" for q, found in enumerate(qrels) for d in sorted(found)]
            judged.write_text("query-id\tcorpus-id\tscore\n" + "\n".join(lines) + "\n")
            command += ["--qrels", str(judged)]
        command += ["--candidates", str(CANDIDATES), "--to", str(candidates)]
        bench.run(command, options.threads)
        outbox.mkdir(exist_ok=True)
        # The texts alone judge: what a language model adds is measured by utility.py.
        rules = folder / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "default.yaml").write_text("utility: {scorer: extractive}\n")
        command = [options.emend, "run", str(candidates), "--outbox", str(outbox), "--quiet"]
        command += ["--rules", str(rules)]
        bench.run(command, options.threads)
    return bench.read_lines(output)


def places(record: dict, wanted) -> list[int]:
    """The documents of a record's passages that are `wanted`, the nearest first."""
    found = [passage for passage in record["passages"] if wanted(passage["emend"])]
    found.sort(key=lambda passage: -passage["emend"]["relevance"])
    return [int(passage["id"].removeprefix("d")) for passage in found]


def train(weights, queries, documents, positives, negatives, generator) -> np.ndarray:
    """The linear map after training by Adam; rows of `queries` without a positive are left out."""
    known = [q for q in range(len(queries)) if positives[q]]
    first, second, step = np.zeros_like(weights), np.zeros_like(weights), 0
    for _ in range(EPOCHS):
        order = generator.permutation(known)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            right = [positives[q][generator.integers(len(positives[q]))] for q in batch]
            columns = list(dict.fromkeys(right + [d for q in batch for d in negatives[q]]))
            column = {d: n for n, d in enumerate(columns)}
            open_ = np.zeros((len(batch), len(columns)), bool)
            target = np.zeros_like(open_, dtype=float)
            for row, (q, d) in enumerate(zip(batch, right, strict=True)):
                open_[row, [column[x] for x in right + negatives[q]]] = True
                # Another positive of the query is no negative.
                open_[row, [column[x] for x in positives[q] if x in column]] = False
                open_[row, column[d]] = True
                target[row, column[d]] = 1
            step += 1
            slope = gradient(weights, queries[batch], documents[columns], open_, target)
            slope += DECAY * (weights - np.eye(len(weights)))
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            weights = weights - RATE * (first / (1 - 0.9**step)) / (
                np.sqrt(second / (1 - 0.999**step)) + 1e-8
            )
    return weights


def unit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / norms, norms


def gradient(weights, queries, documents, open_, target) -> np.ndarray:
    """Of the mean cross-entropy of cosines at the temperature, by the map."""
    q, q_norm = unit(queries @ weights)
    d, d_norm = unit(documents @ weights)
    scores = np.where(open_, q @ d.T / TEMPERATURE, -np.inf)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    slope = (shares - target) / TEMPERATURE / len(queries)
    back_q, back_d = slope @ d, slope.T @ q
    back_q = (back_q - (back_q * q).sum(axis=1, keepdims=True) * q) / q_norm
    back_d = (back_d - (back_d * d).sum(axis=1, keepdims=True) * d) / d_norm
    return queries.T @ back_q + documents.T @ back_d


def ndcg(weights, queries, documents, relevant) -> float:
    """The mean nDCG@10 of the queries over the whole corpus."""
    scores = unit(queries @ weights)[0] @ unit(documents @ weights)[0].T
    discounts = 1 / np.log2(np.arange(2, 12))
    found = []
    for row, right in zip(scores, relevant, strict=True):
        best = np.argsort(-row, kind="stable")[:10]
        gain = sum(discounts[n] for n, d in enumerate(best) if d in right)
        found.append(gain / discounts[: len(right)].sum())
    return float(np.mean(found))


def measure(options, folder: Path, name: str, seed: int) -> dict[str, float]:
    queries, documents, relevant = read(options.data, name)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(queries))
    kept, held = order[: len(order) // 2], order[len(order) // 2 :]
    query_vectors = embed(options, folder, f"{name}.queries", queries)
    vectors = embed(options, folder, f"{name}.documents", documents)
    asked, right = [queries[q] for q in kept], [relevant[q] for q in kept]
    labelled = mined(options, folder / f"{name}.{seed}.labelled", asked, documents, right)
    bare = mined(options, folder / f"{name}.{seed}.bare", asked, documents, None)

    people = [sorted(found) for found in right]
    near = np.argsort(-(query_vectors[kept] @ vectors.T), axis=1, kind="stable")
    others = [[d for d in generator.permutation(len(documents)) if d not in r] for r in right]
    random = [[int(d) for d in row[:NEGATIVES]] for row in others]
    top = [
        [int(d) for d in row if d not in r][:NEGATIVES] for row, r in zip(near, right, strict=True)
    ]
    hard = [places(record, lambda e: e["hard_negative"])[:NEGATIVES] for record in labelled]
    # Where fewer are hard, the rest is drawn at random, so that every query has as many.
    filled = [h + r[: NEGATIVES - len(h)] for h, r in zip(hard, random, strict=True)]
    useful = [
        [int(best["id"].removeprefix("d"))] if best["emend"]["useful"] else []
        for best in (max(r["passages"], key=lambda p: p["emend"]["utility"]) for r in bare)
    ]
    fifth = [p if n < len(people) // 5 else [] for n, p in enumerate(people)]

    start = np.eye(vectors.shape[1])

    def trained(positives, negatives, begin=start) -> np.ndarray:
        again = np.random.default_rng(seed)
        return train(begin, query_vectors[kept], vectors, positives, negatives, again)

    by_utility = trained(useful, random)
    maps = {
        "as it is": start,
        "people, batch only": trained(people, [[] for _ in people]),
        "people, random": trained(people, random),
        "people, top-k": trained(people, top),
        "people, emend's hard": trained(people, filled),
        "utility, random": by_utility,
        "utility, then a fifth by people": trained(fifth, random, by_utility),
        "a fifth by people": trained(fifth, random),
    }
    test = (query_vectors[held], vectors, [relevant[q] for q in held])
    found = {kind: ndcg(weights, *test) for kind, weights in maps.items()}
    right_share = [u[0] in r for u, r in zip(useful, right, strict=True) if u]
    false = [d for row, r in zip(top, right, strict=True) for d in row if d in r]
    print(
        f"{name}, seed {seed}: {len(kept)} queries to train on, {len(held)} held back, "
        f"{len(documents)} documents; {sum(map(len, hard))} hard negatives; "
        f"{sum(map(len, useful))} queries with a useful passage, "
        f"{np.mean(right_share):.3f} of these right; {len(false)} positives among top-k",
        flush=True,
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        rows = {
            name: [measure(options, folder, name, seed) for seed in range(options.seeds)]
            for name in SETS
        }
    print(f"\nnDCG@10 of the queries held back, mean of {options.seeds} seeds (least, most)\n")
    print("| trained on | " + " | ".join(SETS) + " |\n|---" + "|---" * len(SETS) + "|")
    for kind in rows[SETS[0]][0]:
        cells = []
        for name in SETS:
            values = [row[kind] for row in rows[name]]
            cells.append(f"{np.mean(values):.3f} ({min(values):.3f}, {max(values):.3f})")
        print(f"| {kind} | " + " | ".join(cells) + " |")
    (folder / "retriever.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
