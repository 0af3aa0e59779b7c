#!/usr/bin/env python3
"""What a run takes as a file grows: time and peak memory of each stage, with fitted exponents.

  scripts/bench/scale.py [--sizes 1000,10000,100000] [--data DIR] [--emend PATH] [--threads 2]
                         [--peer] [--write]

Short records (up to 15 words, 150 labels, one in ten wrong) are made of requests of clinc150: the
beginning of one and the end of another of the same label. Each size is run twice with a cache of
its own. The first run encodes; the second finds all vectors, and gives the time of the other
stages. Processor seconds (of all threads) are printed beside those of the clock, since they hardly
depend on what else the machine does. `--peer` runs peer_job.py (sentence-transformers,
scikit-learn, cleanlab, faiss) on the sizes up to 100,000, too, and compares it with the first run.
`--write` puts the tables and a picture into docs.

Aims: no stage but encoding grows faster than n^1.2 from 50,000 records on, and a million records
take less than 4 GiB; at every size at least 6 times faster than the peer, in a third of its memory.
"""

import argparse
import json
import math
import os
import random
import resource
import sys
import tempfile
from pathlib import Path

import bench

WORDS = 15
WRONG = 0.1
STAGES = ("reading", "encoding", "searching", "scoring", "writing")
NAMES = {"encoding": "features"}
GROWTH_AIM, FIRST_LARGE = 1.2, 50_000
MEMORY_AIM = 4096
FASTER, PEER_MEMORY = 6.0, 1 / 3
LARGEST_FOR_PEER = 100_000
BEGIN, END = "<!-- scripts/bench/scale.py --write -->", "<!-- end -->"


