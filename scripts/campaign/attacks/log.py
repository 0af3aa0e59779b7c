"""Standard error that nobody reads, floods of events, and texts that a terminal would obey."""

import json
import os
import time

from .rows import Seen, none, row
from .stage import Stage

HARMFUL = ["\x1b", "\x07", "\x9b", "\u202e", "\u2028", "\u2066", "\x7f"]


@row("the log is a pipe that nobody reads", "work goes on", daemon=False)
def full_pipe(stage: Stage) -> Seen:
    reading, writing = os.pipe()
    try:
        stage.start(output=writing)
        os.close(writing)

        def flood() -> None:
            for index in range(3000):
                os.close(os.open(stage.inbox / f"odd-{index}.txt", os.O_CREAT | os.O_WRONLY, 0o640))

        stage.users.mallory.does(flood)
        return stage.aftermath(Seen(True, "3,000 ignored files"))
    finally:
        os.close(reading)


@row("a storm of renames", "the log stays small")
def rename_storm(stage: Stage) -> Seen:
    before = stage.log.stat().st_size

    def storm() -> int:
        count = 0
        end = time.monotonic() + 30
        path = str(stage.inbox / "storm-0.txt")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o640))
        while time.monotonic() < end:
            for _ in range(50):
                count += 1
                following = str(stage.inbox / f"storm-{count}.txt")
                os.rename(path, following)
                path = following
            time.sleep(0.001)
        os.unlink(path)
        return count

    count = stage.users.mallory.does(storm)
    stage.wait(lambda: stage.is_done("honest-0.jsonl"))
    size = stage.log.stat().st_size - before
    return Seen(size < 1 << 20, f"{count:,} renames, {size:,} bytes of log")


@row("a file that changes its name and is a dataset", "the log stays small")
def dataset_storm(stage: Stage) -> Seen:
    before = stage.log.stat().st_size

    def storm() -> int:
        count = 0
        end = time.monotonic() + 20
        while time.monotonic() < end:
            count += 1
            path = str(stage.inbox / f"blink-{count}.jsonl")
            os.symlink("nowhere", path)
            os.rename(path, path + ".part")
            os.unlink(path + ".part")
        return count

    count = stage.users.mallory.does(storm)
    size = stage.log.stat().st_size - before
    return Seen(size < 1 << 20, f"{count:,} links, {size:,} bytes of log")


@row("escapes in names, labels, texts and ids", "escaped in log, reasons, status and summary")
def escapes(stage: Stage) -> Seen:
    nasty = "".join(HARMFUL) + "[2J\x1b]0;x\x07"
    lines = [
        json.dumps({"id": f"{nasty}{i}", "text": f"{nasty} word {i}", "label": f"{nasty}{i % 2}"})
        for i in range(20)
    ]
    stage.drop(stage.users.mallory, f"{nasty}.jsonl", "\n".join(lines).encode())
    stage.drop(
        stage.users.mallory,
        f"bad{nasty}.jsonl",
        ('{"a": 1, "' + nasty + '": 2, "' + nasty + '": 3}\n').encode(),
    )
    stage.wait(lambda: any("bad" in path.name for path in stage.failed.iterdir()), 60)
    found = []
    places = {"the log": stage.text()}
    for path in stage.failed.glob("*.error.json"):
        places["error.json"] = path.read_text(errors="replace")
    _, places["status"] = stage.status()
    for place, text in places.items():
        for mark in HARMFUL:
            if mark in text:
                found.append(f"U+{ord(mark):04X} in {place}")
    return none(found, "all escaped")


@row("escapes, by emend run", "the terminal gets none", daemon=False)
def escapes_one_shot(stage: Stage) -> Seen:
    import subprocess

    nasty = "".join(HARMFUL)
    folder = stage.path(stage.users.anna, "")
    lines = [
        json.dumps(
            {"id": f"{nasty}{i}", "vector": [i % 2, 1 - i % 2, i / 99], "text": nasty}
            | {"label": f"{nasty}{(i + (i % 5 == 0)) % 2}"}
        )
        for i in range(40)
    ]
    (folder / "data.jsonl").write_bytes(("\n".join(lines) + "\nbad" + nasty + "\n").encode())
    result = subprocess.run(
        [stage.emend, "run", "data.jsonl", "--mode", "all"],
        cwd=folder,
        env=stage.environment(),
        capture_output=True,
        timeout=120,
    )
    text = (result.stdout + result.stderr).decode(errors="replace")
    return none([f"U+{ord(m):04X}" for m in HARMFUL if m in text], f"status {result.returncode}")


@row("one character of 4 MB", "messages are cut by bytes")
def one_character(stage: Stage) -> Seen:
    accents = "\u0301" * 2_000_000
    stage.drop(
        stage.users.mallory,
        "accents.jsonl",
        ('{"a' + accents + '": 1, "a' + accents + '": 2, "text": "x", "label": "y"}\n').encode(),
    )
    stage.wait(lambda: stage.is_over("accents.jsonl"), 60)
    reason = stage.failed / "accents.jsonl.error.json"
    size = reason.stat().st_size if reason.exists() else 0
    return Seen(size < 10_000 and len(stage.text()) < 100_000, f"error.json has {size:,} bytes")


@row("a file's content in the log", "none, unless asked for")
def content(stage: Stage) -> Seen:
    word = "confidential-7731"
    stage.drop(
        stage.users.anna,
        "private.jsonl",
        ('{"text": "x", "' + word + '": 1, "' + word + '": 2}\n').encode(),
    )
    stage.wait(lambda: stage.is_over("private.jsonl"), 60)
    return Seen(
        word not in stage.text(), "not in the log" if word not in stage.text() else "in the log"
    )
