"""What every campaign in this folder shares: a spool of its own, files to drop into it, the daemon,
and the census.

A campaign keeps its own books of what it dropped. At the end a census compares these books with the
folders, and with nothing else: not with the ledger, nor with what the daemon says about itself.
Only the standard library is imported.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import gzip
import hashlib
import json
import math
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "bench"))

import bench  # noqa: E402  (the tables and the machine's name)

DIMENSION = 8
OUTPUT, REPORT, REJECTED, REASON = b".jsonl", b".report.json", b".rejected.jsonl", b".error.json"
PAGE = b".report.html"
RENAME_NOREPLACE, AT_FDCWD, PR_SET_CHILD_SUBREAPER = 1, -100, 36
NOBODY = 65534


# --- the files that are dropped -------------------------------------------------------------------


def tag(number: int) -> str:
    """What the ids of content `number` begin with; it tells an output whatever its name."""
    return f"c{number:07d}"


def content(seed: int, number: int, least: int = 5, most: int = 20) -> bytes:
    """The JSON lines of content `number`: two clusters of ready vectors, every tenth label wrong.

    The same arguments give the same bytes, so the books need not keep them.
    """
    source = random.Random(seed * 1_000_003 + number)
    lines = []
    for index in range(source.randint(least, most)):
        label = source.randrange(2)
        centre = 0.5 if label else -0.5
        vector = ",".join(f"{centre + source.random() - 0.5:.4f}" for _ in range(DIMENSION))
        given = "ab"[label if source.random() > 0.1 else 1 - label]
        lines.append(f'{{"id":"{tag(number)}-{index}","vector":[{vector}],"label":"{given}"}}\n')
    return "".join(lines).encode()


def packed(data: bytes) -> bytes:
    """gzip, the same bytes every time."""
    return gzip.compress(data, compresslevel=1, mtime=0)


def unpacked(name: bytes, data: bytes) -> bytes:
    return gzip.decompress(data) if name.endswith(b".gz") else data


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Drop:
    """One file that was put into the inbox, as the campaign's books know it."""

    name: bytes
    digest: str
    number: int = -1  # of its content; −1: no usable content
    time: float = 0.0  # seconds since 1970, when it was complete under its name
    way: str = ""
    # good: must be done, with an output; either: that, or in failed; poison: in done or failed;
    # unfilled: empty, in the inbox, where it waits, or in failed
    kind: str = "good"
    least: int = 1  # how often its bytes must be found at least


# --- folders --------------------------------------------------------------------------------------


class Spool:
    """An inbox, an outbox, rules, state, and a staging folder on the inbox's file system."""

    def __init__(self, base: Path, outbox: Path | None = None) -> None:
        self.base = base
        self.inbox, self.rules, self.state = base / "inbox", base / "rules", base / "state"
        self.outbox = outbox or base / "outbox"
        self.staging = base / "staging"
        for folder in (self.inbox, self.outbox, self.rules, self.state, self.staging):
            folder.mkdir(parents=True, exist_ok=True)
        self.done, self.failed, self.claimed = (
            self.inbox / name for name in ("done", "failed", "claimed")
        )

    def arguments(self) -> list[str]:
        pairs = {
            "--inbox": self.inbox,
            "--outbox": self.outbox,
            "--rules": self.rules,
            "--state": self.state,
        }
        return [word for flag, folder in pairs.items() for word in (flag, str(folder))]


def listing(folder: Path) -> list[bytes]:
    """The names in a folder, as bytes; none where it is not there."""
    try:
        return sorted(os.listdir(os.fsencode(folder)))
    except (FileNotFoundError, NotADirectoryError):
        return []


def entry(folder: Path, name: bytes) -> bytes:
    return os.path.join(os.fsencode(folder), name)