def recombined(data: Path, path: Path, count: int) -> None:
    """Writes so many different records."""
    texts: dict[str, list[list[str]]] = {}
    for record in bench.read_lines(data / "clean_clinc150_train.jsonl"):
        texts.setdefault(record["label"], []).append(record["text"].split())
    labels = sorted(texts)
    draw = random.Random(1)
    seen: set[str] = set()
    with open(path, "w", encoding="utf-8") as file:
        while len(seen) < count:
            label = draw.choice(labels)
            first, second = draw.choice(texts[label]), draw.choice(texts[label])
            words = first[: draw.randint(len(first) // 2, len(first))]
            words = words + second[draw.randint(0, len(second) // 2) :]
            text = " ".join(words[:WORDS])
            if text in seen:
                continue
            given = draw.choice(labels) if draw.random() < WRONG else label
            record = {"id": f"r{len(seen)}", "text": text, "label": given}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            seen.add(text)


def measured(options: argparse.Namespace, count: int) -> dict:
    """The figures of one size: of the first run the stage of encoding, of the second all stages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "records.jsonl"
        recombined(options.data, file, count)
        cache = options.cache or folder / "cache"
        cache.mkdir(exist_ok=True)
        extra = {"CACHE_DIRECTORY": str(cache), "TMPDIR": name}
        command = [options.emend, "bench", "stages", str(file)]
        command += ["--threads", str(options.threads)]
        first = bench.last_json(bench.run(command, options.threads, extra)[0])
        second = bench.last_json(bench.run(command, options.threads, extra)[0])
        peer = None
        if options.peer and count <= LARGEST_FOR_PEER:
            peer = of_peer(options, file, folder)
    print(f"  {count:,} records done", file=sys.stderr, flush=True)
    stages = {stage["stage"]: stage for stage in second["stages"]}
    cold = {stage["stage"]: stage for stage in first["stages"]}
    return {
        "count": count,
        "stages": stages,
        "cold": cold,
        "encoded": first["encoded"],
        "peer": peer,
    }


def of_peer(options: argparse.Namespace, file: Path, folder: Path) -> dict:
    """What the peer takes for the same file: seconds of all processors, and the peak in MiB."""
    script, target = bench.HERE / "peer_job.py", folder / "peer.jsonl"
    command = [sys.executable, str(script), str(file), str(target)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, _, peak = bench.run([*command, "--threads", str(options.threads)], options.threads)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": seconds, "peak": peak}


def exponent(results: list[dict], figure) -> float | None:
    """The slope of log figure over log records, by least squares; None with one size."""
    points = [(math.log(r["count"]), math.log(max(figure(r), 1e-3))) for r in results]
    if len(points) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum(
        (x - mean_x) ** 2 for x, _ in points
    )


def figure_of(stage: str, kind: str):
    return lambda result: result["stages"].get(stage, {}).get(kind, 0)


def rest(kind: str):
    """All stages together, with vectors from the cache."""
    if kind == "peak":
        return lambda result: max(stage["peak"] for stage in result["stages"].values())
    return lambda result: sum(stage[kind] for stage in result["stages"].values())


def encoding(result: dict, kind: str) -> float:
    """Encoding alone: what the first run took longer in that stage."""
    return max(result["cold"]["encoding"][kind] - result["stages"]["encoding"][kind], 0)


def tables(results: list[dict]) -> str:
    header = ["stage", *(f"{result['count']:,}" for result in results), "exponent"]
    large = [result for result in results if result["count"] >= FIRST_LARGE]
    fitted = large if len(large) > 1 else results

    def slope(figure) -> str:
        value = exponent(fitted, figure)
        return "–" if value is None else f"{value:.2f}"

    times = []
    for stage in STAGES:
        wall, cpu = figure_of(stage, "wall"), figure_of(stage, "cpu")
        cells = [f"{wall(result):,.1f} / {cpu(result):,.1f}" for result in results]
        times.append([NAMES.get(stage, stage), *cells, slope(cpu)])
    cells = [f"{rest('wall')(result):,.1f} / {rest('cpu')(result):,.1f}" for result in results]
    times.append(["**all**", *cells, slope(rest("cpu"))])
    cells = [f"{encoding(r, 'wall'):,.1f} / {encoding(r, 'cpu'):,.1f}" for r in results]
    times.append(["encoding, the first time", *cells, slope(lambda r: encoding(r, "cpu"))])
    peaks = []
    for stage in STAGES:
        peak = figure_of(stage, "peak")
        cells = [f"{peak(result):,}" for result in results]
        peaks.append([NAMES.get(stage, stage), *cells, slope(peak)])
    cells = [f"{rest('peak')(result):,}" for result in results]
    peaks.append(["**peak**", *cells, slope(rest("peak"))])
    return (
        "Seconds of the clock / of all processors, by the number of records:\n\n"
        + bench.table(header, times)
        + "\n\nPeak of resident memory in MiB:\n\n"
        + bench.table(header, peaks)
    )


def whole(result: dict) -> dict:
    """The whole first run, which encodes."""
    stages = result["cold"].values()
    return {
        "cpu": sum(stage["cpu"] for stage in stages),
        "peak": max(stage["peak"] for stage in stages),
    }


def comparison(results: list[dict]) -> str:
    """The peer beside the first run; empty where it was not asked for."""
    rows = []
    for result in results:
        if not result["peer"]:
            continue
        own, peer = whole(result), result["peer"]
        rows.append(
            [
                f"{result['count']:,}",
                f"{own['cpu']:,.1f}",
                f"{peer['cpu']:,.1f}",
                f"{peer['cpu'] / own['cpu']:.1f}×",
                f"{own['peak']:,}",
                f"{peer['peak']:,.0f}",
                f"{own['peak'] / peer['peak']:.2f}",
            ]
        )
    if not rows:
        return ""
    header = ["records", "emend, s", "peer, s", "ratio", "emend, MiB", "peer, MiB", "ratio"]
    return (
        "\n\nThe whole job with nothing cached, beside peer_job.py, seconds of all processors:\n\n"
        + bench.table(header, rows)
    )


def picture(results: list[dict]) -> str:
    """Processor seconds of each stage over the records, both logarithmic."""
    width, height, left, bottom = 640, 360, 60, 40
    lines = {
        NAMES.get(s, s): [(r["count"], figure_of(s, "cpu")(r)) for r in results] for s in STAGES
    }
    encoded = [(r["count"], encoding(r, "cpu")) for r in results]
    if any(seconds > 0 for _, seconds in encoded):
        lines["encoding"] = encoded
    values = [max(y, 0.01) for points in lines.values() for _, y in points]
    counts = [result["count"] for result in results]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(min(counts)), math.log10(max(counts))

    def place(count: float, value: float) -> tuple[float, float]:
        x = left + (math.log10(count) - first) / max(last - first, 1e-9) * (width - left - 130)
        share = (math.log10(max(value, 0.01)) - low) / max(high - low, 1)
        return x, height - bottom - share * (height - bottom - 20)

    colours = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#555555"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for power in range(low, high + 1):
        x, y = place(min(counts), 10**power)
        parts.append(f'<path d="M{x:.0f} {y:.1f}H{width - 130}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x - 8:.0f}" y="{y + 4:.1f}" text-anchor="end">{10**power:g} s</text>'
        )
    for count in counts:
        x, _ = place(count, 1)
        parts.append(f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{count:,}</text>')
    for colour, (name, points) in zip(colours, lines.items(), strict=False):
        placed = [place(*point) for point in points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = placed[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def write(results: list[dict], text: str) -> None:
    docs = bench.ROOT / "docs"
    page = docs / "SCALE.md"
    before = page.read_text(encoding="utf-8")
    begin, end = before.index(BEGIN) + len(BEGIN), before.index(END)
    page.write_text(f"{before[:begin]}\n{text}\n{before[end:]}", encoding="utf-8")
    (docs / "scale.svg").write_text(picture(results), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--data", type=Path, default=bench.DATA)
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cache", type=Path, help="keep vectors here between calls")
    parser.add_argument("--peer", action="store_true", help="measure the peer, too")
    parser.add_argument("--write", action="store_true", help="write docs/SCALE.md, docs/scale.svg")
    options = parser.parse_args()
    if options.peer:
        bench.ensure(*bench.PEER_PACKAGES)
    results = [measured(options, int(size)) for size in options.sizes.split(",")]
    text = (
        f"{bench.machine()}, {options.threads} threads.\n\n{tables(results)}{comparison(results)}"
    )
    print(text)
    if options.write:
        write(results, text)
    large = [result for result in results if result["count"] >= FIRST_LARGE]
    checks = []
    if len(large) > 1:
        slopes = {stage: exponent(large, figure_of(stage, "cpu")) or 0 for stage in STAGES}
        worst = max(slopes, key=slopes.__getitem__)
        checks.append(
            (
                f"no stage above n^{GROWTH_AIM} from {FIRST_LARGE:,} records on",
                slopes[worst] <= GROWTH_AIM,
                f"{NAMES.get(worst, worst)}: n^{slopes[worst]:.2f}",
            )
        )
    for result in results:
        if result["peer"]:
            own, peer = whole(result), result["peer"]
            faster, share = peer["cpu"] / own["cpu"], own["peak"] / peer["peak"]
            checks.append(
                (
                    f"{result['count']:,} records: {FASTER:.0f}× faster, in a third of the memory",
                    faster >= FASTER and share <= PEER_MEMORY,
                    f"{faster:.1f}×, {share:.2f} of it",
                )
            )
        if result["count"] == 1_000_000:
            peak = rest("peak")(result)
            checks.append(
                (f"a million records within {MEMORY_AIM} MiB", peak <= MEMORY_AIM, f"{peak:,} MiB")
            )
    return bench.verdict(checks) if checks else 0


if __name__ == "__main__":
    sys.exit(main())
