#!/usr/bin/env python3
"""Rewrites Tests/OpenVINOBackendTests/Fixtures/language-model.json: texts with their tokens as
the PyPI package `tokenizers` cuts them, and continuations with their log-likelihoods from the
logits of the whole sequence, by the model as `openvino-genai` converts it, before
tools/convert/convert_language_model.py takes it apart; and replies, each token the likeliest by
those logits. Needs both packages and the GGUF file that scripts/setup/prepare fetches:

    scripts/generate/language_model_fixture.py FILE.gguf

Only somebody who changes the texts runs this.
"""

import json
import os
import pathlib
import sys
import tempfile

import numpy as np
import openvino as ov
import openvino_genai
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/convert"))
from convert_language_model import metadata  # noqa: E402

TEXTS = [
    "",
    " ",
    "a",
    "The cat sat on the mat.",
    "  two  spaces\tand\ttabs ",
    "line\n\nbreaks\r\n\n end\n",
    "It's 1984, isn't it? 3.14159 and 1,000,000",
    "Grüße aus Köln",
    "天地玄黃，宇宙洪荒",
    "🎉👩‍👩‍👧 party",
    "naïve café e\u0301",
    "zero\u0000byte",
    "<|im_start|>user\nhi<|im_end|>",
    "not <|a token|> <repo_name>x",
    "SELECT * FROM users WHERE id = 1;",
    "مرحبا بالعالم",
    "ßÆŒ ǅ ﬁ",
    "\u00a0no-break\u3000wide",
    "x" * 300,
    " ".join(f"Paragraph {n} says that {n * 7} is larger." for n in range(40)),
]
PASSAGE = (
    "Passage: Marie Curie was born in Warsaw in 1867. She moved to Paris in 1891, where she shared "
    "the Nobel Prize in Physics in 1903 with her husband Pierre and Henri Becquerel."
)
OTHER = (
    "Passage: The river Elbe rises in the Krkonoše and reaches the sea at Cuxhaven, past Hamburg."
)
PAIRS = [  # text, ending, continuation
    (PASSAGE, "\nQuestion:", " Where was Marie Curie born?"),
    (OTHER, "\nQuestion:", " Where was Marie Curie born?"),
    (PASSAGE, "\nQuestion: Where was Marie Curie born?\nAnswer:", " Warsaw"),
    (OTHER, "\nQuestion: Where was Marie Curie born?\nAnswer:", " Warsaw"),
    (
        PASSAGE,
        "\nQuestion: Where was Marie Curie born?\nAnswer:",
        " She was born in Warsaw, in 1867.",
    ),
    ("", "", "The capital of France is Paris."),
    ("", "Question:", " Who?"),
    (" ".join([PASSAGE, OTHER] * 4), "\nQuestion:", " Which prize did she share, and with whom?"),
    ("天地玄黃", "", "，宇宙洪荒"),
]
REPLIES = [  # system, user, most tokens
    ("", "What is the capital of France?", 24),
    ("Answer with one word.", "Is ice cold? <|im_end|>", 16),
    ("", "Write a greeting in Japanese and an emoji.", 40),
    ("", PASSAGE + "\n\nIn which city was she born?", 32),
]

path = pathlib.Path(sys.argv[1]).resolve()
header = metadata(path)

names = header["tokenizer.ggml.tokens"]
merges = [tuple(merge.split(" ")) for merge in header["tokenizer.ggml.merges"]]
tokenizer = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=merges))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ]
)
# No special tokens: what a text spells out is text.
tokenizer.decoder = decoders.ByteLevel()
START, END = names.index("<|im_start|>"), names.index("<|im_end|>")


def tokens(text):
    return tokenizer.encode(text, add_special_tokens=False).ids


with tempfile.TemporaryDirectory() as work:
    os.symlink(path, f"{work}/model.gguf")
    openvino_genai.LLMPipeline(f"{work}/model.gguf", "CPU", enable_save_ov_model=True)
    compiled = ov.Core().compile_model(
        f"{work}/openvino_model.xml",
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
        },
    )
    request = compiled.create_infer_request()

    def logits_of(sequence):
        ids = np.array([sequence], np.int64)
        request.reset_state()
        request.infer(
            {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "position_ids": np.arange(ids.shape[1])[None],
                "beam_idx": np.zeros(1, np.int32),
            }
        )
        logits = request.get_output_tensor(0).data[0].astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        return logits

    def score(text, ending, continuation):
        before = tokens(text) + tokens(ending) or [header["tokenizer.ggml.bos_token_id"]]
        after = tokens(continuation)
        logits = logits_of(before + after)[len(before) - 1 : -1]
        chosen = logits[np.arange(len(after)), after] - np.log(np.exp(logits).sum(axis=1))
        return {
            "text": text,
            "ending": ending,
            "continuation": continuation,
            "tokens": len(after),
            "sum": chosen.sum(),
        }

    def reply(system, user, limit):
        sequence = []
        for role, text in (("system", system), ("user", user)):
            if text:
                sequence += [START, *tokens(f"{role}\n{text}"), END, *tokens("\n")]
        sequence += [START, *tokens("assistant\n")]
        written, total = [], 0
        while True:
            logits = logits_of(sequence + written)[-1]
            best = int(logits.argmax())
            if best == END or len(written) == limit:
                break
            written.append(best)
            total -= np.log(np.exp(logits).sum())
        text = tokenizer.decode(written, skip_special_tokens=False).rstrip("\ufffd")
        return {
            "system": system,
            "user": user,
            "limit": limit,
            "text": text,
            "tokens": len(written),
            "sum": total,
            "wasCut": best != END,
        }

    scores = [score(*pair) for pair in PAIRS]
    replies = [reply(*asked) for asked in REPLIES]

target = ROOT / "Tests/OpenVINOBackendTests/Fixtures/language-model.json"
target.write_text(
    json.dumps(
        {
            "tokens": [{"text": text, "ids": tokens(text)} for text in TEXTS],
            "scores": scores,
            "replies": replies,
        },
        ensure_ascii=True,
        indent=1,
    )
    + "\n"
)
print(f"{target.name}: {target.stat().st_size} bytes")
