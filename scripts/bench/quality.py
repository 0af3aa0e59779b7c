#!/usr/bin/env python3
"""Quality of `emend run` in mode `auto` on every classification, pair and relation set, beside
cleanlab.

  scripts/bench/quality.py [--data DIR] [--eval DIR] [--emend PATH] [--threads 2] [--only NAME…]
                           [--keep DIR]

Sets: the real ones as they are; clinc150 (test), snips and semeval2010 with 20 % injected errors,
seed 0, symmetric, confusable and instance-dependent (noise.py). emend sees the records without any
gold field; score.py scores its output against the gold. The peer is cleanlab's self-confidence (and
find_label_issues for the flags) on the same embeddings, with out-of-fold probabilities of
scikit-learn's five-fold logistic regression. The positive class is "the given label is wrong"; AP's
trivial baseline is its prevalence, F1's is to flag all, the gain's is 0 (change nothing), Brier's
is the given label as a one-hot soft label.

Aims, a missed one makes the exit status 1:
  mean AP above cleanlab's
  real_noisyag_human: AP at least .68
  Brier of the soft labels: nowhere more than .005 above one-hot
  auto: nowhere fewer right labels than before
  auto: real_noisyag_human gains at least .025, clinc150 and snips at least .07 at 20 %
"""

import argparse
import contextlib
import json
import sys
import tempfile
from pathlib import Path

import bench

REAL = {
    "real_noisyag_human": "real_noisyag_human",
    "real_sick_corrected": "real_sick_corrected",
    "real_docred_sentpairs": "real_docred_sentpairs",
    "real_pgr_relation": "real_pgr_relation",
    "real_satd_corrected": "real_satd_corrected",
}
CLEAN = {
    "clinc150": ("clean_clinc150_test", "class"),
    "snips": ("clean_snips", "class"),
    "semeval2010": ("clean_semeval2010_relation", "relation"),
}
NOISE, RATE, SEED = ("symmetric", "confusable", "instance"), "0.2", "0"
NOISYAG_AP, WORSE_BRIER, NOISYAG_GAIN, INJECTED_GAIN = 0.68, 0.005, 0.025, 0.07


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--eval", type=Path, default=bench.EVAL)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="names of sets, or beginnings of names")
    parser.add_argument("--keep", type=Path, help="keep every input and output in this folder")
    return parser.parse_args()


def instances(options: argparse.Namespace, folder: Path):
    """Name and gold file of every set, made as they are asked for."""

    def wanted(name: str) -> bool:
        return not options.only or any(name.startswith(prefix) for prefix in options.only)

    for name, source in REAL.items():
        if wanted(name):
            yield name, options.data / f"{source}.jsonl"
    for base, (source, task) in CLEAN.items():
        for noise in NOISE:
            name = f"{base}.{noise}"
            if not wanted(name):
                continue
            gold = folder / f"{name}.gold.jsonl"
            arguments = ["--type", noise, "--rate", RATE, "--seed", SEED, "--task", task]
            script = str(options.eval / "noise.py")
            clean = str(options.data / f"{source}.jsonl")
            bench.run([sys.executable, script, clean, str(gold), *arguments], options.threads)
            yield name, gold


def score(options: argparse.Namespace, gold: Path, predicted: Path) -> dict:
    command = [
        sys.executable,
        str(options.eval / "score.py"),
        "--gold",
        str(gold),
        "--pred",
        str(predicted),
    ]
    output, _, _ = bench.run([*command, "--task", "class"], options.threads)
    return bench.last_json(output)


def measure(options: argparse.Namespace, folder: Path, name: str, gold: Path) -> dict:
    visible, vectors, peer = (folder / f"{name}{end}" for end in (".jsonl", ".npy", ".peer.jsonl"))
    bench.write_lines(visible, bench.blind(bench.read_lines(gold)))
    outbox = folder / "outbox"
    outbox.mkdir(exist_ok=True)
    threads = ["--threads", str(options.threads)]
    run = [options.emend, "run", str(visible), "--outbox", str(outbox), "--mode", "auto", "--quiet"]
    _, seconds, _ = bench.run([*run, *threads], options.threads)
    bench.run(
        [options.emend, "bench", "embed", str(visible), "--output", str(vectors), *threads],
        options.threads,
    )
    quality = [
        sys.executable,
        str(bench.HERE / "peer_quality.py"),
        str(visible),
        str(vectors),
        str(peer),
    ]
    bench.run(quality, 1)  # nothing is timed here, and small products do not gain from more threads
    mine, theirs = score(options, gold, outbox / f"{name}.jsonl"), score(options, gold, peer)
    if mine["coverage"] < 1:
        raise bench.Failed(f"{name}: only {mine['coverage']:.4f} of the records came back")
    return {"emend": mine, "cleanlab": theirs, "seconds": seconds}


