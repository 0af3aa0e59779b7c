#!/usr/bin/env python3
"""An hour of everything that happens to a watched folder, at random, and then the count.

  scripts/campaign/soak.py [--emend PATH] [--seed 1] [--minutes 60] [--rate 2] [--outbox-size 256m]
                           [--settle 1]

Two daemons watch one inbox. One lives from the beginning to the end: from it come memory and
descriptors, and it is only asked to reload. The other is killed, terminated and started again all
the time, so that dead claims, half-done work and two daemons at once occur throughout and the
figures of the first still cover the whole time.

Events: files of all sorts (see the table), signals, rights taken away and given back, a full disk
(a small tmpfs that holds the outbox, filled with ballast), folders and the ledger removed. Checked
all the time: whatever has its name in the outbox is complete and stays as it is, and no file is
taken while it is being written, unless a daemon started meanwhile. At the end, after all is healed
and drained: nothing lost, partial, twice or altered, no good file in failed, nothing left over,
symbolic links' targets and folders untouched. An output more of the same content is right where the
ledger that knew of it was deleted, and one in each outbox where that was moved away.

The superuser runs the daemons as nobody, since rights do not bind the superuser, and mounts the
tmpfs. Without these rights the events that need them are left out, with a note.
"""

import argparse
import contextlib
import errno
import heapq
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import spool
from spool import NOBODY, Daemon, Drop, Eye, Spool, bench

# What happens, how often in comparison, and what it needs.
EVENTS = {
    "good": 40,
    "same content, other name": 4,
    "same name, new content": 4,
    "name of spaces": 2,
    "name with a newline": 1,
    "name that is no UTF-8": 2,
    "name of 255 bytes": 1,
    "binary junk": 3,
    "empty": 2,
    "truncated gz": 2,
    "symbolic link within": 1,
    "symbolic link out": 1,
    "folder with a file's name": 1,
    "slow copy": 4,
    "deleted right away": 3,
    "file unreadable for a while": 3,
    "SIGKILL": 3,
    "SIGKILL, workers too": 2,
    "SIGTERM": 2,
    "SIGHUP": 2,
    "inbox forbidden for a while": 0.7,
    "outbox forbidden for a while": 0.7,
    "disk full for a while": 0.7,
    "inbox/done removed": 0.5,
    "outbox removed": 0.4,
    "state removed": 0.3,
    "ledger deleted": 0.3,
}
GROWTH, SLACK, MORE_DESCRIPTORS = 1.25, 16.0, 8


