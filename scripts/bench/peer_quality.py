"""The peers of `quality.py`, all on the same embeddings.

  peer_quality.py RECORDS.jsonl X.npy OUT.json

Each gives every record a suspicion, higher is more suspect:

- cleanlab: one minus its self-confidence, with out-of-fold probabilities of scikit-learn's
  five-fold logistic regression (Northcutt, Jiang and Chuang, "Confident Learning", 2021);
- loss: the mean cross-entropy of the given label over the training of a network with one hidden
  layer of 256 units, ten epochs of Adam ("small loss": Han et al., "Co-teaching", 2018);
- aum: minus the mean margin of the given label's logit over the same training (Pleiss et al.,
  "Identifying Mislabeled Data using the Area Under the Margin Ranking", 2020);
- simifeat: one minus the share of the 50 nearest neighbours, weighted by cosine, with the given
  label (the vote of Zhu, Dong and Liu, "Detecting Corrupted Labels Without Training a Model to
  Predict", 2022);
- knn: the log of the best other label over the given one among the 50 nearest, smoothed by the
  labels' frequencies.
"""

from __future__ import annotations

import json
import sys
import warnings

import numpy as np

NEIGHBOURS = 50


def folds(labels: np.ndarray):
    """Five folds, stratified; where a class has fewer than five members, plain ones."""
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if np.bincount(labels).min() >= 5 else KFold
    return kind(5, shuffle=True, random_state=0)


def out_of_fold(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """A class that is missing from a training part has probability 0 there; so has its
    self-confidence.
    """
    from sklearn.linear_model import LogisticRegression

    probabilities = np.zeros((len(labels), labels.max() + 1))
    for train, test in folds(labels).split(vectors, labels):
        model = LogisticRegression(max_iter=300).fit(vectors[train], labels[train])
        probabilities[np.ix_(test, model.classes_)] = model.predict_proba(vectors[test])
    return probabilities


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def training(vectors: np.ndarray, labels: np.ndarray, epochs: int = 10, hidden: int = 256):
    """Mean loss and mean margin of each record's given label over the epochs."""
    generator = np.random.default_rng(0)
    count, width = vectors.shape
    classes = labels.max() + 1
    inputs = (vectors - vectors.mean(axis=0)).astype(np.float32)
    # Rows of length √width / 2 on average, at which the usual initial weights are of use.
    inputs *= np.float32(0.5 * np.sqrt(width) / np.sqrt((inputs**2).sum(axis=1).mean()))
    weights = [
        generator.standard_normal((width, hidden)) * np.sqrt(2 / width),
        np.zeros(hidden),
        generator.standard_normal((hidden, classes)) * np.sqrt(1 / hidden),
        np.zeros(classes),
    ]
    weights = [weight.astype(np.float32) for weight in weights]
    first = [np.zeros_like(weight) for weight in weights]
    second = [np.zeros_like(weight) for weight in weights]
    rows = np.arange(count)
    loss, margin = np.zeros(count), np.zeros(count)
    step = 0
    for _ in range(epochs):
        order = generator.permutation(count)
        for start in range(0, count, 128):
            batch = order[start : start + 128]
            active = inputs[batch] @ weights[0] + weights[1]
            rectified = np.maximum(active, 0)
            slope = np.exp(log_softmax(rectified @ weights[2] + weights[3]))
            slope[np.arange(len(batch)), labels[batch]] -= 1
            slope /= len(batch)
            back = slope @ weights[2].T
            back[active <= 0] = 0
            gradients = [
                inputs[batch].T @ back,
                back.sum(axis=0),
                rectified.T @ slope,
                slope.sum(axis=0),
            ]
            step += 1
            rate = 1e-3 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for weight, gradient, mean, square in zip(
                weights, gradients, first, second, strict=True
            ):
                mean += 0.1 * (gradient - mean)
                square += 0.001 * (gradient**2 - square)
                weight -= (rate * mean / (np.sqrt(square) + 1e-8)).astype(np.float32)
        logits = np.maximum(inputs @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
        loss -= log_softmax(logits)[rows, labels] / epochs
        own = logits[rows, labels].copy()
        logits[rows, labels] = -np.inf
        margin += (own - logits.max(axis=1)) / epochs
    return loss, margin


def neighbours(vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other rows by cosine, and the cosines."""
    count = len(vectors)
    k = min(k, count - 1)
    indices = np.zeros((count, k), dtype=np.int64)
    cosines = np.zeros((count, k), dtype=np.float32)
    for start in range(0, count, 1024):
        rows = np.arange(start, min(start + 1024, count))
        products = vectors[rows] @ vectors.T
        products[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-products, k - 1, axis=1)[:, :k]
        cosines[rows] = np.take_along_axis(products, best, axis=1)
        indices[rows] = best
    return indices, cosines


def votes(vectors: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SimiFeat's vote and the plain margin, both of the nearest neighbours."""
    indices, cosines = neighbours(vectors, NEIGHBOURS)
    count, classes = len(labels), labels.max() + 1
    frequencies = np.bincount(labels, minlength=classes) / count
    similar, near = np.zeros((count, classes)), np.zeros((count, classes))
    rows = np.repeat(np.arange(count), indices.shape[1])
    own = labels[indices].ravel()
    np.add.at(similar, (rows, own), np.maximum(cosines, 0).ravel())
    closeness = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / 0.1)
    np.add.at(near, (rows, own), closeness.ravel())
    every = np.arange(count)
    share = similar[every, labels] / np.maximum(similar.sum(axis=1), 1e-12)
    near += frequencies
    given = near[every, labels].copy()
    near[every, labels] = 0
    return 1 - share, np.log(np.maximum(near.max(axis=1), 1e-12)) - np.log(given)


def main() -> None:
    warnings.filterwarnings("ignore")
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    source, embeddings, target = sys.argv[1:4]
    with open(source, encoding="utf-8") as file:
        records = [json.loads(line) for line in file if line.strip()]
    vectors = np.load(embeddings)
    if len(vectors) != len(records):
        sys.exit(f"{len(records)} records, but {len(vectors)} vectors")
    _, labels = np.unique([str(record["label"]) for record in records], return_inverse=True)
    probabilities = out_of_fold(vectors, labels)
    loss, margin = training(vectors, labels)
    share, near = votes(vectors, labels)
    found = {
        "cleanlab": 1 - get_label_quality_scores(labels, probabilities),
        "loss": loss,
        "aum": -margin,
        "simifeat": share,
        "knn": near,
    }
    flags = find_label_issues(labels, probabilities, n_jobs=1)
    with open(target, "w", encoding="utf-8") as file:
        content = {name: [float(value) for value in values] for name, values in found.items()}
        json.dump({"suspicion": content, "cleanlab_flags": flags.tolist()}, file)


if __name__ == "__main__":
    main()
