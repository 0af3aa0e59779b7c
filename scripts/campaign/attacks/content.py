"""Datasets that are small and ask for much."""

import gzip
import json
import os
import time

import spool

from .rows import Seen, row
from .stage import Stage

GIB = 1024.0  # MiB
# A worker's memory beside a small file: the program, OpenVINO and the default models.
ORDINARY = 1.5 * GIB


def outcome(stage: Stage, name: str, data: bytes, seconds: float, most: float = ORDINARY) -> Seen:
    """Drops a file; it must end in time, within memory, and with an output of bounded size."""
    began = time.monotonic()
    stage.drop(stage.users.mallory, name, data)
    over = stage.wait(lambda: stage.is_over(name), seconds)
    took = time.monotonic() - began
    stem = name.split(".")[0]
    size = sum(path.stat().st_size for path in stage.outbox.glob(f"{stem}*"))
    _, worker = stage.peaks()
    how = "failed" if stage.is_failed(name) else "done" if over else "no end"
    text = f"{how} in {took:.0f} s, {len(data):,} bytes in, {size:,} out, {worker:.0f} MiB"
    # Reports and signals add up to some kilobytes a line at most.
    lines = max(1, data.count(b"\n"))
    bounded = size <= 20 * len(data) + 4_096 * lines + 1_000_000
    return Seen(over and bounded and worker <= most, text)


def jsonl(records) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@row("as many labels as records", "said to be no label; no quadratic time")
def many_labels(stage: Stage) -> Seen:
    data = jsonl({"vector": [i % 7, i % 5, 1], "label": f"l{i}"} for i in range(20_000))
    return outcome(stage, "labels.jsonl", data, 90)


@row("100,000 labels in one list", "a line error, or done in bounded time")
def long_list(stage: Stage) -> Seen:
    def records():
        yield {"vector": [1, 0], "label": [f"label-{j}" for j in range(100_000)]}
        for i in range(20):
            yield {"vector": [i % 2, 1], "label": ["label-1"]}

    return outcome(stage, "list.jsonl", jsonl(records()), 90)


@row("labels of 200 kB", "a line error, or an output of bounded size")
def big_labels(stage: Stage) -> Seen:
    data = jsonl(
        {"vector": [i % 2, 1], "label": chr(97 + i % 26) * 200_000 + str(i)} for i in range(60)
    )
    return outcome(stage, "big.jsonl", data, 90)


@row("200,000 tiny lines", "within 1 kB of memory for each beside the ordinary")
def tiny_lines(stage: Stage) -> Seen:
    data = jsonl({"vector": [i % 2, 1], "label": str(i % 2)} for i in range(200_000))
    return outcome(stage, "tiny.jsonl", data, 300, ORDINARY + 200)


@row("20,000-deep members of our own", "bounded time and memory")
def nested_previous(stage: Stage) -> Seen:
    depth = 20_000
    inner = (
        '{"action":"kept","flagged":false,"evidence":{},"previous":' * depth + "{}" + "}" * depth
    )
    data = ('{"vector":[1,0],"label":"b","emend":' + inner + "}\n").encode()
    return outcome(stage, "previous.jsonl", data, 60)


@row("deep nesting and 100,000 members", "bounded time and memory")
def deep(stage: Stage) -> Seen:
    depth = 100_000
    lines = ['{"vector":[1,0],"label":"a","x":' + "[" * depth + "]" * depth + "}"]
    members = ",".join(f'"k{j}":1' for j in range(100_000))
    lines += ['{"vector":[1,0],"label":"a",' + members + "}"]
    lines += ['{"vector":[0,1],"label":"b"}'] * 5
    return outcome(stage, "deep.jsonl", ("\n".join(lines) + "\n").encode(), 60)


@row("a gzip bomb", "refused in words; memory is bounded")
def bomb(stage: Stage) -> Seen:
    layer = gzip.compress(b"\0" * (64 << 20), compresslevel=9)
    # Members follow each other: 4 GiB of zeros in some megabytes.
    return outcome(stage, "bomb.jsonl.gz", layer * 64, 120, 2 * GIB)


@row("60 drops of one name", "the last costs as much as the first")
def same_name(stage: Stage) -> Seen:
    times = []
    for index in range(60):
        began = time.monotonic()
        stage.drop(stage.users.anna, "same.jsonl", spool.content(13, index))
        if not stage.wait(lambda: not (stage.inbox / "same.jsonl").exists(), 60):
            return Seen(False, f"drop {index} was never taken")
        times.append(time.monotonic() - began)
    first, last = sum(times[:10]) / 10, sum(times[-10:]) / 10
    return Seen(last < 3 * first + 0.5, f"first ten {first:.2f} s each, last ten {last:.2f} s each")


@row(
    "a file that needs too much memory",
    "it alone fails, and the reason says so",
    # Enough for the honest files, by what emend reckons with.
    arguments=("--memory", "0.5"),
)
def over_budget(stage: Stage) -> Seen:
    # 200 MB of vectors: several times that in memory.
    line = b'{"vector":[' + b",".join(b"0.5" for _ in range(1000)) + b'],"label":"a"}\n'
    name = "heavy.jsonl"

    def write() -> None:
        hidden = stage.inbox / ".heavy"
        with open(hidden, "wb") as file:
            for _ in range(50_000):
                file.write(line)
        os.chmod(hidden, 0o640)
        os.rename(hidden, stage.inbox / name)

    stage.users.mallory.does(write)
    failed = stage.wait(lambda: stage.is_failed(name), 120)
    reason = stage.failed / f"{name}.error.json"
    words = json.loads(reason.read_text()) if reason.exists() else {}
    held = failed and "memory" in words.get("message", "") + words.get("remedy", "")
    _, worker = stage.peaks()
    return Seen(held and worker < 600, f"{words.get('message', 'no end')[:90]} ({worker:.0f} MiB)")
