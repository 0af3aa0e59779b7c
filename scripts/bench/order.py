#!/usr/bin/env python3
"""What checking pays: the share of right labels after so many decisions, by the order of checking.

  scripts/bench/order.py [--set real_noisyag_human] [--data DIR] [--emend PATH] [--keep DIR]
                         [--svg FILE]

Every decision sets one record's label to its gold label. The orders: `review_rank` of emend run
(mode suggest, so that no label was changed before), cleanlab's self-confidence on the same
embeddings, and random order (the expected value). The trivial baseline is to check nothing: the
first column. `--keep` keeps the files, and uses those that are there; `--svg` draws the table.
"""

import contextlib
import json
import sys
import tempfile
from pathlib import Path

import bench
import quality

STEPS = (0, 50, 100, 200, 400, 800)
COLOURS = {"review_rank": "#1a5fb4", "cleanlab": "#c64600", "random": "#5e5c64"}
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 60, 40


def curves(options, folder: Path) -> dict[str, list[float]]:
    name = options.set
    records = bench.read_lines(options.data / f"{name}.jsonl")
    visible, vectors, peer = (folder / f"{name}{end}" for end in (".jsonl", ".npy", ".peers.json"))
    outbox = folder / "suggested"
    output = outbox / f"{name}.jsonl"
    threads = ["--threads", str(options.threads)]
    if not visible.exists():
        bench.write_lines(visible, bench.blind(records))
    if not output.exists():
        outbox.mkdir(exist_ok=True)
        command = [options.emend, "run", str(visible), "--outbox", str(outbox)]
        bench.run([*command, "--mode", "suggest", "--quiet", *threads], options.threads)
    if not peer.exists():
        command = [options.emend, "bench", "embed", str(visible), "--output", str(vectors)]
        bench.run([*command, *threads], options.threads)
        script = str(bench.HERE / "peer_quality.py")
        bench.run([sys.executable, script, str(visible), str(vectors), str(peer)], 1)
    wrong = quality.errors(records)
    known = [index for index, value in enumerate(wrong) if value is not None]
    ranks = {str(line["id"]): line["emend"]["review_rank"] for line in bench.read_lines(output)}
    suspicion = json.loads(peer.read_text())["suspicion"]["cleanlab"]
    orders = {
        "review_rank": sorted(known, key=lambda index: ranks[str(records[index]["id"])]),
        "cleanlab": sorted(known, key=lambda index: -suspicion[index]),
    }
    errors = sum(wrong[index] for index in known)
    found = {}
    for order, places in orders.items():
        found[order] = [
            1 - (errors - sum(wrong[index] for index in places[:step])) / len(known)
            for step in STEPS
        ]
    found["random"] = [1 - errors * (1 - min(step / len(known), 1)) / len(known) for step in STEPS]
    return found


def picture(found: dict[str, list[float]]) -> str:
    low = min(min(values) for values in found.values())
    high = max(max(values) for values in found.values())

    def place(step: int, value: float) -> str:
        across = LEFT + (WIDTH - LEFT - 110) * step / STEPS[-1]
        up = (HEIGHT - BOTTOM - 20) * (value - low) / (high - low)
        return f"{across:.1f},{HEIGHT - BOTTOM - up:.1f}"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Share of right labels after so many decisions, by the order of checking</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for step in STEPS:
        across = place(step, low).split(",")[0]
        lines.append(
            f'<text x="{across}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step}</text>'
        )
    for value in (low, (low + high) / 2, high):
        up = place(0, value).split(",")[1]
        lines.append(f'<text x="{LEFT - 8}" y="{up}" text-anchor="end">{100 * value:.1f} %</text>')
        lines.append(f'<path d="M{LEFT},{up}H{WIDTH - 110}" stroke="#ddd"/>')
    middle = (LEFT + WIDTH - 110) / 2
    lines.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">decisions</text>')
    for order, values in found.items():
        points = " ".join(place(*pair) for pair in zip(STEPS, values, strict=True))
        colour = COLOURS[order]
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        across, up = place(STEPS[-1], values[-1]).split(",")
        lines.append(f'<text x="{float(across) + 8:.1f}" y="{up}" fill="{colour}">{order}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> None:
    parser = quality.arguments(__doc__)
    parser.add_argument("--set", default="real_noisyag_human")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if options.keep:
            options.keep.mkdir(exist_ok=True)
            folder = options.keep
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = curves(options, folder)
    print(f"{options.set}: share of right labels after so many decisions\n")
    print("| order | " + " | ".join(str(step) for step in STEPS) + " |")
    print("|---" * (len(STEPS) + 1) + "|")
    for order, values in found.items():
        print(f"| {order} | " + " | ".join(f"{value:.4f}" for value in values) + " |")
    if options.svg:
        options.svg.write_text(picture(found))


if __name__ == "__main__":
    main()