def read(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def regular(folder: Path) -> list[bytes]:
    """The names of the regular files in a folder, hidden ones left out."""
    try:
        with os.scandir(os.fsencode(folder)) as entries:
            return sorted(
                e.name
                for e in entries
                if not e.name.startswith(b".") and e.is_file(follow_symlinks=False)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


_libc = ctypes.CDLL(None, use_errno=True)


def rename_new(source: bytes, target: bytes) -> None:
    """Renames, unless the target is there already: then `FileExistsError`.

    A daemon may put a file back under its name at any time; a campaign that overwrote it would find
    its own loss.
    """
    if _libc.renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fsdecode(target))


WAYS = ("write, rename", "write", "hard link", "move")


def drop(spool: Spool, name: bytes, data: bytes, way: str, owner: int | None = None) -> None:
    """Puts a file into the inbox in one of `WAYS`; `FileExistsError` where the name is taken."""
    target = entry(spool.inbox, name)
    unique = f"{os.getpid()}-{time.monotonic_ns()}".encode()
    if way == "write":
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            if owner is not None:
                os.fchown(descriptor, owner, owner)
            write_all(descriptor, data)
        finally:
            os.close(descriptor)
        return
    if way == "write, rename":
        # Half of them under a hidden name, half under a suffix that says that they are not
        # complete.
        hidden = int(unique[-1:]) % 2 == 0
        source = entry(spool.inbox, b"." + unique if hidden else unique + b".part")
    else:
        source = entry(spool.staging, unique)
    descriptor = os.open(source, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        if owner is not None:
            os.fchown(descriptor, owner, owner)
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
    try:
        if way == "hard link":
            os.link(source, target)
            os.unlink(source)
        else:
            rename_new(source, target)
    except OSError:
        os.unlink(source)
        raise


def write_all(descriptor: int, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += os.write(descriptor, data[done:])


# --- the daemon -----------------------------------------------------------------------------------


def become_subreaper() -> None:
    """Makes orphans this process's children, so that a worker that outlives its daemon is seen and
    ended.
    """
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def processes() -> dict[int, tuple[int, str]]:
    """Every process: its parent and its state letter."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{name}/stat").read_bytes().rsplit(b")", 1)[1].split()
            found[int(name)] = (int(fields[1]), fields[0].decode())
    return found


def descendants(of: int) -> list[int]:
    """The living processes below one, zombies left out."""
    table = processes()
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [of]
    while queue:
        for pid in children.get(queue.pop(), []):
            queue.append(pid)
            if table[pid][1] not in "ZX":
                found.append(pid)
    return found


def reap() -> None:
    """Takes note of the orphans that ended. Only for processes that are no `Popen` of this one."""
    for pid, (parent, state) in processes().items():
        if parent == os.getpid() and state == "Z" and pid not in Daemon.running:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def end_all() -> None:
    """Kills whatever this process started and is still there."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def megabytes(pid: int) -> float:
    """Resident memory in MiB; 0 where the process is gone."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def descriptors(pid: int) -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


class Daemon:
    """`emend watch` on a spool, in a session of its own; what it says goes to a file."""

    running: set[int] = set()

    def __init__(
        self,
        emend: str,
        spool: Spool,
        *extra: str,
        once: bool = False,
        prefix: Iterable[str] = (),
        log: Path | None = None,
    ) -> None:
        command = [
            *prefix,
            emend,
            "watch",
            *spool.arguments(),
            *(["--once"] if once else []),
            *extra,
        ]
        self.start(command, log or spool.base / "watch.log")

    @classmethod
    def of(cls, command: list[str], log: Path) -> Daemon:
        """Any other program, ended and watched in the same way."""
        self = cls.__new__(cls)
        self.start(command, log)
        return self

    def start(self, command: list[str], log: Path) -> None:
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.pid = self.process.pid
        self.started = time.monotonic()
        Daemon.running.add(self.pid)

    def alive(self) -> bool:
        return self.process.poll() is None

    def wait(self, timeout: float) -> int | None:
        """Its exit status; None where it is still there after `timeout` seconds."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        Daemon.running.discard(self.pid)
        return status

    def kill(self, everything: bool = False) -> None:
        """SIGKILL, to the daemon alone or to it and all its workers; returns when it is gone."""
        victims = [*descendants(self.pid), self.pid] if everything else [self.pid]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait(30)

    def terminate(self, timeout: float = 60) -> int | None:
        """SIGTERM; its exit status, None where it had to be killed."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        status = self.wait(timeout)
        if status is None:
            self.kill(everything=True)
        return status

    def last_words(self, count: int = 2000) -> str:
        with contextlib.suppress(OSError):
            return self.log.read_bytes()[-count:].decode(errors="replace")
        return ""


def outliving_workers(patience: float = 3.0) -> int:
    """How many workers are still there `patience` seconds after all daemons have gone; they are
    killed.
    """
    end = time.monotonic() + patience
    while True:
        reap()
        left = descendants(os.getpid())
        if not left or time.monotonic() > end:
            break
        time.sleep(0.01)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(left)


def waits(name: bytes) -> bool:
    """Whether a file of the inbox is one that the daemon must take."""
    if name.startswith(b".") or name.endswith((b".tmp", b".part", b".crdownload", b"~")):
        return False
    base = name
    for suffix in (b".gz", b".zst"):
        base = base.removesuffix(suffix)
    return base.endswith((b".jsonl", b".ndjson", b".json"))


def is_empty(spool: Spool, name: bytes) -> bool:
    try:
        return os.stat(entry(spool.inbox, name)).st_size == 0
    except FileNotFoundError:
        return False


def pending(spool: Spool) -> list[bytes]:
    """The files that are still to be worked on, in the inbox or claimed.

    Empty ones wait to be filled.
    """
    found = [name for name in regular(spool.inbox) if waits(name) and not is_empty(spool, name)]
    for owner in listing(spool.claimed):
        folder = spool.claimed / os.fsdecode(owner)
        found += regular(folder)
    return found


def drain(
    emend: str, spool: Spool, *extra: str, timeout: float, prefix: Iterable[str] = ()
) -> int | None:
    """Runs `emend watch --once` until the inbox is empty; its last exit status, None where it took
    too long.
    """
    end = time.monotonic() + timeout
    while True:
        daemon = Daemon(emend, spool, *extra, once=True, prefix=prefix)
        status = daemon.wait(max(1.0, end - time.monotonic()))
        if status is None:
            daemon.kill(everything=True)
            return None
        if not pending(spool) or time.monotonic() > end:
            return status
        time.sleep(0.2)


# --- what is found --------------------------------------------------------------------------------


@dataclass
class Found:
    """One output: the content it belongs to, and what is wrong with it."""

    name: bytes
    number: int = -1
    digest: str = ""  # of its input, as the report names it
    lines: int = 0
    rejected: int = 0
    partial: str = ""
    altered: str = ""


def outputs(folder: Path) -> list[bytes]:
    return [
        name for name in regular(folder) if name.endswith(OUTPUT) and not name.endswith(REJECTED)
    ]


def inspect(folder: Path, name: bytes, seed: int) -> Found:
    """Reads an output and compares it with the content that its ids name, line by line."""
    found = Found(name)
    stem = name.removesuffix(OUTPUT)
    try:
        data = read(entry(folder, name))
        report = json.loads(read(entry(folder, stem + REPORT)))
        found.digest, found.rejected = report["input"]["digest"], report["input"]["rejected"]
    except FileNotFoundError as error:
        found.partial = f"{os.fsdecode(error.filename)} is missing"
        return found
    except (ValueError, KeyError, TypeError):
        found.partial = "the report cannot be read"
        return found
    try:
        if not read(entry(folder, stem + PAGE)).endswith(b"</html>\n"):
            found.partial = "the page has no end"
    except FileNotFoundError:
        found.partial = "the page is missing"
    if found.rejected:
        try:
            rejected = read(entry(folder, stem + REJECTED))
            count = rejected.count(b"\n")
            if count != found.rejected:
                found.partial = f"{count} of {found.rejected} rejected lines"
        except FileNotFoundError:
            found.partial = "the rejected lines are missing"
    lines = data.split(b"\n")
    with contextlib.suppress(ValueError, KeyError, AttributeError, TypeError):
        found.number = int(json.loads(lines[0])["id"].split("-")[0].removeprefix("c"))
    if lines[-1] != b"":
        found.partial = "its last line has no end"
        return found
    lines.pop()
    found.lines = len(lines)
    if found.lines != report["input"]["records"]:
        found.partial = f"{found.lines} of {report['input']['records']} lines"
    try:
        records = [json.loads(line) for line in lines]
    except ValueError:
        found.partial = "a line cannot be read"
        return found
    if found.number < 0:
        return found
    source = [json.loads(line) for line in content(seed, found.number).splitlines()]
    if not found.rejected and len(source) != found.lines:
        found.partial = f"{found.lines} lines for an input of {len(source)}"
        return found
    known = {record["id"]: record for record in source}
    for record in records:
        own = record.pop("emend", None)
        if not isinstance(own, dict):
            found.altered = "a line without the member emend"
            return found
        if "original" in own:
            record["label"] = own["original"]
        if known.get(record.get("id")) != record:
            found.altered = f"line {record.get('id')} differs from its input"
            return found
    return found


BROKEN = ("lost", "partial", "twice", "altered", "in failed", "left over")


@dataclass
class Census:
    """What comparing the books with the folders found: per kind of broken promise, the cases."""

    cases: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in BROKEN})
    done: int = 0
    failed: int = 0
    skipped: int = 0
    published: int = 0
    reverted: int = 0

    def add(self, kind: str, text: str) -> None:
        self.cases[kind].append(text)

    def count(self, kind: str) -> int:
        return len(self.cases[kind])

    def total(self) -> int:
        return sum(map(len, self.cases.values()))

    def show(self, most: int = 5) -> None:
        """The first cases of each kind, on standard error."""
        for kind, cases in self.cases.items():
            for case in cases[:most]:
                print(f"  {kind}: {case}", file=sys.stderr)
            if len(cases) > most:
                print(f"  {kind}: {len(cases) - most} more", file=sys.stderr)


def census(
    spool: Spool,
    drops: list[Drop],
    seed: int,
    emend: str | None = None,
    revert_sample: int = 0,
    repeats: int = 0,
    done_folders: Iterable[Path] = (),
    outboxes: Iterable[Path] = (),
    clean: bool = True,
    ignored: Iterable[int] = (),
) -> Census:
    """Compares the books with the folders, which must be at rest.

    - `repeats`: how many outputs more than one a content may have that was dropped under several
      names, because the ledger that would have told was deleted.
    - `done_folders`, `outboxes`: folders that were moved away during the campaign, and count as
      well. The same content may have an output in each outbox, never two in one.
    - `clean`: the last run ended by itself, so nothing hidden may be left.
    - `ignored`: contents whose outputs may be of a part, as their files were taken while still
      being written.
    """
    result = Census()
    ignored = set(ignored)
    expected: dict[str, list[Drop]] = {}
    for one in drops:
        expected.setdefault(one.digest, []).append(one)
    archived: Counter[str] = Counter()
    set_aside: Counter[str] = Counter()
    for folder in (spool.done, *done_folders):
        for name in regular(folder):
            key = digest(read(entry(folder, name)))
            archived[key] += 1
            if key not in expected:
                result.add("altered", f"done/{os.fsdecode(name)} has bytes that nobody dropped")
    names = regular(spool.failed)
    for name in names:
        if name.endswith(REASON):
            try:
                reason = json.loads(read(entry(spool.failed, name)))
                if not {"code", "message"} <= set(reason):
                    result.add("in failed", f"{os.fsdecode(name)} lacks its code or message")
            except ValueError:
                result.add("partial", f"failed/{os.fsdecode(name)} cannot be read")
            continue
        key = digest(read(entry(spool.failed, name)))
        set_aside[key] += 1
        reason = ""
        with contextlib.suppress(OSError, ValueError, KeyError):
            reason = json.loads(read(entry(spool.failed, name + REASON)))["message"]
        if key not in expected:
            result.add("altered", f"failed/{os.fsdecode(name)} has bytes that nobody dropped")
        elif any(one.kind == "good" for one in expected[key]):
            result.add("in failed", f"{name!r}: {reason or 'no reason beside it'}")
    waiting: Counter[str] = Counter()
    for name in pending(spool):
        result.add("left over", f"{name!r} is still in the inbox or claimed")
    for folder in (
        spool.inbox,
        *(spool.claimed / os.fsdecode(owner) for owner in listing(spool.claimed)),
    ):
        for name in regular(folder):
            with contextlib.suppress(OSError):
                waiting[digest(read(entry(folder, name)))] += 1
    good: dict[int, list[Drop]] = {}
    for key, found in expected.items():
        least, most = sum(one.least for one in found), len(found)
        seen = archived[key] + set_aside[key] + waiting[key]
        if seen < least:
            result.add(
                "lost",
                f"{found[0].name!r} ({found[0].way}, {found[0].kind}): {seen} of {least} in done",
            )
        if seen > most:
            result.add("twice", f"{found[0].name!r}: {seen} times in done, dropped {most} times")
        for one in found:
            if one.number >= 0 and archived[key]:
                good.setdefault(one.number, []).append(one)
    result.done, result.failed = archived.total(), set_aside.total()

    published: Counter[int] = Counter()
    sample = random.Random(seed).sample
    everything: list[tuple[Path, Found]] = []
    for folder in (spool.outbox, *outboxes):
        here: Counter[int] = Counter()
        for name in outputs(folder):
            found = inspect(folder, name, seed)
            if found.number in ignored:
                continue
            if found.partial:
                result.add("partial", f"{os.fsdecode(name)}: {found.partial}")
            if found.altered:
                result.add("altered", f"{os.fsdecode(name)}: {found.altered}")
            if found.number >= 0:
                here[found.number] += 1
                everything.append((folder, found))
        for number, count in here.items():
            names = {one.name for one in good.get(number, [])}
            if count > 1 + min(repeats, max(0, len(names) - 1)):
                which = [
                    os.fsdecode(f.name)
                    for place, f in everything
                    if place == folder and f.number == number
                ]
                result.add("twice", f"{count} outputs of one content: {', '.join(which)}")
        published.update(here)
    result.published = published.total()
    for number, found in good.items():
        kinds = {one.kind for one in found}
        if number in ignored:
            continue
        if not published[number] and kinds & {"good", "either"}:
            result.add("lost", f"{found[0].name!r} is in done but has no output")
        result.skipped += len(found) - min(len(found), published[number])
    if emend and revert_sample:
        whole = [pair for pair in everything if not pair[1].partial and pair[1].number in good]
        for folder, found in sample(whole, min(revert_sample, len(whole))):
            data = reverted(emend, folder, found.name)
            result.reverted += 1
            if data is None:
                result.add("altered", f"emend revert of {os.fsdecode(found.name)} fails")
            elif digest(data) not in {found.digest, digest(content(seed, found.number))}:
                result.add(
                    "altered", f"emend revert of {os.fsdecode(found.name)} does not give the input"
                )
    if clean:
        for name in listing(spool.outbox):
            if name.startswith(b"."):
                result.add("left over", f"outbox/{os.fsdecode(name)}")
        names = set(listing(spool.outbox))
        for name in names:
            if name.endswith((REPORT, PAGE, REJECTED)):
                stem = name.removesuffix(REPORT).removesuffix(PAGE).removesuffix(REJECTED)
                if stem + OUTPUT not in names:
                    result.add("left over", f"outbox/{os.fsdecode(name)} belongs to no output")
        for owner in listing(spool.claimed):
            for name in listing(spool.claimed / os.fsdecode(owner)):
                if name != b".owner":
                    result.add("left over", f"claimed/{os.fsdecode(owner)}/{os.fsdecode(name)}")
    return result


def reverted(emend: str, folder: Path, name: bytes) -> bytes | None:
    """What `emend revert` makes of an output; None where it fails."""
    stem = name.removesuffix(OUTPUT)
    with tempfile.TemporaryDirectory() as place:
        # Under a plain name: a command line cannot always say the real one.
        for suffix in (OUTPUT, REPORT, REJECTED):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(
                    entry(folder, stem + suffix), entry(Path(place), b"output" + suffix)
                )
        found = subprocess.run(
            [os.fsencode(emend), b"revert", entry(Path(place), b"output" + OUTPUT)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    return found.stdout if found.returncode == 0 else None


class Eye:
    """Looks at an outbox again and again: whatever has its name there must be complete, and stay as
    it is.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.known: dict[tuple[Path, bytes], tuple[tuple[int, int, int], str]] = {}
        self.partial: list[str] = []
        self.ignored: set[int] = set()
        self.looks = 0

    def look(self, folder: Path) -> None:
        self.looks += 1
        for name in outputs(folder):
            with contextlib.suppress(FileNotFoundError):
                path = entry(folder, name)
                status = os.stat(path)
                mark = (status.st_ino, status.st_size, status.st_mtime_ns)
                before = self.known.get((folder, name))
                if before is not None and before[0] == mark:
                    continue
                found, key = inspect(folder, name, self.seed), digest(read(path))
                # A set that could not be synced may be taken back as a whole: then this is no
                # output.
                os.stat(path)
                if (found.partial or found.altered) and found.number not in self.ignored:
                    self.partial.append(f"{os.fsdecode(name)}: {found.partial or found.altered}")
                elif before is not None and before[1] != key:
                    self.partial.append(f"{os.fsdecode(name)} has other bytes than before")
                self.known[folder, name] = (mark, key)

    def forget(self, folder: Path) -> None:
        """The folder was moved away."""
        self.known = {key: value for key, value in self.known.items() if key[0] != folder}


# --- the frame of a campaign ----------------------------------------------------------------------


def options(description: str | None, seed: int = 1) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--emend", default=bench.default_emend())
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument(
        "--folder", type=Path, help="where the temporary folder is made (default: the system's)"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the temporary folder where something is broken"
    )
    return parser


class Interrupted(Exception):
    """Somebody wants the campaign to end."""


@contextlib.contextmanager
def temporary(chosen: argparse.Namespace, name: str) -> Iterator[Path]:
    """A folder of the campaign's own, gone at its end like every process that it started."""

    def interrupt(*_: object) -> None:
        raise Interrupted

    signal.signal(signal.SIGTERM, interrupt)
    become_subreaper()
    raise_limit()
    base = Path(tempfile.mkdtemp(prefix=f"emend-{name}-", dir=chosen.folder))
    kept = False
    try:
        yield base
    except BaseException:
        kept = chosen.keep
        raise
    finally:
        end_all()
        outliving_workers(1.0)
        kept = kept or (chosen.keep and (base / "keep").exists())
        if kept:
            print(f"left for a look: {base}", file=sys.stderr)
        else:
            remove(base)


def raise_limit() -> None:
    """As many open files as the system lets us have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def remove(folder: Path) -> None:
    shutil.rmtree(os.fsencode(folder), ignore_errors=True)


def keep(base: Path) -> None:
    """Asks `temporary` to leave the folder, where the option says so."""
    (base / "keep").touch()


def log_uniform(source: random.Random, least: float, most: float) -> float:
    return math.exp(source.uniform(math.log(least), math.log(most)))


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all lie (nearest rank); not a number for none."""
    ordered = sorted(values)
    return (
        ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
        if ordered
        else math.nan
    )


def end_with(found: Census, base: Path, others: Sequence[tuple[str, bool, str]] = ()) -> int:
    """Prints every promise with what was found; the exit status."""
    found.show()
    meanings = {
        "lost": "0 lost",
        "partial": "0 partial",
        "twice": "0 twice",
        "altered": "0 altered",
        "in failed": "0 good files in failed",
        "left over": "0 left in claimed, in the inbox or hidden in the outbox",
    }
    checks = [
        (text, not found.count(kind), str(found.count(kind))) for kind, text in meanings.items()
    ]
    status = bench.verdict([*checks, *others])
    if status:
        keep(base)
    return status


def progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def is_free(error: OSError) -> bool:
    """Whether a drop failed only because its name was taken, or its folder away, for the moment."""
    return error.errno in (errno.EEXIST, errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR)
