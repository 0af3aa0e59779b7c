"""The checks of scripts/check/exports, which starts this: exports.py DIR NAME MODEL (a folder, or
nothing for a tiny one).
"""

import importlib.util
import json
import math
import pathlib
import sys
import tempfile
import urllib.parse

NEEDED = {
    "datasets": "datasets",
    "sentence_transformers": "sentence-transformers",
    "pytrec_eval": "pytrec_eval-terrier",
    "ir_measures": "ir_measures",
}
missing = [package for module, package in NEEDED.items() if not importlib.util.find_spec(module)]
if missing:
    sys.exit(
        f"check/exports: {sys.executable} lacks {', '.join(missing)}\n"
        f"check/exports: remedy: python3 -m venv V && V/bin/pip install {' '.join(missing)}, "
        "then EMEND_PYTHON=V/bin/python scripts/check/exports …"
    )

import datasets
import ir_measures
import numpy
import pytrec_eval
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging

try:
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.losses import (
        MultipleNegativesRankingLoss,
        TripletLoss,
    )
    from sentence_transformers.sentence_transformer.modules import Pooling
except ImportError:  # older versions
    from sentence_transformers.losses import MultipleNegativesRankingLoss, TripletLoss
    from sentence_transformers.models import Pooling, Transformer

TEMPERATURE = 0.05  # 1 / 20, the scale of MultipleNegativesRankingLoss
ROWS = 64  # enough to see a format fail
LINES = [
    "id",
    "query",
    "positive",
    "positive_id",
    "positive_weight",
    "negative",
    "negative_id",
    "hard_negatives",
]


def check(condition, reason):
    if not condition:
        sys.exit(f"check/exports: {reason}")


