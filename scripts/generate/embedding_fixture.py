#!/usr/bin/env python3
"""Rewrites Tests/OpenVINOBackendTests/Fixtures/embeddings.json: a few texts and their vectors as
sentence-transformers gives them in single precision. Needs the PyPI package
`sentence-transformers`; only somebody who changes the texts runs this."""

import base64
import json
import pathlib

from sentence_transformers import SentenceTransformer

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = [
    "",
    "a",
    "The cat sat on the mat.",
    "transfer 300 dollars from savings to checking",
    "Wall Street climbs as oil prices ease and chip makers rally.",
    "How do I reset my password?",
    "Grüße aus Köln",
    "天地玄黃",
    "[MASK] is a token",
    "!!!",
    "🎉 party time",
    "SELECT * FROM users WHERE id = 1;",
    " ".join(["The committee postponed its decision until the figures are audited."] * 6),
    " ".join(f"Paragraph {n} says that number {n * 7} is larger than {n}." for n in range(40)),
]
model = SentenceTransformer(str(ROOT / ".emend/sources/all-MiniLM-L6-v2"), device="cpu")
vectors = model.encode(TEXTS, normalize_embeddings=True)
target = ROOT / "Tests/OpenVINOBackendTests/Fixtures/embeddings.json"
target.write_text(
    json.dumps(
        {
            "texts": TEXTS,
            "vectors": [base64.b64encode(v.astype("<f4").tobytes()).decode() for v in vectors],
        }
    )
)
print(f"{target.name}: {target.stat().st_size} bytes")