class Figures(threading.Thread):
    """Memory, descriptors and the ledger's size, every few seconds."""

    def __init__(self, daemon: Daemon, state: Path, every: float) -> None:
        super().__init__(daemon=True)
        self.daemon_process, self.state, self.every = daemon, state, every
        self.samples: list[tuple[float, int, int]] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(self.every):
            pid = self.daemon_process.pid
            memory, count = spool.megabytes(pid), spool.descriptors(pid)
            if memory:
                self.samples.append((memory, count, self.ledger()))

    def ledger(self) -> int:
        """Bytes, with what is not merged into it yet."""
        total = 0
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                total += os.stat(self.state / f"ledger.sqlite{suffix}").st_size
        return total

    def levels(self, index: int) -> tuple[float, float]:
        """The medians of the second and of the last tenth; the first is warming up."""
        tenth = max(1, len(self.samples) // 10)
        values = [sample[index] for sample in self.samples] or [0]
        return statistics.median(values[tenth : 2 * tenth] or values), statistics.median(
            values[-tenth:]
        )


class Soak:
    def __init__(
        self, chosen: argparse.Namespace, base: Path, small: Path | None, prefix: list[str]
    ) -> None:
        self.chosen, self.base, self.small, self.prefix = chosen, base, small, prefix
        self.place = Spool(base, (small or base) / "outbox")
        self.owner = NOBODY if prefix else None
        self.source = random.Random(chosen.seed)
        self.eye = Eye(chosen.seed)
        self.removed, self.outside = base / "removed", base / "outside"
        for folder in (self.removed, self.outside):
            folder.mkdir()
        for folder in (
            base,
            self.place.inbox,
            self.place.outbox,
            self.place.rules,
            self.place.state,
            small,
        ):
            if folder is not None:
                self.give(folder)
        self.drops: list[Drop] = []
        self.numbers = 0
        self.counts: Counter[str] = Counter()
        self.impossible: Counter[str] = Counter()
        self.later: list[tuple[float, int, Callable[[], None]]] = []
        self.order = 0
        self.held: set[str] = set()  # what is taken away just now
        self.done_folders: list[Path] = []
        self.outboxes: list[Path] = []
        self.linked: set[bytes] = set()  # names that links within the inbox point to
        self.links: list[tuple[Path, bytes]] = []
        self.folders: list[tuple[bytes, bytes]] = []
        self.early: list[str] = []
        self.early_after_start = 0
        self.ignored: set[int] = set()
        self.starts = 0
        self.ledgers_lost = 0
        self.extra = ["--jobs", str(chosen.jobs), "--settle", str(chosen.settle), "--threads", "1"]
        self.steady = self.start("steady")
        self.mortal: Daemon | None = self.start("mortal")
        self.surprises: list[str] = []

    def give(self, folder: Path) -> None:
        os.chmod(folder, 0o755)
        if self.owner is not None:
            os.chown(folder, self.owner, self.owner)

    def start(self, name: str) -> Daemon:
        self.starts += 1
        return Daemon(
            self.chosen.emend,
            self.place,
            *self.extra,
            prefix=self.prefix,
            log=self.base / f"{name}.log",
        )

    # --- time

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.order += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.order, action))

    def act(self, until: float) -> None:
        """Does what is due, and waits until then."""
        while True:
            now = time.monotonic()
            while self.later and self.later[0][0] <= now:
                heapq.heappop(self.later)[2]()
            now = time.monotonic()
            if now >= until:
                return
            due = self.later[0][0] if self.later else until
            time.sleep(max(0, min(until - now, due - now, 0.5)) + 0.001)

    # --- files

    def fresh(self) -> tuple[int, bytes, bytes]:
        """A new content: its number, a name for it and its bytes."""
        number = self.numbers
        self.numbers += 1
        return number, f"f{number:06d}.jsonl".encode(), spool.content(self.chosen.seed, number)

    def put(
        self, name: bytes, data: bytes, number: int = -1, kind: str = "good", least: int = 1
    ) -> Drop:
        way = self.source.choice(spool.WAYS)
        owner = self.owner if self.source.random() < 0.5 else None
        spool.drop(self.place, name, data, way, owner)
        one = Drop(name, spool.digest(data), number, time.time(), way, kind, least)
        self.drops.append(one)
        if (
            name in self.linked
        ):  # the link may be taken as a file of its own, with what it now shows
            self.drops.append(
                Drop(b"link to " + name, one.digest, number, one.time, "link", "either", 0)
            )
        return one

    def earlier(self) -> Drop:
        """A good file that was dropped before."""
        usable = [one for one in self.drops if one.kind == "good" and one.name.endswith(b".jsonl")]
        if not usable:
            raise FileNotFoundError(errno.ENOENT, "nothing was dropped yet")
        return self.source.choice(usable)

    def event(self, name: str) -> None:
        """One event; `OSError` where it is not possible just now."""
        number, file, data = -1, b"", b""
        if name not in self.without_content():
            number, file, data = self.fresh()
        junk = self.source.randbytes(self.source.randint(1, 5000))
        unique = f"{self.numbers:06d}-{len(self.drops)}".encode()
        match name:
            case "good":
                if self.source.random() < 0.1:
                    file, data = file + b".gz", spool.packed(data)
                self.put(file, data, number)
            case "same content, other name":
                before = self.earlier()
                self.put(
                    b"again-" + unique + b".jsonl",
                    spool.content(self.chosen.seed, before.number),
                    before.number,
                )
            case "same name, new content":
                self.put(self.earlier().name, data, number)
            case "name of spaces":
                self.put(b" a file  of " + unique + b" .jsonl", data, number)
            case "name with a newline":
                self.put(b"two\nlines-" + unique + b".jsonl", data, number)
            case "name that is no UTF-8":
                self.put(b"caf\xe9-\xff\xfe-" + unique + b".jsonl", data, number)
            case "name of 255 bytes":
                self.put(
                    b"long-" + unique.ljust(244, b"x") + b".jsonl", data, number, kind="either"
                )
            case "binary junk":
                self.put(b"junk-" + unique + b".jsonl", junk, kind="poison")
            case "empty":
                self.put(b"empty-" + unique + b".jsonl", b"", kind="unfilled")
            case "truncated gz":
                self.put(
                    b"cut-" + unique + b".jsonl.gz", spool.packed(junk + data)[:-20], kind="poison"
                )
            case "symbolic link within":
                self.put(file, data, number)
                self.linked.add(file)
                link = b"within-" + unique + b".jsonl"
                os.symlink(file, spool.entry(self.place.inbox, link))
                # Taken before the file itself, its content is put away under both names.
                self.drops.append(
                    Drop(
                        link, spool.digest(data), number, time.time(), "symbolic link", "either", 0
                    )
                )
            case "symbolic link out":
                target = self.outside / f"{number}.jsonl"
                target.write_bytes(data)
                os.symlink(target, spool.entry(self.place.inbox, b"out-" + unique + b".jsonl"))
                self.links.append((target, data))
            case "folder with a file's name":
                folder = spool.entry(self.place.inbox, b"folder-" + unique + b".jsonl")
                os.mkdir(folder)
                with open(os.path.join(folder, b"inner.jsonl"), "wb") as inner:
                    inner.write(data)
                self.folders.append((os.path.join(folder, b"inner.jsonl"), data))
            case "slow copy":
                self.copy_slowly(number, file, data)
            case "deleted right away":
                self.delete(number, file, data)
            case "file unreadable for a while":
                self.hide(number, file, data)
            case "SIGKILL" | "SIGKILL, workers too" | "SIGTERM":
                self.end_mortal(name)
            case "SIGHUP":
                for daemon in (self.steady, self.mortal):
                    # Not in its first second: before it listens, the signal would simply end it.
                    if daemon and daemon.alive() and time.monotonic() - daemon.started > 1:
                        os.kill(daemon.pid, signal.SIGHUP)  # setpriv has become the daemon
            case "inbox forbidden for a while":
                self.forbid(self.place.inbox)
            case "outbox forbidden for a while":
                self.forbid(self.place.outbox)
            case "disk full for a while":
                self.fill_disk()
            case "inbox/done removed" | "outbox removed" | "state removed":
                self.remove(name.split()[0])
            case "ledger deleted":
                for suffix in ("", "-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(self.place.state / f"ledger.sqlite{suffix}")
                self.ledgers_lost += 1
        self.counts[name] += 1

    @staticmethod
    def without_content() -> set[str]:
        names = list(EVENTS)
        return {
            "same content, other name",
            "binary junk",
            "empty",
            *names[names.index("SIGKILL") :],
        }

    def copy_slowly(self, number: int, name: bytes, data: bytes) -> None:
        """Half of a file, a pause longer than the settle time, the other half."""
        path = spool.entry(self.place.inbox, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        half = len(data) // 2 + 3
        if self.owner is not None and self.source.random() < 0.5:
            os.fchown(descriptor, self.owner, self.owner)
        spool.write_all(descriptor, data[:half])
        starts = self.starts

        def finish() -> None:
            with contextlib.suppress(FileNotFoundError):
                same = os.stat(path).st_ino == os.fstat(descriptor).st_ino
                if same:
                    spool.write_all(descriptor, data[half:])
                    os.close(descriptor)
                    self.drops.append(
                        Drop(name, spool.digest(data), number, time.time(), "slow copy")
                    )
                    return
            # Taken before it was closed: what is in done may be the half or the whole.
            self.ignored.add(number)
            self.eye.ignored.add(number)
            spool.write_all(descriptor, data[half:])
            os.close(descriptor)
            for part in (data, data[:half]):
                self.drops.append(
                    Drop(name, spool.digest(part), number, time.time(), "slow copy", "either", 0)
                )
            if self.starts == starts:
                self.early.append(os.fsdecode(name))
            else:
                self.early_after_start += 1

        self.after(self.chosen.settle * self.source.uniform(1.5, 4), finish)

    def delete(self, number: int, name: bytes, data: bytes) -> None:
        one = self.put(name, data, number)
        time.sleep(self.source.choice((0, 0, 0.001, 0.01)))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(spool.entry(self.place.inbox, name))
            one.kind, one.least = "withdrawn", 0

    def hide(self, number: int, name: bytes, data: bytes) -> None:
        """A file that nobody may read until later; its descriptor finds it wherever it is then."""
        path = spool.entry(self.place.staging, name)
        with open(path, "wb") as file:
            file.write(data)
        descriptor = os.open(path, os.O_RDONLY)
        os.fchmod(descriptor, 0)

        def show() -> None:
            os.fchmod(descriptor, 0o644)
            os.close(descriptor)

        self.after(self.source.uniform(1, 6), show)
        spool.rename_new(path, spool.entry(self.place.inbox, name))
        self.drops.append(Drop(name, spool.digest(data), number, time.time(), "unreadable"))

    # --- what else happens

    def end_mortal(self, how: str) -> None:
        if self.mortal is None:
            raise FileNotFoundError(errno.ENOENT, "it is down")
        if not self.mortal.alive():
            self.surprises.append(f"ended by itself with {self.mortal.process.returncode}")
        elif how == "SIGTERM" and time.monotonic() - self.mortal.started > 1:
            self.end_softly(self.mortal)
            return
        else:
            self.mortal.kill(everything=how != "SIGKILL")
        self.restart_mortal()

    def end_softly(self, daemon: Daemon) -> None:
        """SIGTERM; everything else goes on while it ends."""
        self.mortal = None
        os.kill(daemon.pid, signal.SIGTERM)
        until = time.monotonic() + self.chosen.farewell

        def look() -> None:
            status = daemon.wait(0.001)
            if status is None and time.monotonic() < until:
                return self.after(0.1, look)
            if status is None:
                daemon.kill(everything=True)
            if status is None or status < 0:
                self.surprises.append(
                    f"after SIGTERM: {'still there' if status is None else status}"
                )
            self.restart_mortal()

        look()

    def restart_mortal(self) -> None:
        self.mortal = None

        def again() -> None:
            self.mortal = self.start("mortal")

        self.after(self.source.choice((0, 0.05, 0.5, 3)), again)

    def forbid(self, folder: Path) -> None:
        if folder.name in self.held:
            raise FileExistsError(errno.EEXIST, "it is forbidden already")
        self.held.add(folder.name)
        os.chmod(folder, self.source.choice((0, 0o555)))

        def allow() -> None:
            self.held.discard(folder.name)
            os.chmod(folder, 0o755)

        self.after(self.source.uniform(0.5, 6), allow)

    def fill_disk(self) -> None:
        if self.small is None or "disk" in self.held:
            raise FileExistsError(errno.EEXIST, "no small disk, or it is full already")
        self.held.add("disk")
        ballast = self.small / "ballast"
        descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
        block = bytes(1 << 16)
        try:
            while True:
                try:
                    os.write(descriptor, block)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    if len(block) == 1:
                        break
                    block = block[: max(1, len(block) // 16)]
        finally:
            os.close(descriptor)

        def free() -> None:
            self.held.discard("disk")
            ballast.unlink()

        self.after(self.source.uniform(0.5, 8), free)

    def remove(self, what: str) -> None:
        """Moves a folder away, so that what is in it can still be counted, and makes it anew, now
        or a little later.
        """
        folder = {
            "inbox/done": self.place.done,
            "outbox": self.place.outbox,
            "state": self.place.state,
        }[what]
        if folder.name in self.held or not folder.exists():
            raise FileExistsError(errno.EEXIST, "it is away already")
        self.held.add(folder.name)
        number = sum(self.counts.values())
        beside = (self.small or self.base) if what == "outbox" else self.removed
        away = beside / f"{folder.name}-{number}"
        os.rename(folder, away)
        if what == "inbox/done":
            self.done_folders.append(away)
        elif what == "state":
            self.ledgers_lost += 1
        else:
            self.eye.forget(folder)
            kept = self.removed / away.name

            def store() -> None:  # from the small disk
                shutil.move(away, kept)
                self.outboxes.append(kept)

            self.after(5, store)

        def make() -> None:
            self.held.discard(folder.name)
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                self.give(folder)

        self.after(self.source.choice((0, 0, 1, 3)), make)

    # --- the whole

    def go(self, impossible: set[str]) -> Figures:
        names = [name for name in EVENTS if name not in impossible]
        weights = [EVENTS[name] for name in names]
        figures = Figures(self.steady, self.place.state, min(5.0, self.chosen.minutes * 60 / 100))
        figures.start()
        began = said = looked = time.monotonic()
        end = began + self.chosen.minutes * 60
        while (now := time.monotonic()) < end:
            name = self.source.choices(names, weights)[0]
            try:
                self.event(name)
            except OSError as error:
                if not spool.is_free(error):
                    raise
                self.impossible[name] += 1
            if not self.steady.alive():
                self.surprises.append(
                    f"the long-lived daemon ended with {self.steady.process.returncode}"
                )
                break
            if now - looked > 2:
                looked = now
                self.eye.look(self.place.outbox)
            if now - said > 60:
                said = now
                waiting = len(spool.pending(self.place))
                spool.progress(
                    f"{(now - began) / 60:.0f} min, {sum(self.counts.values())} events, "
                    f"{waiting} files waiting"
                )
            self.act(min(end, time.monotonic() + self.source.expovariate(self.chosen.rate)))
        while self.later:
            self.act(self.later[0][0])
        return figures

    def finish(self, figures: Figures) -> int | None:
        """Heals all, drains, ends both daemons; the status of the last clean run."""
        for folder in (self.place.inbox, self.place.outbox, self.place.state):
            folder.mkdir(exist_ok=True)
            self.give(folder)
        if self.mortal and self.mortal.alive():
            self.mortal.terminate()
        end = time.monotonic() + self.chosen.drain
        while spool.pending(self.place) and time.monotonic() < end and self.steady.alive():
            time.sleep(0.5)
        time.sleep(2)
        self.eye.look(self.place.outbox)
        left = spool.pending(self.place)
        if left and self.steady.alive():
            self.surprises.append(
                f"the long-lived daemon left {len(left)} files in {self.chosen.drain:.0f} s"
            )
        figures.ended.set()
        figures.join()
        if self.steady.alive():
            status = self.steady.terminate()
            if status is None or status < 0:
                self.surprises.append(f"the long-lived daemon, SIGTERM: {status}")
        spool.outliving_workers()
        return spool.drain(
            self.chosen.emend,
            self.place,
            *self.extra,
            timeout=self.chosen.drain,
            prefix=self.prefix,
        )

    def touched(self) -> list[str]:
        """Targets of links and files in folders that are not as they were."""
        found = [
            str(target)
            for target, data in self.links
            if not target.is_file() or target.read_bytes() != data
        ]
        for path, data in self.folders:
            try:
                same = spool.read(path) == data
            except OSError:
                same = False
            if not same:
                found.append(os.fsdecode(path))
        return found


@contextlib.contextmanager
def small_disk(base: Path, size: str) -> Iterator[Path | None]:
    """A tmpfs; None where it cannot be mounted."""
    folder = base / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            spool.end_all()
            subprocess.run(["umount", "-l", str(folder)], capture_output=True)


def unprivileged(emend: str) -> list[str]:
    """What runs a command as nobody; nothing where that is not possible, or not needed."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return []
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    try:
        works = (
            subprocess.run(
                [*prefix, emend, "--version"], capture_output=True, timeout=60
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        works = False
    return prefix if works else []


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2, help="events a second on average")
    parser.add_argument("--settle", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--outbox-size", default="256m", help="of the small disk that holds the outbox"
    )
    parser.add_argument(
        "--drain", type=float, default=300, help="seconds until all that is left must be done"
    )
    parser.add_argument(
        "--farewell", type=float, default=60, help="seconds for a daemon to end after SIGTERM"
    )
    parser.add_argument("--revert-sample", type=int, default=100)
    parser.add_argument("--without", default="", help="events to leave out, with semicolons")
    chosen = parser.parse_args()
    prefix = unprivileged(chosen.emend)
    notes = []
    impossible = {name.strip() for name in chosen.without.split(";") if name.strip()}
    if unknown := impossible - EVENTS.keys():
        parser.error(f"no such events: {'; '.join(unknown)}")
    if os.geteuid() == 0 and not prefix:
        notes.append("the daemon could not be run as nobody: nothing was forbidden")
        impossible |= {name for name in EVENTS if "forbidden" in name or "unreadable" in name}
    with spool.temporary(chosen, "soak") as base, small_disk(base, chosen.outbox_size) as small:
        if small is None:
            notes.append("no tmpfs could be mounted: the disk was never full")
            impossible.add("disk full for a while")
        soak = Soak(chosen, base, small, prefix)
        began = time.monotonic()
        figures = soak.go(impossible)
        minutes = (time.monotonic() - began) / 60
        status = soak.finish(figures)
        found = spool.census(
            soak.place,
            soak.drops,
            chosen.seed,
            chosen.emend,
            chosen.revert_sample,
            repeats=soak.ledgers_lost,
            done_folders=soak.done_folders,
            outboxes=soak.outboxes,
            ignored=soak.ignored,
        )
        for text in soak.eye.partial:
            found.add("partial", f"while running: {text}")
        touched = soak.touched()
        print(
            f"{minutes:.0f} minutes of random events, {soak.starts} starts of a daemon; "
            f"seed {chosen.seed}; {bench.machine()}\n"
        )
        for note in notes:
            print(f"Note: {note}.\n")
        rows = [[name, f"{soak.counts[name]:,}", f"{soak.impossible[name]:,}"] for name in EVENTS]
        rows.append(["all", f"{soak.counts.total():,}", f"{soak.impossible.total():,}"])
        print(bench.table(["event", "times", "not possible at its time"], rows))
        memory, descriptors, ledger = (figures.levels(index) for index in range(3))
        print()
        rows = [
            [
                "resident memory of the long-lived daemon, MiB",
                f"{memory[0]:.1f}",
                f"{memory[1]:.1f}",
            ],
            ["its open descriptors", f"{descriptors[0]:.0f}", f"{descriptors[1]:.0f}"],
            [
                "ledger with its write-ahead log, KiB",
                f"{ledger[0] / 1024:.0f}",
                f"{ledger[1] / 1024:.0f}",
            ],
        ]
        print(bench.table(["figures", "start (after warming up)", "end"], rows))
        print()
        rows = [
            ["files dropped", f"{len(soak.drops):,}"],
            ["in done / in failed", f"{found.done:,} / {found.failed:,}"],
            ["outputs / skipped as the same content", f"{found.published:,} / {found.skipped:,}"],
            ["looks at the outbox", f"{soak.eye.looks:,}"],
            ["taken while being written, after a start of a daemon", f"{soak.early_after_start:,}"],
            ["`emend revert` gave the input's bytes", f"{found.reverted:,} tried"],
            *([kind, f"{found.count(kind):,}"] for kind in spool.BROKEN),
        ]
        print(bench.table(["", "found"], rows))
        for text in [*soak.early[:5], *touched[:5], *soak.surprises[:5]]:
            print(f"  {text}", file=sys.stderr)
        others = [
            ("no file taken while being written", not soak.early, str(len(soak.early))),
            ("links' targets and folders untouched", not touched, str(len(touched))),
            (
                "memory flat",
                memory[1] <= GROWTH * memory[0] + SLACK,
                f"{memory[0]:.1f} → {memory[1]:.1f} MiB",
            ),
            (
                "descriptors flat",
                descriptors[1] <= descriptors[0] + MORE_DESCRIPTORS,
                f"{descriptors[0]:.0f} → {descriptors[1]:.0f}",
            ),
            (
                "no daemon ends, or stays, against what was asked",
                not soak.surprises,
                str(len(soak.surprises)),
            ),
            ("the last clean run ends", status is not None, str(status)),
        ]
        return spool.end_with(found, base, others)


if __name__ == "__main__":
    sys.exit(main())
