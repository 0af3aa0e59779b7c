"""The ledger, when somebody else holds it or it cannot be written."""

import os
import signal
import sqlite3
import time

from .rows import Seen, row
from .stage import Stage


@row(
    "another process holds the ledger",
    "work goes on; the beat is on time",
    arguments=("--jobs", "2"),
)
def held(stage: Stage) -> Seen:
    stage.wait(lambda: stage.is_done("honest-0.jsonl"))
    is_held, holds = os.pipe()
    child = os.fork()
    if child == 0:
        stage.users.service.become()
        ledger = sqlite3.connect(stage.state / "ledger.sqlite", isolation_level=None, timeout=30)
        ledger.execute("BEGIN EXCLUSIVE")
        os.write(holds, b"!")
        signal.pause()
        os._exit(0)
    os.close(holds)
    try:
        # An empty read means that the child ended without the ledger: then nothing was attacked.
        if os.read(is_held, 1) != b"!":
            return Seen(False, "the ledger could not be held")
        for _ in range(16):
            stage.drop_honest()
        done = stage.wait(lambda: all(stage.is_done(name) for name in stage.honest), 60)
        return Seen(done, "16 files beside it" if done else "files wait for the ledger")
    finally:
        os.close(is_held)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@row("workers are killed again and again", "good files are not condemned")
def killed(stage: Stage) -> Seen:
    end = time.monotonic() + 20
    kills = 0
    while time.monotonic() < end:
        if len(stage.honest) < 12:
            stage.drop_honest()
        for worker in stage.workers():
            os.kill(worker, signal.SIGSEGV)
            kills += 1
        time.sleep(0.5)
    condemned = [name for name in stage.honest if stage.is_failed(name)]
    return Seen(not condemned, f"{kills} kills, {len(condemned)} files condemned")


@row("two daemons, one state folder", "each has metrics of its own")
def two_metrics(stage: Stage) -> Seen:
    stage.start_another()
    stage.wait(lambda: len(list(stage.state.glob("*.prom"))) > 1, 30)
    found = sorted(path.name for path in stage.state.glob("*.prom"))
    return Seen(len(found) == 2, ", ".join(found))
