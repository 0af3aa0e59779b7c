"""The peer of `quality.py`: cleanlab on given embeddings. peer_quality.py RECORDS.jsonl X.npy
OUT.jsonl
"""

from __future__ import annotations

import json
import sys
import warnings

import numpy as np


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
    names, labels = np.unique([record["label"] for record in records], return_inverse=True)
    probabilities = out_of_fold(vectors, labels)
    quality = get_label_quality_scores(labels, probabilities)
    issues = find_label_issues(labels, probabilities, n_jobs=1)
    with open(target, "w", encoding="utf-8") as file:
        for record, credibility, flagged in zip(records, quality, issues, strict=True):
            verdict = {"credibility": float(credibility), "flagged": bool(flagged)}
            file.write(
                json.dumps({"id": record["id"], "emend": verdict}, ensure_ascii=False) + "\n"
            )


if __name__ == "__main__":
    main()