def tiny_model(folder, texts):
    """One layer of BERT with random weights and the words of the texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]"] + sorted({word for text in texts for word in text.split()})
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=128
    ).save_pretrained(folder)
    torch.manual_seed(1)
    BertModel(
        BertConfig(
            vocab_size=len(words),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
        )
    ).save_pretrained(folder)
    return SentenceTransformer(modules=[Transformer(folder), Pooling(32)], device="cpu")


def load(path, cache):
    rows = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=cache)
    return rows.select(range(min(len(rows), ROWS))), len(rows)


def check_triplets(path, cache, model):
    rows, count = load(path, cache)
    columns = rows.column_names
    check(
        columns == ["anchor", "positive", "negative"]
        or columns
        == ["anchor", "positive"] + [f"negative_{n + 1}" for n in range(len(columns) - 2)],
        f"{path}: columns {columns}",
    )
    prepare = getattr(model, "preprocess", model.tokenize)
    features = [prepare(list(rows[name])) for name in rows.column_names]
    losses = [MultipleNegativesRankingLoss(model)]
    if len(columns) == 3:
        losses.append(TripletLoss(model))
    for loss in losses:
        value = loss([dict(feature) for feature in features], torch.zeros(len(rows)))
        value.backward()
        check(math.isfinite(value.item()), f"{path}: {type(loss).__name__} is {value.item()}")
        name = type(loss).__name__
        print(f"{path.name}: {count} rows of {len(columns)} texts, {name} {value.item():.4f}")


def disjunctive(scores, positives):
    """-log(sum over positives of e^s / sum over all of e^s), as docs/RETRIEVAL.md has it."""
    weights = numpy.exp(scores - scores.max())
    return -math.log(weights[:positives].sum() / weights.sum())


def check_multi_positive(path, cache, model):
    if path.stat().st_size == 0:
        print(f"{path.name}: empty")
        return
    rows, count = load(path, cache)
    check(rows.column_names == LINES, f"{path}: columns {rows.column_names}")
    losses = []
    for row in rows:
        name = f"{path}: query {row['id']}"
        positives, negatives = row["positive"], row["negative"]
        check(
            positives and len(positives) == len(row["positive_id"]) == len(row["positive_weight"]),
            f"{name}: positives, ids and weights differ",
        )
        check(len(negatives) == len(row["negative_id"]), f"{name}: negatives and ids differ")
        check(0 <= row["hard_negatives"] <= len(negatives), f"{name}: hard_negatives")
        check(abs(sum(row["positive_weight"]) - 1) < 1e-9, f"{name}: weights do not sum to 1")
        check(not set(positives) & set(negatives), f"{name}: a positive is a negative too")
        vectors = model.encode(
            [row["query"]] + positives + negatives,
            normalize_embeddings=True,
            show_progress_bar=False,
        ).astype(numpy.float64)
        scores = vectors[1:] @ vectors[0] / TEMPERATURE
        loss = disjunctive(scores, len(positives))
        tensor = torch.tensor(scores)
        other = tensor.logsumexp(0) - tensor[: len(positives)].logsumexp(0)
        check(abs(loss - other.item()) < 1e-9, f"{name}: {loss} here, {other.item()} by torch")
        losses.append(loss)
    print(f"{path.name}: {count} queries, disjunctive InfoNCE {numpy.mean(losses):.4f}")


def json_lines(path):
    with path.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def check_judgements(folder, name):
    qrels_path, run_path = folder / f"{name}.qrels", folder / f"{name}.run"
    with qrels_path.open() as lines:
        qrels = pytrec_eval.parse_qrel(lines)
    with run_path.open() as lines:
        run = pytrec_eval.parse_run(lines)
    corpus = [document["_id"] for document in json_lines(folder / f"{name}.corpus.jsonl")]
    queries = [query["_id"] for query in json_lines(folder / f"{name}.queries.jsonl")]
    check(len(set(corpus)) == len(corpus), "a passage is in the corpus twice")
    check(len(set(queries)) == len(queries), "two queries have one id")
    check(set(qrels) <= set(queries) and set(run) == set(qrels), "the files' queries differ")
    check(
        {d for judged in qrels.values() for d in judged} == set(corpus),
        "qrels and corpus have other passages",
    )
    for identifier in corpus + queries:
        for part in identifier.split("/"):
            check(
                part == "%" or urllib.parse.quote(urllib.parse.unquote(part), safe="") == part,
                f"the id {identifier} is not percent-encoded",
            )

    trec = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg", "ndcg_cut.5", "map"}).evaluate(run)
    measures = [ir_measures.nDCG, ir_measures.nDCG @ 5, ir_measures.AP]
    values = {
        (value.query_id, str(value.measure)): value.value
        for value in ir_measures.iter_calc(
            measures,
            list(ir_measures.read_trec_qrels(str(qrels_path))),
            list(ir_measures.read_trec_run(str(run_path))),
        )
    }
    # By the rank column, which both ignore: so ranks and scores say the same.
    ranked = {}
    for line in run_path.read_text().splitlines():
        query, _, document, rank, _, _ = line.split(" ")
        ranked.setdefault(query, []).append((int(rank), qrels[query][document]))
    for query, judged in ranked.items():
        check([rank for rank, _ in judged] == list(range(1, len(judged) + 1)), f"{query}: ranks")
        gains = [gain for _, gain in judged]
        ideal = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(gains, reverse=True)))
        own = sum(g / math.log2(i + 2) for i, g in enumerate(gains)) / ideal if ideal else 0
        for theirs in [trec[query]["ndcg"], values[query, "nDCG"]]:
            check(abs(own - theirs) < 1e-6, f"{query}: nDCG {own} by rank, {theirs} by score")
        check(abs(trec[query]["ndcg_cut_5"] - values[query, "nDCG@5"]) < 1e-9, f"{query}: nDCG@5")
        check(abs(trec[query]["map"] - values[query, "AP"]) < 1e-9, f"{query}: AP")
    means = [
        numpy.mean([row[key] for row in trec.values()]) for key in ["ndcg", "ndcg_cut_5", "map"]
    ]
    print(
        f"{name}.qrels, .run: {len(qrels)} queries, {len(corpus)} passages, "
        "nDCG {:.4f}, nDCG@5 {:.4f}, AP {:.4f}: pytrec_eval and ir_measures agree".format(*means)
    )


def main(folder, name, source):
    folder = pathlib.Path(folder)
    training = [
        folder / f"{name}.{kind}.jsonl"
        for kind in ["triplets", "tuples", "multi-positive", "curriculum-1", "curriculum-2"]
    ]
    training = [path for path in training if path.exists()]
    qrels = folder / f"{name}.qrels"
    check(training or qrels.exists(), f"{folder}: no exported files of the name {name}")
    with tempfile.TemporaryDirectory() as temporary:
        texts = [
            json.dumps(line, ensure_ascii=False)
            for path in training
            for line in json_lines(path)[:ROWS]
        ]
        model = None
        if training:
            model = (
                SentenceTransformer(source, device="cpu")
                if source
                else tiny_model(temporary + "/model", texts)
            )
        for path in training:
            kind = check_multi_positive
            if ".triplets." in path.name or ".tuples." in path.name:
                kind = check_triplets
            kind(path, temporary + "/cache", model)
    if qrels.exists():
        check_judgements(folder, name)


datasets.disable_progress_bars()
logging.disable_progress_bar()
main(*sys.argv[1:])
