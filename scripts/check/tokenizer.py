#!/usr/bin/env python3
"""Compares emend's tokenizer with the reference, piece for piece.

    scripts/check/tokenizer.py [FILE.jsonl …]     20,000 strings; the files give real text
    scripts/check/tokenizer.py --fixture          rewrites the small set that the tests use

Needs the PyPI package `tokenizers` and what scripts/setup/prepare fetches. Seeded: the same every
time.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

try:
    import tokenizers
except ImportError:
    sys.exit(
        "check/tokenizer: the Python package `tokenizers` is missing\n"
        "check/tokenizer: remedy: python3 -m venv V && V/bin/pip install tokenizers, "
        "then V/bin/python scripts/check/tokenizer.py"
    )

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / ".emend/sources/all-MiniLM-L6-v2/tokenizer.json"
FIXTURE = ROOT / "Tests/OpenVINOBackendTests/Fixtures/tokens.json"
MAXIMUM_TOKENS = 256

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.",
    "What's the weather like in São Paulo tomorrow, at 7:30 p.m.?",
    "Grüße aus Köln: ÄÖÜ äöü ß — “quoted” ‘text’ … and more.",
    "Ça va? L'été dernier, j'ai déjà vu Élodie à l'hôtel.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. ΟΔΥΣΣΕΥΣ",
    "色は匂へど散りぬるを 我が世誰ぞ常ならむ",
    "天地玄黃,宇宙洪荒。日月盈昃,辰宿列張。",
    "키스의 고유조건은 입술끼리 만나야 하고",
    "نص حكيم له سر قاطع وذو شأن عظيم",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा",
    "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
    "Price: $1,299.99 (−15%) | C++17 & Rust → `fn main() {}` #hashtag @user",
    "https://example.org/path?query=1&b=%20#frag user@example.org",
    "IŞIK ılık süt iç! İstanbul'da",
    "🎉🎉 party 👩\u200d👩\u200d👧\u200d👦 time 🇫🇷 ❤️\u200d🔥 ok",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "x = (a+b)*c^2 - 3.14159e-10; // comment",
]

BLOCKS = [
    (0, 0x7F),
    (0x80, 0xFF),
    (0x100, 0x24F),
    (0x250, 0x36F),
    (0x370, 0x3FF),
    (0x400, 0x52F),
    (0x590, 0x6FF),
    (0x700, 0x8FF),
    (0x900, 0xDFF),
    (0xE00, 0xFFF),
    (0x1000, 0x10FF),
    (0x1100, 0x11FF),
    (0x1200, 0x1FFF),
    (0x2000, 0x206F),
    (0x2070, 0x2BFF),
    (0x2C00, 0x2FFF),
    (0x3000, 0x30FF),
    (0x3400, 0x9FFF),
    (0xA000, 0xABFF),
    (0xAC00, 0xD7A3),
    (0xE000, 0xF8FF),
    (0xF900, 0xFAFF),
    (0xFB00, 0xFFFF),
    (0x10000, 0x1FFFF),
    (0x20000, 0x2FFFF),
    (0x30000, 0x10FFFF),
]
SPECIALS = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[cls]", "[MASK", "##ing", "[ MASK ]"]
ODD = list(" \t\n\r\x00\x0b\x0c\x85\u00a0\u2028\u200b\ufeff\ufffd\u3000a.İẞΣς") + [
    "ΑΣ",
    "\ufb01",
    "\ufdfa",
    "\U0001d15e",
    "\u0344",
    "\u1fbe",
    "\ufffe",
    "\uffff",
]
MARKS = [
    chr(c)
    for c in range(0x110000)
    if not 0xD800 <= c <= 0xDFFF and unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")
]


def strings(count, real, longest, seed=20260101):
    rng = random.Random(seed)

    def scalar(block):
        while True:
            value = rng.randint(*block)
            if not 0xD800 <= value <= 0xDFFF:
                return chr(value)

    def mixed():
        blocks = rng.sample(BLOCKS, rng.randint(1, 4))
        return "".join(
            scalar(rng.choice(blocks)) if rng.random() < 0.9 else " "
            for _ in range(rng.randint(0, longest))
        )

    def disturbed():
        text = list(rng.choice(real)[: 5 * longest])
        for _ in range(rng.randint(1, 10)):
            text.insert(rng.randint(0, len(text)), scalar(rng.choice(BLOCKS)))
        return "".join(text)

    def accented():
        return "".join(
            rng.choice("aeionsAEIOZ가힣ǰΐʼn")
            + "".join(rng.choice(MARKS) for _ in range(rng.randint(0, 5)))
            for _ in range(rng.randint(1, max(1, longest // 4)))
        )

    def special():
        text = rng.choice(real)[: 2 * longest]
        for _ in range(rng.randint(1, 4)):
            place = rng.randint(0, len(text))
            text = text[:place] + rng.choice(SPECIALS) + text[place:]
        return text

    def endless():
        return "".join(rng.choice("aé字bß😀") for _ in range(rng.randint(95, 106))) + " x"

    def over():
        return " ".join(rng.choice(real) for _ in range(rng.randint(2, 30)))

    def normalised():
        form = rng.choice(["NFD", "NFKD", "NFC"])
        return unicodedata.normalize(form, mixed())

    def odd():
        return "".join(rng.choice(ODD) for _ in range(rng.randint(0, longest)))

    kinds = [mixed, disturbed, accented, special, endless, over, normalised, odd]
    weights = [35, 20, 15, 10, 5, 5, 5, 5]
    found = real[: count * 3 // 10]
    while len(found) < count:
        found.append(rng.choices(kinds, weights)[0]())
    return found


def real_texts(files):
    found = list(SENTENCES)
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                values = json.loads(line).values()
                found += [v for v in values if isinstance(v, str) and len(v) > 3]
    random.Random(1).shuffle(found)
    return found


def cases(texts):
    if not SOURCE.exists():
        sys.exit(
            f"check/tokenizer: {SOURCE} is missing\ncheck-tokenizer: remedy: scripts/setup/prepare"
        )
    reference = tokenizers.Tokenizer.from_file(str(SOURCE))
    reference.no_padding()
    reference.enable_truncation(MAXIMUM_TOKENS)
    return {"strings": texts, "identifiers": [e.ids for e in reference.encode_batch(texts)]}


def main():
    arguments = sys.argv[1:]
    if arguments == ["--fixture"]:
        FIXTURE.write_text(
            json.dumps(
                cases(strings(1200, real_texts([]), 24)), ensure_ascii=False, separators=(",", ":")
            )
        )
        print(f"check/tokenizer: {FIXTURE.name}: {FIXTURE.stat().st_size} bytes")
        return
    texts = strings(20_000, real_texts(arguments), 60)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "cases.json"
        file.write_text(json.dumps(cases(texts)))
        print(f"check/tokenizer: {len(texts)} strings against tokenizers {tokenizers.__version__}")
        done = subprocess.run(
            ["swift", "test", "-c", "release", "--filter", "WordPieceTokenizerTests"],
            cwd=ROOT,
            env={**os.environ, "EMEND_TOKENIZER_CASES": str(file)},
        )
        sys.exit(done.returncode)


main()
