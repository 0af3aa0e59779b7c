"""What a member of the group, and a reader of results, may and may not do in the folders."""

import contextlib
import os
from pathlib import Path

from .rows import Seen, none, row
from .stage import SECRET, Stage


def touch(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640))


@row("rename and remove others' files", "only the owner of a file and the service may")
def others_files(stage: Stage) -> Seen:
    mallory, anna = stage.users.mallory, stage.users.anna
    victim = str(stage.inbox / "slow.part")
    anna.does(touch, victim)
    own = str(stage.inbox / "own.part")
    mallory.does(touch, own)
    found = []
    if mallory.may(os.rename, victim, str(stage.inbox / "stolen.jsonl")):
        found.append("renamed anna's file")
    if mallory.may(os.unlink, victim):
        found.append("removed anna's file")
    if mallory.may(os.rename, own, victim):
        found.append("replaced anna's file")
    if not mallory.may(os.unlink, own):
        found.append("could not remove her own")
    return none(found, "all refused")


@row("rename and remove the service's folders", "claimed, done and failed stay")
def own_folders(stage: Stage) -> Seen:
    mallory = stage.users.mallory
    found = []
    for name in ("claimed", "done", "failed"):
        folder = stage.inbox / name
        if mallory.may(os.rename, str(folder), str(stage.inbox / f"{name}-away")):
            found.append(f"renamed {name}")
        if mallory.may(os.rmdir, str(folder)):
            found.append(f"removed {name}")
        if mallory.may(touch, str(folder / "mine")):
            found.append(f"wrote into {name}")
    return none(found, "all refused")


@row("look where nobody else should", "claimed, state and cache are the service's alone")
def private_folders(stage: Stage) -> Seen:
    stage.wait(lambda: stage.is_done("honest-0.jsonl"))
    found = []
    for user, name in ((stage.users.mallory, "a member"), (stage.users.reader, "a reader")):
        for folder in (stage.claimed, stage.state, stage.cache):
            if user.may(os.listdir, str(folder)):
                found.append(f"{name} listed {folder.name}")
    return none(found, "all refused")


@row("droppers and readers", "droppers need the inbox alone, readers the outbox alone")
def two_groups(stage: Stage) -> Seen:
    stage.wait(lambda: stage.is_done("honest-0.jsonl"))
    result = str(stage.outbox / "honest-0.jsonl")
    mallory, reader = stage.users.mallory, stage.users.reader
    found = []
    if mallory.may(Path.read_bytes, Path(result)):
        found.append("a dropper read a result")
    if reader.may(os.listdir, str(stage.inbox)):
        found.append("a reader listed the inbox")
    if not reader.may(Path.read_bytes, Path(result)):
        found.append("a reader could not read a result")
    for user in (mallory, reader):
        if user.may(touch, str(stage.outbox / "fake.jsonl")):
            found.append("a member wrote into the outbox")
    return none(found, "as it should be")


@row("the reason of a failure", "who dropped a file can read why it failed")
def reason(stage: Stage) -> Seen:
    stage.drop(stage.users.anna, "bad.jsonl", b"nonsense\n")
    path = stage.failed / "bad.jsonl.error.json"
    if not stage.wait(path.exists):
        return Seen(False, "no reason was written")
    return Seen(stage.users.anna.may(Path.read_bytes, path), "it was read")


@row("the environment of daemon and worker", "no member reads it; no worker has the server's key")
def environment(stage: Stage) -> Seen:
    found = []
    for number in range(3):
        stage.drop(stage.users.anna, f"work-{number}.jsonl", b'{"text": "a", "label": "b"}\n')
    stage.wait(lambda: bool(stage.workers()), 30)
    workers = stage.workers()
    assert stage.process is not None
    for pid in (stage.process.pid, *workers):
        if stage.users.mallory.may(Path.read_bytes, Path(f"/proc/{pid}/environ")):
            found.append("a member read an environment")
    for pid in workers:
        with contextlib.suppress(OSError):
            if SECRET.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.append("a worker has the secret")
            if "Max core file size" in (limits := Path(f"/proc/{pid}/limits").read_text()) and (
                limits.split("Max core file size")[1].split()[0] != "0"
            ):
                found.append("a worker may dump core")
    if not workers:
        found.append("no worker was seen")
    return none(found, "all refused")
