"""Turns a GGUF file of the llama or qwen family into a language model that emend scores with.

    convert_language_model.py FILE.gguf MODELS-FOLDER NAME
    convert_language_model.py --check FILE.gguf    only says whether it is whole and of a known
                                                   kind; prints `gguf` where it takes that package

Runs when a model is converted only, and needs the PyPI packages openvino, openvino-genai,
openvino-tokenizers and numpy: `convert`, beside this file, installs them into a temporary folder
and then runs this. OpenVINO reads some kinds of tensor only; the others are first written anew,
which takes the package gguf.

MODELS-FOLDER/NAME gets, beside the manifest:

    body.xml, body.bin            tokens and what came before them, to their hidden states and the
                                  keys and values that continuations need; no state of its own
    head.xml, head.bin            hidden states and the tokens that follow, to log-probabilities;
                                  also the likeliest token after each, and its log-probability
    tokenizer.xml, tokenizer.bin  UTF-8 bytes to tokens, as ragged rows, without padding or cutting,
                                  and without special tokens, whatever the text spells out
    vocabulary.bin                the bytes of each token: their number, where each begins and where
                                  the last ends (all UInt32, little-endian), then the bytes of all;
                                  special tokens have none
"""

import hashlib
import json
import math
import os
import pathlib
import re
import shutil
import struct
import sys
import tempfile

FORMAT = 1
FAMILIES = "llama (also SmolLM and Mistral), qwen2 and qwen3"
NO_LIMIT = 2**31 - 1
INSTALLS = f"run {pathlib.Path(__file__).with_name('convert')}, which installs what it takes"
# The kinds of tensor that OpenVINO reads: F32, F16, Q4_0, Q4_1, Q8_0, Q4_K, Q6_K.
READ_AS_THEY_ARE = {0, 1, 2, 3, 8, 12, 14}


# What a header may hold: each of its parts takes many times as many bytes of memory as of the file.
MOST_KEYS = 1 << 16
MOST_TENSORS = 1 << 16
MOST_DIMENSIONS = 8
MOST_ITEMS = 1 << 24
MOST_TOKENS = 1 << 22
LONGEST_TEXT = 16 << 20


def fail(reason, remedy):
    sys.exit(f"convert_language_model: {reason}\nconvert_language_model: remedy: {remedy}")


