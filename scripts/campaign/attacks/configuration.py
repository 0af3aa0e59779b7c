"""Folders that are the same, other people's folders as the current one, and their rules."""

import os
import shutil
import socket
import subprocess
import threading

import spool

from .rows import Seen, none, row
from .stage import Stage


def watch(stage: Stage, **folders: str) -> int:
    """The exit status of a daemon on some folders; −1 where it starts."""
    command = [stage.emend, "watch"]
    for name, path in folders.items():
        command += [f"--{name}", path]
    try:
        return subprocess.run(
            command, env=stage.environment(), capture_output=True, timeout=5
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


@row("folders that are the same or lie in each other", "exit status 64", daemon=False)
def same_folders(stage: Stage) -> Seen:
    base = stage.base / "same"
    for name in ("in", "out", "in/deep/out", "in/claimed"):
        (base / name).mkdir(parents=True)
    os.symlink("in", base / "alias")
    places = {name: str(base / name) for name in ("in", "out", "alias")}
    inbox, outbox, alias = places["in"], places["out"], places["alias"]
    state = str(base / "state")
    cases = [
        {"inbox": inbox, "outbox": inbox},
        {"inbox": inbox, "outbox": alias},
        {"inbox": inbox, "outbox": f"{alias}/deep/out"},
        {"inbox": inbox, "outbox": f"{outbox}/../in"},
        {"inbox": inbox, "outbox": outbox, "done": outbox},
        {"inbox": inbox, "outbox": outbox, "failed": f"{inbox}/done"},
        {"inbox": inbox, "outbox": outbox, "done": inbox},
        {"inbox": inbox, "outbox": outbox, "done": f"{inbox}/claimed/x"},
        {"inbox": f"{outbox}/in", "outbox": outbox},
        {"inbox": inbox, "outbox": f"{inbox}/new"},
    ]
    found = []
    for case in cases:
        status = watch(stage, **{"state": state, **case})
        if status != 64:
            found.append(f"{status} for {sorted(case.values())}")
    if watch(stage, inbox=inbox, outbox=outbox, state=outbox) != 64:
        found.append("the state folder may be the outbox")
    return none(found, f"{len(cases) + 1} refused")


@row("a library in the current folder", "nothing of it is loaded", daemon=False)
def foreign_home(stage: Stage) -> Seen:
    folder = stage.path(stage.users.mallory, "trap")
    library = folder / ".emend" / "openvino" / "lib"
    library.mkdir(parents=True)
    marker = folder / "loaded"
    source = folder / "evil.c"
    source.write_text(
        "#include <fcntl.h>\n__attribute__((constructor)) static void f(void)"
        f' {{ open("{marker}", O_CREAT | O_WRONLY, 0644); }}\n'
    )
    names = ["libopenvino_c.so.9999", "libcurl.so.4", "libcurl-gnutls.so.4"]
    for place in (library, folder):
        for name in names:
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", place / name, source], check=True)
    # Vectors: the search for neighbours opens the library without asking for a model first.
    (folder / "x.jsonl").write_bytes(spool.content(3, 1))
    environment = stage.environment()
    del environment["EMEND_HOME"]
    for command in (["run", "x.jsonl"], ["bench", "encode", "x.jsonl"], ["model", "list"]):
        subprocess.run(
            [stage.emend, *command], cwd=folder, env=environment, capture_output=True, timeout=120
        )
    return Seen(not marker.exists(), "it was loaded" if marker.exists() else "not loaded")


@row(
    "rules in the current folder send texts away",
    "refused unless they are named",
    daemon=False,
)
def foreign_rules(stage: Stage) -> Seen:
    folder = stage.path(stage.users.mallory, "folder")
    (folder / "rules").mkdir(parents=True)
    (folder / "q.jsonl").write_bytes(
        b'{"query": "who?", "passages": [{"id": "a", "text": "Ann"}, {"id": "b", "text": "No"}]}\n'
    )
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    asked = threading.Event()
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            try:
                listener.accept()[0].close()
                asked.set()
            except TimeoutError:
                pass

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    found = []
    base = f'address: "http://127.0.0.1:{listener.getsockname()[1]}/v1", model: m'
    for more in ("remote: true", "key_variable: HOME", "key_file: /etc/hostname"):
        (folder / "rules" / "default.yaml").write_text(f"utility: {{server: {{{base}, {more}}}}}\n")
        result = subprocess.run(
            [stage.emend, "run", "q.jsonl"],
            cwd=folder,
            env=stage.environment(),
            capture_output=True,
            timeout=120,
        )
        if result.returncode == 0 or asked.is_set():
            found.append(f"{more} counted")
        asked.clear()
    stop.set()
    thread.join()
    listener.close()
    return none(found, "all refused")


@row("collide: an input called a.rejected.jsonl", "revert gives no foreign line", daemon=False)
def collide(stage: Stage) -> Seen:
    folder = stage.path(stage.users.anna, "collide")
    folder.mkdir()
    data = spool.content(5, 1)
    (folder / "a.jsonl").write_bytes(data)
    foreign = {"line": 3, "byte": 0, "column": 1, "reason": "x", "remedy": "y"}
    text = ", ".join(
        f'"{k}": {v if isinstance(v, int) else chr(34) + v + chr(34)}' for k, v in foreign.items()
    )
    (folder / "a.rejected.jsonl").write_text(
        "{"
        + text
        + ', "text": "{\\"text\\": \\"foreign\\", \\"label\\": \\"b\\"}", "terminator": "\\n"}\n'
    )

    def emend(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [stage.emend, *words],
            cwd=folder,
            env=stage.environment(),
            capture_output=True,
            timeout=120,
        )

    emend("run", "a.jsonl", "--outbox", "out")
    emend("run", "a.rejected.jsonl", "--outbox", "out")
    outputs = folder / "out"
    if not (outputs / "a.jsonl").exists():
        return Seen(False, "no output")
    shutil.copy(folder / "a.rejected.jsonl", outputs / "a.rejected.jsonl")
    result = emend("revert", "out/a.jsonl")
    held = result.returncode != 0 or result.stdout == data
    return Seen(
        held, f"status {result.returncode}, {'right' if result.stdout == data else 'other'} bytes"
    )
