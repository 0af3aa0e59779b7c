"""The peer of `job.py`: what a data team would write with the usual packages to check a labelled
file.
"""

from __future__ import annotations

import argparse
import json
import warnings

import bench


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")

    import faiss
    import numpy as np
    import torch
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    torch.set_num_threads(options.threads)
    faiss.omp_set_num_threads(options.threads)
    with open(options.source, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    names, labels = np.unique([record["label"] for record in records], return_inverse=True)

    model = SentenceTransformer(str(bench.model_directory()), device="cpu")
    embeddings = model.encode(
        [record["text"] for record in records],
        batch_size=32,
        normalize_embeddings=True,
        show_progress_bar=False,
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    probabilities = cross_val_predict(
        LogisticRegression(max_iter=300), embeddings, labels, cv=folds, method="predict_proba"
    )
    quality = get_label_quality_scores(labels, probabilities)
    issues = find_label_issues(labels, probabilities, n_jobs=1)

    index = faiss.IndexFlatIP(embeddings.shape[1])
    index.add(embeddings)
    similarities, neighbours = index.search(embeddings, 11)

    with open(options.target, "w", encoding="utf-8") as file:
        for i, record in enumerate(records):
            near = [
                (int(j), float(s))
                for j, s in zip(neighbours[i], similarities[i], strict=True)
                if j != i
            ][:10]
            record["peer"] = {
                "credibility": float(quality[i]),
                "flagged": bool(issues[i]),
                "label": str(names[probabilities[i].argmax()]),
                "soft_label": {
                    str(name): float(p) for name, p in zip(names, probabilities[i], strict=True)
                },
                "neighbours": [
                    {"id": records[j].get("id"), "label": records[j]["label"], "similarity": s}
                    for j, s in near
                ],
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