def line(name: str, found: dict) -> list[str]:
    mine, theirs = found["emend"], found["cleanlab"]["detection"]
    detection, correction = mine["detection"], mine["correction"]
    before, after = mine["soft_onehot"]["brier"], mine["soft"]["brier"]

    def three(found: dict) -> str:
        return " / ".join(f"{found[key]:.3f}" for key in ("ap", "auroc", "flag_f1"))

    return [
        f"{name} ({detection['n']:,}; {detection['prevalence']:.1%})",
        three(detection),
        three(theirs),
        f"{detection['random_ap']:.3f} / {detection['allflag_f1']:.3f}",
        f"{before:.3f} → {after:.3f}",
        f"{correction['fixed']} / {correction['broken']}",
        f"{correction['acc_gain']:+.4f}",
        f"{found['seconds']:.1f}",
    ]


def checks(results: dict[str, dict]) -> list[tuple[str, bool, str]]:
    ap = {
        side: sum(found[side]["detection"]["ap"] for found in results.values()) / len(results)
        for side in ("emend", "cleanlab")
    }
    excess = {
        n: f["emend"]["soft"]["brier"] - f["emend"]["soft_onehot"]["brier"]
        for n, f in results.items()
    }
    gain = {n: f["emend"]["correction"]["acc_gain"] for n, f in results.items()}
    worst, least = max(excess, key=excess.get), min(gain, key=gain.get)
    found = [
        (
            "mean AP above cleanlab's",
            ap["emend"] > ap["cleanlab"],
            f"{ap['emend']:.3f} against {ap['cleanlab']:.3f}",
        ),
        (
            f"Brier nowhere more than {WORSE_BRIER} above one-hot",
            excess[worst] <= WORSE_BRIER,
            f"at most {excess[worst]:+.4f}, {worst}",
        ),
        (
            "auto: nowhere fewer right labels",
            gain[least] >= 0,
            f"at least {gain[least]:+.4f}, {least}",
        ),
    ]
    if "real_noisyag_human" in results:
        value = results["real_noisyag_human"]["emend"]["detection"]["ap"]
        found.append(
            (f"real_noisyag_human: AP at least {NOISYAG_AP}", value >= NOISYAG_AP, f"{value:.3f}")
        )
        value = gain["real_noisyag_human"]
        found.append(
            (
                f"auto: real_noisyag_human gains {NOISYAG_GAIN}",
                value >= NOISYAG_GAIN,
                f"{value:+.4f}",
            )
        )
    injected = {n: g for n, g in gain.items() if n.startswith(("clinc150.", "snips."))}
    if injected:
        least = min(injected, key=injected.get)
        met = injected[least] >= INJECTED_GAIN
        found.append(
            (
                f"auto: clinc150 and snips gain {INJECTED_GAIN}",
                met,
                f"{injected[least]:+.4f}, {least}",
            )
        )
    return found


def main() -> int:
    options = parse()
    bench.ensure("numpy", "scipy", "scikit-learn", "cleanlab")
    results = {}
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for name, gold in instances(options, folder):
            results[name] = measure(options, folder, name, gold)
            print(f"  {name} done", file=sys.stderr, flush=True)
        if options.keep:
            (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    if not results:
        print("no set of that name", file=sys.stderr)
        return 64
    header = [
        "set (records; errors)",
        "emend AP / AUROC / F1",
        "cleanlab AP / AUROC / F1",
        "trivial AP / F1",
        "Brier one-hot → soft",
        "fixed / broken in auto",
        "gain (do nothing: 0)",
        "s",
    ]
    rows = [line(name, found) for name, found in results.items()]

    def mean(side: str, key: str) -> float:
        return sum(f[side]["detection"][key] for f in results.values()) / len(results)

    def means(side: str) -> str:
        return " / ".join(f"{mean(side, key):.3f}" for key in ("ap", "auroc", "flag_f1"))

    def average(part: str) -> float:
        return sum(f["emend"][part]["brier"] for f in results.values()) / len(results)

    trivial = f"{mean('emend', 'random_ap'):.3f} / {mean('emend', 'allflag_f1'):.3f}"
    gain = sum(f["emend"]["correction"]["acc_gain"] for f in results.values()) / len(results)
    brier = f"{average('soft_onehot'):.3f} → {average('soft'):.3f}"
    rows.append(
        ["**mean**", means("emend"), means("cleanlab"), trivial, brier, "", f"{gain:+.4f}", ""]
    )
    print('Quality; the positive class is "the given label is wrong"\n')
    print(bench.table(header, rows))
    return bench.verdict(checks(results))


if __name__ == "__main__":
    sys.exit(main())
