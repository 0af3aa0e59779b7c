"""A model server that accepts and stays silent, and the key that it is given."""

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

from .rows import Seen, none, row
from .stage import Stage

QUERIES = b'{"query": "who?", "passages": [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}]}\n'


@contextlib.contextmanager
def silent_server():
    """A port here that accepts connections and never answers; and the connections so far."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []
    stop = threading.Event()

    def accept() -> None:
        listener.settimeout(0.2)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                kept.append(listener.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], kept
    finally:
        stop.set()
        thread.join()
        for connection in kept:
            connection.close()
        listener.close()


def rules(port: int, more: str = "") -> str:
    return (
        "match: [query*.jsonl]\nutility: {scorer: judge, server: "
        f'{{address: "http://127.0.0.1:{port}/v1", model: m, timeout_seconds: 60{more}}}}}\n'
    )


@row("a server that never answers", "only files that need it wait", daemon=False)
def hanging(stage: Stage) -> Seen:
    with silent_server() as (port, connections):
        (stage.rules / "query.yaml").write_text(rules(port))
        stage.start()
        for index in range(5):
            stage.drop(stage.users.anna, f"query-{index}.jsonl", QUERIES)
        if not stage.wait(lambda: connections):
            return Seen(False, "the server was never asked")
        began = time.monotonic()
        for _ in range(5):
            stage.drop_honest()
        stage.wait(lambda: all(stage.is_done(name) for name in stage.honest), 120)
        seconds = time.monotonic() - began
        condemned = [i for i in range(5) if stage.is_failed(f"query-{i}.jsonl")]
        held = seconds < 60 and not condemned
        seen = Seen(held, f"5 other files in {seconds:.1f} s, {len(condemned)} condemned")
        return stage.aftermath(seen)


@row("the server's key", "only a worker that needs it has it in its memory", daemon=False)
def key(stage: Stage) -> Seen:
    secret = "sk-attack-4e1c7a90"
    path = stage.base / "server-key"
    path.write_text(secret + "\n")
    os.chown(path, stage.users.service.uid, -1)
    os.chmod(path, 0o400)
    with silent_server() as (port, _):
        (stage.rules / "query.yaml").write_text(rules(port, f", key_file: {json.dumps(str(path))}"))
        stage.start()
        stage.drop_honest()
        stage.wait(lambda: stage.is_done("honest-0.jsonl"))
        found = [f"the memory of {pid}" for pid in processes(stage) if holds(pid, secret)]
        stage.drop(stage.users.anna, "query-0.jsonl", QUERIES)
        stage.wait(lambda: any(holds(pid, secret) for pid in stage.workers()), 30)
        assert stage.process is not None
        if holds(stage.process.pid, secret):
            found.append("the daemon's memory")
        if not any(holds(pid, secret) for pid in stage.workers()):
            found.append("(no worker ever had it)")
        for pid in processes(stage):
            if secret.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(f"the environment of {pid}")
        return stage.aftermath(none(found, "only the worker with the query"))


def processes(stage: Stage) -> list[int]:
    assert stage.process is not None
    return [stage.process.pid, *stage.workers()]


def holds(pid: int, secret: str) -> bool:
    """Whether a process has a text anywhere in memory that it can write to."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, access = line.split()[:2]
            if not access.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(start)
                if secret.encode() in memory.read(min(end - start, 256 << 20)):
                    return True
    return False


@row("a key in the daemon's environment", "refused at the start, with the remedy", daemon=False)
def key_variable(stage: Stage) -> Seen:
    (stage.rules / "query.yaml").write_text(rules(1, ", key_variable: SECRET_OF_THE_SERVICE"))
    result = subprocess.run(
        stage.command("--once"), env=stage.environment(), capture_output=True, timeout=60
    )
    words = result.stderr.decode(errors="replace")
    held = result.returncode != 0 and "key_file" in words
    return Seen(held, f"status {result.returncode}: {words.strip()[-80:]}")
