#!/usr/bin/env python3
"""Makes a tiny model of random weights for each architecture that
tools/convert/convert_language_model.py takes, converts it, and compares the log-probabilities of
the two graphs with those of the model before it was taken apart; also that tensors of a kind that
OpenVINO cannot read are taken as what they stand for, and that damaged files and unknown
architectures are refused with a remedy. Needs the PyPI packages openvino, openvino-genai,
openvino-tokenizers, gguf and numpy:

    scripts/check/conversion.py [FOLDER]    keeps the GGUF files and the converted models in FOLDER

Whoever changes the converter or takes a newer OpenVINO runs this.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import openvino as ov
import openvino_genai

CONVERTER = pathlib.Path(__file__).resolve().parents[2] / "tools/convert/convert_language_model.py"
WIDTH, HEADS, SHARED, LAYERS, INNER, CONTEXT = 64, 4, 2, 2, 96, 256
CHATML = "{% for m in messages %}<|im_start|>{{m.role}}\n{{m.content}}<|im_end|>\n{% endfor %}"
LLAMA3 = (
    "{% for m in messages %}<|start_header_id|>{{m.role}}<|end_header_id|>\n\n"
    "{{m.content}}<|eot_id|>{% endfor %}"
)
# architecture, how the tokenizer cuts beforehand, special tokens, template, family expected
MODELS = {
    "tiny-llama": (
        "llama",
        "llama-bpe",
        ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
        LLAMA3,
        "llama3",
    ),
    "tiny-mistral": (
        "llama",
        "llama-bpe",
        ["<s>", "</s>"],
        "{{bos_token}}[INST] {{m}} [/INST]",
        "inst",
    ),
    "tiny-plain": ("llama", "smollm", ["<|endoftext|>"], None, "plain"),
    "tiny-qwen2": (
        "qwen2",
        "qwen2",
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        CHATML,
        "chatml",
    ),
    "tiny-qwen3": (
        "qwen3",
        "qwen2",
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        CHATML,
        "chatml",
    ),
}


def characters():
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(rest))]


def make(path, architecture, cutting, special, template, random, tied, kind=None, kept=True):
    """With a kind, matrices are rounded to it, and written so where that is kept, else as 16-bit
    numbers.
    """
    tokens = special + characters() + ["Ġt", "he", "Ġthe"]
    kinds = [gguf.TokenType.CONTROL] * len(special) + [gguf.TokenType.NORMAL] * (
        len(tokens) - len(special)
    )
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(SHARED)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    if architecture == "qwen3":
        writer.add_key_length(WIDTH // HEADS)
        writer.add_value_length(WIDTH // HEADS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cutting)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["Ġ t", "h e", "Ġt he"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(len(special) - 1)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(0)
    if template:
        writer.add_chat_template(template)

    def matrix(name, *shape):
        values = (random.standard_normal(shape) * 0.15).astype(np.float32)
        if kind is None:
            writer.add_tensor(name + ".weight", values.astype(np.float16))
            return
        blocks = gguf.quants.quantize(values, kind)
        if kept:
            writer.add_tensor(name + ".weight", blocks, raw_dtype=kind)
        else:
            writer.add_tensor(
                name + ".weight", gguf.quants.dequantize(blocks, kind).astype(np.float16)
            )

    def vector(name, size, middle):
        writer.add_tensor(name, (random.standard_normal(size) * 0.1 + middle).astype(np.float32))

    matrix("token_embd", len(tokens), WIDTH)
    if not tied:
        matrix("output", len(tokens), WIDTH)
    vector("output_norm.weight", WIDTH, 1)
    shared = WIDTH // HEADS * SHARED
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        vector(at + "attn_norm.weight", WIDTH, 1)
        vector(at + "ffn_norm.weight", WIDTH, 1)
        for name, size in (("q", WIDTH), ("k", shared), ("v", shared)):
            matrix(f"{at}attn_{name}", size, WIDTH)
            if architecture == "qwen2":
                vector(f"{at}attn_{name}.bias", size, 0)
        if architecture == "qwen3":
            vector(at + "attn_q_norm.weight", WIDTH // HEADS, 1)
            vector(at + "attn_k_norm.weight", WIDTH // HEADS, 1)
        matrix(at + "attn_output", WIDTH, WIDTH)
        matrix(at + "ffn_gate", INNER, WIDTH)
        matrix(at + "ffn_up", INNER, WIDTH)
        matrix(at + "ffn_down", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return len(tokens)


def convert(path, folder, name):
    return subprocess.run(
        [sys.executable, CONVERTER, path, folder, name], capture_output=True, text=True
    )


def apart(path, model, vocabulary, random):
    """The largest difference between what both say about the same 24 tokens, in two runs."""
    plain = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    ids = random.integers(0, vocabulary, 24)
    core = ov.Core()
    with tempfile.TemporaryDirectory() as work:
        os.symlink(path.resolve(), f"{work}/model.gguf")
        openvino_genai.LLMPipeline(f"{work}/model.gguf", "CPU", enable_save_ov_model=True)
        whole = core.compile_model(
            f"{work}/openvino_model.xml", "CPU", {**plain, "KV_CACHE_PRECISION": "f32"}
        )
        request = whole.create_infer_request()
        request.infer(
            {
                "input_ids": ids[None],
                "attention_mask": np.ones((1, 24), np.int64),
                "position_ids": np.arange(24)[None],
                "beam_idx": np.zeros(1, np.int32),
            }
        )
        logits = request.get_output_tensor(0).data[0].astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    facts = json.loads((model / "emend-model.json").read_text())
    body = core.compile_model(model / "body.xml", "CPU", plain)
    head = core.compile_model(model / "head.xml", "CPU", plain)
    states = [np.zeros((1, facts["stateHeads"], 0, facts["stateWidth"]), np.float32)] * facts[
        "states"
    ]
    hidden = []
    for part in (ids[:10], ids[10:]):
        outputs = list(body([part[None].astype(np.int32), *states]).values())
        hidden.append(outputs[0][0])
        states = [np.array(output) for output in outputs[1:]]
    scores, likeliest, best = head([np.concatenate(hidden)[:-1], ids[1:].astype(np.int32)]).values()
    rows = logits[:-1]
    assert (likeliest == rows.argmax(axis=1)).all(), "another token is the likeliest"
    return max(
        np.abs(scores - rows[np.arange(23), ids[1:]]).max(), np.abs(best - rows.max(axis=1)).max()
    )


def scores_of(model, ids):
    """The log-probabilities that a converted model gives to ids, but for the first."""
    plain = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    facts = json.loads((model / "emend-model.json").read_text())
    core = ov.Core()
    body, head = (
        core.compile_model(model / f"{part}.xml", "CPU", plain) for part in ("body", "head")
    )
    states = [np.zeros((1, facts["stateHeads"], 0, facts["stateWidth"]), np.float32)] * facts[
        "states"
    ]
    hidden = list(body([ids[None].astype(np.int32), *states]).values())[0][0]
    return list(head([hidden[:-1], ids[1:].astype(np.int32)]).values())[0]


def check_other_kind(folder, kind, bound):
    """What a file with tensors of a kind that OpenVINO cannot read says, beside one with what they
    stand for.
    """
    found = []
    for kept in (True, False):
        path = folder / "tiny-other.gguf"
        architecture, cutting, special, template, _ = MODELS["tiny-qwen2"]
        vocabulary = make(
            path,
            architecture,
            cutting,
            special,
            template,
            np.random.default_rng(7),
            False,
            kind,
            kept,
        )
        result = convert(path, folder / "other", "tiny")
        if result.returncode != 0:
            sys.exit(f"{kind.name}, kept: {kept}: {result.stderr}")
        found.append(
            scores_of(
                folder / "other" / "tiny", np.random.default_rng(8).integers(0, vocabulary, 24)
            )
        )
        path.unlink()
    difference = np.abs(found[0] - found[1]).max()
    print(
        f"{kind.name}: at most {difference:.1e} from what it stands for, "
        f"scores from {found[1].min():.1f} to {found[1].max():.1f}"
    )
    assert difference < bound


def refused(result, words):
    text = result.stderr
    assert (
        result.returncode != 0 and words in text and "remedy: " in text and "Traceback" not in text
    ), text


def main(folder):
    random = np.random.default_rng(1)
    for index, (name, (architecture, cutting, special, template, family)) in enumerate(
        MODELS.items()
    ):
        path = folder / f"{name}.gguf"
        vocabulary = make(
            path, architecture, cutting, special, template, random, tied=index % 2 == 1
        )
        result = convert(path, folder / "models", name)
        if result.returncode != 0:
            sys.exit(f"{name}: {result.stderr}")
        facts = json.loads((folder / "models" / name / "emend-model.json").read_text())
        assert facts["template"]["name"] == family, facts["template"]
        assert facts["vocabularySize"] == vocabulary and facts["contextTokens"] == CONTEXT
        difference = apart(path, folder / "models" / name, vocabulary, random)
        print(f"{name}: {architecture}, {family}, at most {difference:.1e} apart")
        assert difference < 1e-3
    whole = (folder / "tiny-qwen2.gguf").read_bytes()
    broken = folder / "broken.gguf"
    for length in (3, 20, 200, len(whole) // 2, len(whole) - 1):
        broken.write_bytes(whole[:length])
        refused(
            convert(broken, folder / "models", "broken"), "no GGUF" if length < 4 else "cut short"
        )
    broken.write_bytes(whole.replace(b"qwen2", b"gemma"))
    refused(convert(broken, folder / "models", "broken"), "architecture gemma")
    assert sorted(path.name for path in (folder / "models").iterdir()) == sorted(MODELS)
    broken.unlink()
    print("damaged files and unknown architectures are refused")
    # Rounded anew, a weight moves by .4 % of the largest of its block; blocks that are misread by
    # far more.
    check_other_kind(folder, gguf.GGMLQuantizationType.Q5_0, 0.2)
    check_other_kind(folder, gguf.GGMLQuantizationType.BF16, 1e-3)


if len(sys.argv) > 1:
    place = pathlib.Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    main(place)
else:
    with tempfile.TemporaryDirectory() as scratch:
        main(pathlib.Path(scratch))