def is_whole(value, low, high):
    """Whether a value of a header is a whole number of a range; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def quoted(text):
    """A text of a file for a message: short, on one line, and without what a terminal obeys."""
    return ascii(text if len(text) <= 60 else text[:60] + "...")


try:
    import numpy as np
    import openvino as ov
    import openvino_genai
    import openvino_tokenizers  # registers the operations that the tokenizer is made of
    from openvino import opset13 as op

    missing = None
except ImportError as error:
    missing = error.name or str(error)  # no matter for --check


def metadata(path):
    """The header of a GGUF file: its keys and values. Fails for a file that is none, or that ends
    before its last tensor does."""
    formats = {
        0: "B",
        1: "b",
        2: "H",
        3: "h",
        4: "I",
        5: "i",
        6: "f",
        7: "?",
        10: "Q",
        11: "q",
        12: "d",
    }
    # Values and bytes per block of the kinds of tensor that there are; others are not checked.
    blocks = {
        0: (1, 4),
        1: (1, 2),
        2: (32, 18),
        3: (32, 20),
        6: (32, 22),
        7: (32, 24),
        8: (32, 34),
        10: (256, 84),
        11: (256, 110),
        12: (256, 144),
        13: (256, 176),
        14: (256, 210),
        30: (1, 2),
    }
    size = os.path.getsize(path)

    def torn():
        fail(
            f"{path} is cut short: it has {size} bytes and its header speaks of more",
            "fetch the file again",
        )

    with open(path, "rb") as file:

        def take(count):
            if count > size or len(data := file.read(count)) < count:
                torn()
            return data

        def number(letter):
            return struct.unpack("<" + letter, take(struct.calcsize("<" + letter)))[0]

        def text():
            return take(bounded(number("Q"), LONGEST_TEXT, "bytes in a text")).decode(
                "utf-8", "replace"
            )

        def bounded(count, limit, what):
            if count > size:
                torn()
            if count > limit:
                fail(
                    f"{path} has {count} {what}, and a model has at most {limit}",
                    "fetch the file again, or give another",
                )
            return count

        def value(kind):
            if kind == 8:
                return text()
            if kind == 9:
                item, count = number("I"), bounded(number("Q"), MOST_ITEMS, "items in a list")
                if item == 9:
                    fail(f"{path} has a list of lists", "give another file: models have none")
                return [value(item) for _ in range(count)]
            if kind not in formats:
                fail(f"{path} has a value of the unknown kind {kind}", "fetch the file again")
            return number(formats[kind])

        if file.read(4) != b"GGUF":
            fail(
                f"{path} is no GGUF file",
                "fetch it again, or give another: a GGUF file begins with these four letters",
            )
        version, tensors = number("I"), bounded(number("Q"), MOST_TENSORS, "tensors")
        if version not in (2, 3):
            fail(
                f"{path} is of GGUF version {version}",
                "convert it to version 3 with llama.cpp's tools",
            )
        found = {}
        for _ in range(bounded(number("Q"), MOST_KEYS, "keys")):
            key = text()
            found[key] = value(number("I"))
        end = parameters = 0
        found["kinds"] = set()
        for _ in range(tensors):
            text()
            dimensions = bounded(number("I"), MOST_DIMENSIONS, "dimensions of a tensor")
            count = math.prod(number("Q") for _ in range(dimensions))
            parameters += count
            kind, offset = number("I"), number("Q")
            found["kinds"].add(kind)
            values, width = blocks.get(kind, (1, 0))
            end = max(end, offset + count // values * width)
        alignment = found.get("general.alignment", 32)
        if not is_whole(alignment, 1, 1 << 20):
            fail(f"{path} has an alignment that is no size", "fetch the file again")
        if -(-file.tell() // alignment) * alignment + end > size:
            torn()
        found["parameters"] = parameters
        return found


def readable_copy(source, copy):
    """A copy of a GGUF file without the kinds of tensor that OpenVINO cannot read: what was
    quantised has eight bits a value, more than it had, and other numbers (BF16) have sixteen.
    """
    try:
        import gguf
    except ImportError as error:
        fail(f"{error.name} is not installed", INSTALLS)
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(copy, architecture, endianess=reader.endianess)
    for field in reader.fields.values():
        if field.name in ("general.architecture", "general.file_type") or field.name.startswith(
            "GGUF."
        ):
            continue
        members = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], members)
    # OpenVINO goes by the kind of the file before it looks at the tensors.
    floating = {kind for kind in gguf.GGMLQuantizationType if gguf.GGML_QUANT_SIZES[kind][0] == 1}
    is_quantised = any(tensor.tensor_type not in floating for tensor in reader.tensors)
    writer.add_file_type(
        gguf.LlamaFileType.MOSTLY_Q8_0 if is_quantised else gguf.LlamaFileType.MOSTLY_F16
    )
    for tensor in reader.tensors:
        data, kind = tensor.data, tensor.tensor_type
        if kind not in READ_AS_THEY_ARE:
            try:
                values = gguf.quants.dequantize(data, kind)
            except NotImplementedError:
                fail(
                    f"{source} has tensors of the kind {kind.name}, which nothing here can read",
                    "choose a file quantised as F16, Q8_0, Q4_K_M, Q5_K_M or Q6_K",
                )
            # Blocks of eight-bit values are 32 long.
            eight = kind not in floating and values.shape[-1] % 32 == 0
            kind = gguf.GGMLQuantizationType.Q8_0 if eight else gguf.GGMLQuantizationType.F16
            data = gguf.quants.quantize(values, kind)
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def constant(value, kind="int32"):
    return op.constant(np.array(value, kind))


def replace(output, new):
    for target in list(output.get_target_inputs()):
        target.replace_source_output(new)


def repeated_heads(value, heads):
    """Keys or values for every head of the queries: what shares one among several is written out,
    since the original's way of doing so works only together with a state."""
    node = value.get_node()
    chain = [node]
    while len(chain) < 3:
        chain.append(chain[-1].input_value(0).get_node())
    if [n.get_type_name() for n in chain] == ["Reshape", "Broadcast", "Unsqueeze"]:
        value = chain[-1].input_value(0)
    shape = value.get_partial_shape()
    own, width = shape[1].get_length(), shape[3].get_length()
    if own == heads:
        return value
    tiled = op.tile(op.unsqueeze(value, constant(2)), constant([1, 1, heads // own, 1, 1]))
    return op.reshape(tiled, constant([0, heads, -1, width]), True)


def body_of(model):
    """Replaces the state by inputs and outputs, computes positions and the causal mask from the
    number of tokens, and ends at the hidden states."""
    old = {p.get_friendly_name(): p for p in model.get_parameters()}
    sinks = {sink.get_variable_id(): sink for sink in model.get_sinks()}
    reads = [n for n in model.get_ordered_ops() if n.get_type_name() == "ReadValue"]
    tokens = op.parameter([1, -1], ov.Type.i32, name="tokens")
    replace(old["input_ids"].output(0), op.convert(tokens, "i64").output(0))
    pasts, presents, shape = [], [], None
    for read in sorted(reads, key=lambda n: n.get_variable_id()):
        gather = [t.get_node() for t in read.output(0).get_target_inputs()]
        if [n.get_type_name() for n in gather] != ["Gather"]:
            fail("the model keeps its state in an unknown way", "choose a llama or qwen model")
        dimensions = read.get_output_partial_shape(0)
        shape = dimensions[1].get_length(), dimensions[3].get_length()
        past = op.parameter([1, shape[0], -1, shape[1]], ov.Type.f32, name=f"past{len(pasts)}")
        replace(gather[0].output(0), past.output(0))
        present = sinks[read.get_variable_id()].input_value(0)
        presents.append(op.result(present, name=f"present{len(pasts)}"))
        pasts.append(past)
    zero, one = constant(0), constant(1)
    count = op.gather(op.shape_of(tokens, "i32"), one, zero)
    start = op.gather(op.shape_of(pasts[0], "i32"), constant(2), zero)
    end = op.add(start, count)
    positions = op.range(start, end, one, "i32")
    replace(
        old["position_ids"].output(0), op.convert(op.unsqueeze(positions, zero), "i64").output(0)
    )
    later = op.greater(
        op.unsqueeze(op.range(zero, end, one, "i32"), zero), op.unsqueeze(positions, one)
    )
    mask = op.select(later, constant(-np.inf, np.float32), constant(0, np.float32))
    mask = op.unsqueeze(mask, constant([0, 1]))
    for node in model.get_ordered_ops():
        if node.get_type_name() != "ScaledDotProductAttention":
            continue
        query, key, value = (node.input_value(i) for i in range(3))
        heads = query.get_partial_shape()[1].get_length()
        rest = [node.input_value(4)] if node.get_input_size() > 4 else []
        attention = op.scaled_dot_product_attention(
            query,
            repeated_heads(key, heads),
            repeated_heads(value, heads),
            mask,
            *rest,
            causal=False,
        )
        replace(node.output(0), attention.output(0))
    hidden = model.get_results()[0].input_value(0).get_node().input_value(0)
    body = ov.Model([op.result(hidden)] + presents, [tokens] + pasts, "body")
    return body, {
        "width": hidden.get_partial_shape()[2].get_length(),
        "states": len(pasts),
        "stateHeads": shape[0],
        "stateWidth": shape[1],
    }


def head_of(model):
    """log P(token | hidden state) for rows of both, by a log-sum-exp that cannot overflow; and for
    each row the likeliest token, the first of several equal ones, with its log-probability.
    """
    product = model.get_results()[0].input_value(0).get_node()
    if product.get_type_name() != "MatMul":
        fail("the model does not end in a matrix product", "choose a llama or qwen model")
    weights = product.input_value(1)
    hidden = op.parameter(
        [-1, product.get_input_partial_shape(0)[2].get_length()], ov.Type.f32, name="hidden"
    )
    tokens = op.parameter([-1], ov.Type.i32, name="tokens")
    logits = op.matmul(hidden, weights, False, product.get_attributes()["transpose_b"])
    shifted = op.subtract(logits, op.reduce_max(logits, constant([1]), True))
    total = op.log(op.reduce_sum(op.exp(shifted), constant([1]), True))
    picked = op.gather_elements(shifted, op.unsqueeze(tokens, constant(1)), 1)
    scores = op.squeeze(op.subtract(picked, total), constant([1]))
    likeliest = op.topk(
        logits, constant(1), 1, "max", "value", index_element_type="i32", stable=True
    ).output(1)
    results = [
        op.result(scores),
        op.result(op.squeeze(likeliest, constant([1]))),
        op.result(op.negative(op.squeeze(total, constant([1])))),
    ]
    return ov.Model(results, [hidden, tokens], "head"), product.get_output_partial_shape(0)[
        2
    ].get_length()


def tokenizer_of(model):
    """Takes UTF-8 bytes with the bounds of each text, so that no text ends at a zero byte; gives
    the bounds of each row and the tokens of all, uncut. Special tokens that a text spells out are
    text like any other: who writes a passage must not end a turn of the conversation with it.
    """
    nodes = {n.get_type_name(): n for n in model.get_ordered_ops()}
    unpack, dense = nodes.get("StringTensorUnpack"), nodes.get("RaggedToDense")
    if unpack is None or dense is None:
        fail("its tokenizer has an unknown form", "choose a model with a BPE tokenizer")
    inputs = [
        op.parameter([-1], kind, name=name)
        for name, kind in (("begins", ov.Type.i32), ("ends", ov.Type.i32), ("bytes", ov.Type.u8))
    ]
    # The shape of the string input is asked for as well; there is one text per pair of bounds.
    replace(model.get_parameters()[0].output(0), inputs[0].output(0))
    for port, parameter in enumerate(inputs):
        replace(unpack.output(port), parameter.output(0))
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Minimum":
            for port in range(2):
                if node.input_value(port).get_node().get_type_name() == "Constant":
                    node.input(port).replace_source_output(constant(NO_LIMIT).output(0))
    split = nodes.get("SpecialTokensSplit")
    if split is not None:
        for port in range(5):
            replace(split.output(port), split.input_value(port))
        # Which of the pieces are special: none.
        none = op.broadcast(constant(False, bool), op.shape_of(split.input_value(2)))
        replace(split.output(5), none.output(0))
    results = [op.result(dense.input_value(port)) for port in range(3)]
    return ov.Model(results, inputs, "tokenizer")


def vocabulary_of(header, size):
    """The bytes that each token stands for."""
    # The characters that byte-level BPE writes bytes with: printable ones as they are, then the
    # others.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    by_character = {chr(byte): byte for byte in plain} | {
        chr(256 + i): byte for i, byte in enumerate(rest)
    }
    kinds = header.get("tokenizer.ggml.token_type", [])
    pieces = []
    for index, name in enumerate(header["tokenizer.ggml.tokens"][:size]):
        kind = kinds[index] if index < len(kinds) else 1
        if kind in (2, 3, 5):  # unknown, control, unused
            pieces.append(b"")
        elif kind == 6:  # a byte, as <0x0A>
            pieces.append(bytes([int(name[3:5], 16)]))
        elif kind == 4:  # an added token, as it reads
            pieces.append(name.encode())
        elif header.get("tokenizer.ggml.model") == "gpt2":
            pieces.append(
                b"".join(
                    bytes([by_character[c]]) if c in by_character else c.encode() for c in name
                )
            )
        else:
            pieces.append(name.replace("\u2581", " ").encode())
    pieces += [b""] * (size - len(pieces))
    bounds = np.cumsum([0] + [len(piece) for piece in pieces], dtype=np.uint32)
    return struct.pack("<I", size) + bounds.astype("<u4").tobytes() + b"".join(pieces)


def template_of(header, size):
    """How a conversation is put, as lists of parts: a number is a token, a text is turned into
    tokens with {} filled in. `system` is left out where nothing is said. Told from the model's own
    template; what that does beyond this (tools, dates, a standing system message) is left out.
    """
    names = {name: index for index, name in enumerate(header["tokenizer.ggml.tokens"][:size])}
    written = header.get("tokenizer.chat_template", "")
    begin = (
        [header["tokenizer.ggml.bos_token_id"]] if "tokenizer.ggml.bos_token_id" in header else []
    )

    def parts(*texts):
        return [
            names[text] if text in names and text.startswith(("<", "[")) else text for text in texts
        ]

    if "<|im_start|>" in written and {"<|im_start|>", "<|im_end|>"} <= names.keys():

        def turn(role):
            return parts("<|im_start|>", role + "\n{}", "<|im_end|>", "\n")

        # A model that thinks aloud first is told that it has.
        thought = (
            parts("<think>", "\n\n", "</think>", "\n\n") if "enable_thinking" in written else []
        )
        return {
            "name": "chatml",
            "begin": [],
            "system": turn("system"),
            "user": turn("user") + parts("<|im_start|>", "assistant\n") + thought,
        }
    headers = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    if headers[0] in written and set(headers) <= names.keys():

        def turn(role):
            return parts(headers[0], role, headers[1], "\n\n{}", headers[2])

        return {
            "name": "llama3",
            "begin": begin,
            "system": turn("system"),
            "user": turn("user") + parts(headers[0], "assistant", headers[1], "\n\n"),
        }
    if "[INST]" in written:
        return {
            "name": "inst",
            "begin": begin + parts("[INST]"),
            "system": [" {}\n\n"],
            "user": [" {}"] + parts("[/INST]") if "[/INST]" in names else [" {} [/INST]"],
        }
    return {"name": "plain", "begin": [], "system": ["{}\n\n"], "user": ["{}", "\n\nAnswer:"]}


def stops_of(header, size):
    """The tokens that end a reply."""
    ends = {
        "<|im_end|>",
        "<|eot_id|>",
        "<|eom_id|>",
        "<|end_of_text|>",
        "<|endoftext|>",
        "<|end|>",
        "</s>",
    }
    found = {
        index for index, name in enumerate(header["tokenizer.ggml.tokens"][:size]) if name in ends
    }
    for key in ("eos", "eot", "eom"):
        found.add(header.get(f"tokenizer.ggml.{key}_token_id"))
    return sorted(index for index in found if index is not None and index < size)


def digest(path):
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 22):
            hasher.update(piece)
    return hasher.hexdigest()


def checked(source):
    """The header of a file that can be converted, as far as its header tells."""
    if not source.is_file():
        fail(f"{source} is not there", "give the path of a GGUF file")
    header = metadata(source)
    family = header.get("general.architecture", "")
    if not isinstance(family, str) or family not in ("llama", "qwen2", "qwen3"):
        named = quoted(family) if isinstance(family, str) and family else "that it does not name"
        fail(
            f"{source} is a model of the architecture {named}",
            f"choose one of these: {FAMILIES}",
        )
    for key in (f"{family}.context_length", "tokenizer.ggml.tokens"):
        if key not in header:
            fail(f"{source} does not say {key}", "fetch the file again, or from someone else")
    # Everything that is used later has the kind that is needed, whoever wrote the file.
    tokens = header["tokenizer.ggml.tokens"]
    kinds = header.get("tokenizer.ggml.token_type", [])
    checks = {
        f"{family}.context_length": is_whole(header[f"{family}.context_length"], 4, 1 << 24),
        "tokenizer.ggml.tokens": isinstance(tokens, list)
        and len(tokens) <= MOST_TOKENS
        and all(isinstance(token, str) for token in tokens),
        "tokenizer.ggml.token_type": isinstance(kinds, list)
        and all(is_whole(kind, 0, 255) for kind in kinds),
    }
    for key in ("tokenizer.chat_template", "tokenizer.ggml.model", "general.license"):
        checks[key] = isinstance(header.get(key, ""), str)
    for name in ("bos", "eos", "eot", "eom"):
        key = f"tokenizer.ggml.{name}_token_id"
        # Some converters write the largest number for a token that there is not.
        checks[key] = is_whole(header.get(key, 0), 0, 2**32 - 1)
    for key, is_right in checks.items():
        if not is_right:
            fail(f"{source} has a value of {key} that cannot be right", "fetch the file again")
    for name, kind in zip(tokens, kinds, strict=False):
        if kind == 6 and not re.fullmatch(r"<0x[0-9A-Fa-f]{2}>", name):
            fail(f"{source} has a token {quoted(name)} in place of a byte", "fetch the file again")
    return header, family


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        header, _ = checked(pathlib.Path(sys.argv[2]))
        if header["kinds"] - READ_AS_THEY_ARE:
            print("gguf")
        return
    if len(sys.argv) != 4:
        fail("three arguments are needed", "convert_language_model.py FILE.gguf FOLDER NAME")
    if missing is not None:
        fail(f"{missing} is not installed", INSTALLS)
    source, folder, name = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", name):
        fail(f"{name} is no name for a model", "use letters, digits, dots, dashes and underscores")
    header, family = checked(source)
    folder.mkdir(parents=True, exist_ok=True)
    draft = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))
    try:
        work = draft / "work"
        work.mkdir()
        # The converter writes beside the file that it reads.
        if header["kinds"] - READ_AS_THEY_ARE:
            readable_copy(source, work / "model.gguf")
        elif os.access(source, os.W_OK):
            os.symlink(source.resolve(), work / "model.gguf")
        else:
            # OpenVINO opens the file for writing as well, although it writes nothing.
            shutil.copyfile(source, work / "model.gguf")
        try:
            openvino_genai.LLMPipeline(str(work / "model.gguf"), "CPU", enable_save_ov_model=True)
        except RuntimeError as error:
            # What OpenVINO says begins with places in its own source.
            reason = str(error).strip().splitlines()[-1]
            fail(
                f"OpenVINO cannot read {source}: {reason}",
                "choose a file quantised as F16, Q8_0, Q4_K_M or Q6_K",
            )
        core = ov.Core()
        core.add_extension(str(openvino_tokenizers._ext_path))
        body, sizes = body_of(core.read_model(work / "openvino_model.xml"))
        head, vocabulary = head_of(core.read_model(work / "openvino_model.xml"))
        tokenizer = tokenizer_of(core.read_model(work / "openvino_tokenizer.xml"))
        for label, graph in (("body", body), ("head", head), ("tokenizer", tokenizer)):
            ov.serialize(graph, draft / f"{label}.xml", draft / f"{label}.bin")
        (draft / "vocabulary.bin").write_bytes(vocabulary_of(header, vocabulary))
        shutil.rmtree(work)
        manifest = {
            "format": FORMAT,
            "kind": "language-model",
            "name": name,
            "contextTokens": header[f"{family}.context_length"],
            "vocabularySize": vocabulary,
            **sizes,
            "beginToken": header.get(
                "tokenizer.ggml.bos_token_id", header.get("tokenizer.ggml.eos_token_id", 0)
            ),
            "template": template_of(header, vocabulary),
            "stopTokens": stops_of(header, vocabulary),
            "files": {file.name: digest(file) for file in sorted(draft.iterdir())},
            "sources": {source.name: digest(source)},
            "parameters": header["parameters"],
            "licence": header.get("general.license"),
        }
        (draft / "emend-model.json").write_text(
            json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        )
        draft.chmod(0o755)
        target = folder / name
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        fail(
            f"{quoted(str(error.filename))} cannot be read or written: {error.strerror}",
            "check the path, its permissions, and that the disk has room",
        )
    except MemoryError:
        fail(
            "there is not enough memory for this file", "stop other programs, or give another file"
        )
    except Exception as error:  # whatever the libraries make of a damaged file
        reason = (str(error).strip().splitlines() or [""])[-1]
        fail(
            f"the file cannot be converted: {type(error).__name__}: {quoted(reason)}",
            "fetch the file again, or give another",
        )
