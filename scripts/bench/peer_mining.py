"""The peers of `mining.py`; started by it: makes the collection, and mines it with faiss or with
sentence-transformers.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from pathlib import Path

import numpy as np

SETS = ["util_clapnq_passages", "util_clapnq_sentences", "util_hotpotqa", "util_xquad"]
DIMENSION = 384


def make(folder: Path, data: Path, documents: int, queries: int) -> None:
    """Different passages of one or two sentences from the sets of queries, and their queries."""
    dice = random.Random(1)
    sentences, asked = {}, {}
    for name in SETS:
        for line in (data / f"{name}.jsonl").read_text().splitlines():
            row = json.loads(line)
            asked[row["query"]] = None
            for passage in row["passages"]:
                for part in re.split(r"(?<=[.!?]) +", passage["text"]):
                    if 30 < len(part.strip()) < 300:
                        sentences[part.strip()] = None
    parts, texts = list(sentences), {}
    while len(texts) < documents:
        texts[" ".join(dice.sample(parts, dice.choice([1, 2, 2])))] = None
    while len(asked) < queries:
        asked[" ".join(dice.choice(parts).split()[:9])] = None
    for name, rows in [("corpus", texts), ("queries", list(asked)[:queries])]:
        with (folder / f"{name}.jsonl").open("w") as file:
            for number, text in enumerate(rows):
                line = {"_id": f"{name[0]}{number}", "text": text}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    # Random vectors: what is measured is the search, whatever it finds.
    generator = np.random.default_rng(0)
    for name, count in [("corpus", documents), ("queries", queries)]:
        vectors = generator.standard_normal((count, DIMENSION), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        np.save(folder / f"{name}.npy", vectors)


def make_pool(folder: Path, data: Path) -> None:
    """A folder in BEIR's layout: the passages of three sets, and which are useful to whom."""
    (folder / "qrels").mkdir()
    documents, asked, useful = {}, {}, []
    for name in ["util_clapnq_passages", "util_hotpotqa", "util_xquad"]:
        for line in (data / f"{name}.jsonl").read_text().splitlines():
            row = json.loads(line)
            query = f"{name}-{row['id']}"
            asked[query] = row["query"]
            for passage in row["passages"]:
                document = documents.setdefault(passage["text"], f"d{len(documents)}")
                if passage["useful"]:
                    useful.append(f"{query}\t{document}\t1\n")
    for name, rows in [
        ("corpus", ((document, text) for text, document in documents.items())),
        ("queries", asked.items()),
    ]:
        with (folder / f"{name}.jsonl").open("w") as file:
            for number, text in rows:
                file.write(json.dumps({"_id": number, "text": text}, ensure_ascii=False) + "\n")
    header = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels/train.tsv").write_text(header + "".join(dict.fromkeys(useful)))


def texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


def faiss_search(folder: Path, candidates: int, threads: int) -> None:
    """What a script does: reads, searches with `IndexFlatIP`, writes the candidates' texts."""
    import faiss

    faiss.omp_set_num_threads(threads)
    documents, asked = texts(folder / "corpus.jsonl"), texts(folder / "queries.jsonl")
    vectors, wanted = np.load(folder / "corpus.npy"), np.load(folder / "queries.npy")
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(vectors)
    scores, found = index.search(wanted, candidates)
    with (folder / "faiss.jsonl").open("w") as file:
        for query, places, values in zip(asked, found, scores, strict=True):
            passages = [
                {"text": documents[place], "dense": round(float(value), 4)}
                for place, value in zip(places, values, strict=True)
            ]
            file.write(json.dumps({"query": query, "passages": passages}) + "\n")


class Prepared:
    """Stands for a SentenceTransformer, and gives the prepared vectors."""

    device = "cpu"
    similarity_fn_name = "cosine"

    def __init__(self, folder: Path):
        self.known = {}
        for name in ["corpus", "queries"]:
            vectors = np.load(folder / f"{name}.npy")
            for text, vector in zip(texts(folder / f"{name}.jsonl"), vectors, strict=True):
                self.known[text] = vector

    def encode(self, sentences, **_):
        return np.stack([self.known[text] for text in sentences])

    encode_query = encode_document = encode

    def get_embedding_dimension(self):
        return DIMENSION

    get_sentence_embedding_dimension = get_embedding_dimension

    def similarity_pairwise(self, left, right):
        import torch

        return (torch.as_tensor(left) * torch.as_tensor(right)).sum(1)


def sentence_transformers(folder: Path, candidates: int, threads: int) -> None:
    """mine_hard_negatives with faiss; each query's positive is a document drawn at random."""
    import torch
    from datasets import Dataset
    from sentence_transformers.util import mine_hard_negatives

    torch.set_num_threads(threads)
    documents, asked = texts(folder / "corpus.jsonl"), texts(folder / "queries.jsonl")
    dice = random.Random(2)
    pairs = Dataset.from_dict({"query": asked, "answer": [dice.choice(documents) for _ in asked]})
    mined = mine_hard_negatives(
        pairs,
        Prepared(folder),
        corpus=documents,
        num_negatives=candidates,
        range_max=candidates + 1,
        use_faiss=True,
        output_format="n-tuple",
        verbose=False,
    )
    mined.to_json(str(folder / "sentence_transformers.jsonl"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["make", "pool", "faiss", "sentence-transformers"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--candidates", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    start = time.perf_counter()
    if options.step == "make":
        make(options.folder, options.data, options.documents, options.queries)
    elif options.step == "pool":
        make_pool(options.folder, options.data)
    elif options.step == "faiss":
        faiss_search(options.folder, options.candidates, options.threads)
    else:
        sentence_transformers(options.folder, options.candidates, options.threads)
    print(json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
