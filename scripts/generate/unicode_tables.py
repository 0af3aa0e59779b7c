#!/usr/bin/env python3
"""Writes Sources/Tokenizers/UnicodeTables.swift from the reference tokenizer itself.

Every scalar is put through the reference's normaliser and pre-tokenizer one by one, so that the
tables say what the reference does, whichever version of Unicode each of its libraries follows.
Needs the PyPI package `tokenizers`; only somebody who changes the tables runs this.
"""

import pathlib
import textwrap

import tokenizers
from tokenizers import normalizers, pre_tokenizers


def bert(**on):
    flags = {
        "clean_text": False,
        "handle_chinese_chars": False,
        "strip_accents": False,
        "lowercase": False,
    }
    return normalizers.BertNormalizer(**{**flags, **on}).normalize_str


clean, ideograph = bert(clean_text=True), bert(handle_chinese_chars=True)
strip, lower = bert(strip_accents=True), bert(lowercase=True)
decompose = normalizers.NFD().normalize_str
pieces = pre_tokenizers.BertPreTokenizer().pre_tokenize_str

removed, spaces, ideographs, stripped, punctuation, breaks = [], [], [], [], [], []
decomposed, lowered, combining = {}, {}, {}
for scalar in range(0x110000):
    if 0xD800 <= scalar <= 0xDFFF:
        continue
    char = chr(scalar)
    cleaned = clean("a" + char + "b")[1:-1]
    if cleaned == "":
        removed.append(scalar)
    elif cleaned != char:
        assert cleaned == " "
        spaces.append(scalar)
    if ideograph(char) != char:
        ideographs.append(scalar)
    bare = strip(char)
    if bare == "":
        stripped.append(scalar)
    elif bare != char and not 0xAC00 <= scalar <= 0xD7A3:
        decomposed[scalar] = [ord(c) for c in bare]
    if lower(char) != char:
        lowered[scalar] = [ord(c) for c in lower(char)]
    words = [word for word, _ in pieces("a" + char + "b")]
    if words == ["a", char, "b"]:
        punctuation.append(scalar)
    elif words == ["a", "b"]:
        breaks.append(scalar)
    # U+0345 has the largest class; whatever is put before it has a smaller one above nought.
    after = decompose("\u0345" + char)
    moves = scalar == 0x345 or after not in ("\u0345" + char, "\u0345" + decompose(char))
    if moves and decompose(char) == char:
        combining[scalar] = None

ranked = []
for scalar in combining:
    for group in ranked:
        first, second = chr(group[0]), chr(scalar)
        if (
            decompose(first + second) == first + second
            and decompose(second + first) == second + first
        ):
            group.append(scalar)
            break
    else:
        ranked.append([scalar])
ranked = sorted(
    ranked,
    key=lambda group: sum(
        decompose(chr(group[0]) + chr(other[0])) == chr(other[0]) + chr(group[0])
        for other in ranked
    ),
)
for order, group in enumerate(ranked, start=1):
    for scalar in group:
        combining[scalar] = order


def ranges(scalars):
    found = []
    for scalar in scalars:
        if found and found[-1][1] == scalar - 1:
            found[-1][1] = scalar
        else:
            found.append([scalar, scalar])
    return " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in found)


def mapping(table):
    return " ".join(
        f"{key:x}={'+'.join(f'{v:x}' for v in values)}" for key, values in table.items()
    )


survivors = {s: [c] for s, c in combining.items() if s not in set(stripped)}
barriers = [s for s in stripped if s not in combining]
tables = [
    ("removed", "Scalars that cleaning removes.", ranges(removed)),
    ("spaces", "Scalars that cleaning turns into a space.", ranges(spaces)),
    ("ideographs", "Scalars that become words of their own.", ranges(ideographs)),
    ("stripped", "Accents: scalars that stripping removes.", ranges(stripped)),
    (
        "barriers",
        "Accents of combining class 0: the scalars around them keep their order.",
        ranges(barriers),
    ),
    ("punctuation", "Scalars that the pre-tokenizer makes words of.", ranges(punctuation)),
    ("breaks", "Scalars that end a word and are removed.", ranges(breaks)),
    (
        "ordered",
        "Scalars that stripping keeps and that have a combining class, with its rank.",
        mapping(survivors),
    ),
    (
        "decomposed",
        "Canonical decompositions without their accents; Hangul is computed.",
        mapping(decomposed),
    ),
    ("lowered", "Lower-case forms.", mapping(lowered)),
]
out = [
    "// What the reference tokenizer does to each Unicode scalar, written by",
    f"// scripts/generate/unicode_tables.py from tokenizers {tokenizers.__version__}. Do not edit.",
    "//",
    "// Ranges are `first-last`, mappings `from=to+to`, all in hexadecimal.",
    "",
    "enum UnicodeTables {",
]
for name, comment, text in tables:
    out.append(f"  /// {comment}")
    out.append(f'  static let {name} = """')
    lines = textwrap.wrap(text, 90, break_long_words=False, break_on_hyphens=False)
    out += [f"    {line} \\" for line in lines[:-1]] + [f"    {lines[-1]}"]
    out.append('    """')
out.append("}")
target = pathlib.Path(__file__).resolve().parents[2] / "Sources/Tokenizers/UnicodeTables.swift"
target.write_text("\n".join(out) + "\n")
print(f"{target.name}: {target.stat().st_size} bytes, {len(ranked)} combining classes")
