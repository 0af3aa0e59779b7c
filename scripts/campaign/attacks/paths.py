"""Links, FIFOs, devices and huge files in the place of a dataset."""

import ctypes
import os
import signal
import stat
import time
from pathlib import Path

import spool

from .rows import Seen, none, row
from .stage import SECRET, Stage

RENAME_EXCHANGE = 2
_libc = ctypes.CDLL(None, use_errno=True)


def link(target: str, path: str) -> None:
    os.symlink(target, path)


@row("links out of the inbox", "nothing outside is read; the link is ignored")
def links_outside(stage: Stage) -> Seen:
    mallory = stage.users.mallory
    targets = ["/etc/shadow", "/etc/passwd", "/proc/self/environ", "/dev/zero", "/proc/kmsg"]
    assert stage.process is not None
    targets.append(f"/proc/{stage.process.pid}/environ")
    targets.append(str(stage.state / "ledger.sqlite"))
    names = [f"out-{index}.jsonl" for index in range(len(targets))]
    for name, target in zip(names, targets, strict=True):
        mallory.does(link, target, str(stage.inbox / name))
    # A file that comes later is done only after the daemon has looked at the links.
    later = stage.drop_honest()
    if not stage.wait(lambda: stage.is_done(later)):
        return Seen(False, "the daemon does no honest file")
    copies = [
        path
        for folder in (stage.failed, stage.done, stage.outbox)
        for name in names
        for path in folder.glob(name.split(".")[0] + "*")
        if not path.is_symlink() and not path.name.endswith(".error.json")
    ]
    return none([f"{path.name} was copied" for path in copies])


def flip(left: str, right: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(1000):
            _libc.renameat2(-100, left.encode(), -100, right.encode(), RENAME_EXCHANGE)


@row("a link's folder is swapped", "a file outside is never copied in")
def link_race(stage: Stage) -> Seen:
    mallory = stage.users.mallory

    def prepare() -> None:
        os.mkdir(stage.inbox / "sub", 0o750)
        (stage.inbox / "sub" / "environ").write_bytes(b'{"text": "a", "label": "b"}\n')
        os.symlink("/proc/self", stage.inbox / ".swap")

    mallory.does(prepare)
    child = os.fork()
    if child == 0:
        mallory.become()
        flip(str(stage.inbox / "sub"), str(stage.inbox / ".swap"), 20)
        os._exit(0)
    for index in range(100):
        mallory.does(link, "sub/environ", str(stage.inbox / f"race-{index}.jsonl"))
        time.sleep(0.15)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = stage.secrets()
    return none([f"{SECRET[:6]}… is in {path}" for path in found], "100 links, no secret")


@row("a link to 100 GB of zeros", "the daemon goes on; the file is refused or waits")
def link_to_zeros(stage: Stage) -> Seen:
    def make() -> None:
        with open(stage.inbox / ".big", "wb") as file:
            file.truncate(100 << 30)
        os.symlink(".big", stage.inbox / "big.jsonl")

    stage.users.mallory.does(make)
    time.sleep(8)
    size = sum(path.stat().st_blocks * 512 for path in stage.claimed.rglob("*") if path.is_file())
    return Seen(size < 1 << 30, f"{size >> 20} MiB copied")


@row("200 GB of zeros under a dataset's name", "refused for its size, or for its bytes, in words")
def huge_file(stage: Stage) -> Seen:
    def make() -> None:
        with open(stage.inbox / ".huge", "wb") as file:
            file.truncate(200 << 30)
        os.rename(stage.inbox / ".huge", stage.inbox / "huge.jsonl")

    stage.users.mallory.does(make)
    over = stage.wait(lambda: stage.is_failed("huge.jsonl"))
    return Seen(over, "it is in failed" if over else "it has no outcome")


@row("a FIFO as a dataset", "it is not opened: its writer goes on waiting")
def fifo(stage: Stage) -> Seen:
    path = str(stage.inbox / "pipe.jsonl")

    def make() -> None:
        os.mkfifo(path, 0o660)

    stage.users.mallory.does(make)
    os.chmod(path, 0o666)
    child = os.fork()
    if child == 0:
        stage.users.mallory.become()
        os.close(os.open(path, os.O_WRONLY))  # Blocks until somebody opens the other end.
        os._exit(0)
    time.sleep(4)
    ended, _ = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return Seen(not ended, "the writer was let go" if ended else "the writer still waits")


@row("a claimed file becomes a FIFO", "impossible for a member")
def claimed_fifo(stage: Stage) -> Seen:
    pipe = str(stage.path(stage.users.mallory, "pipe"))
    stage.users.mallory.does(os.mkfifo, pipe)
    won = 0
    for index in range(20):
        name = f"swap-{index}.jsonl"
        stage.drop(stage.users.mallory, name, spool.content(9, index))
        for owner in os.listdir(stage.claimed):
            won += stage.users.mallory.may(os.rename, pipe, str(stage.claimed / owner / name))
    return Seen(won == 0, f"{won} of 20 swapped")


@row("a claimed file becomes a FIFO, by the service's user", "the worker does not block")
def claimed_fifo_inside(stage: Stage) -> Seen:
    """Beyond what a member can do, but possible where rights are laxer than the package's."""
    won = 0

    def swap(name: str) -> bool:
        end = time.monotonic() + 0.5
        pipe = str(stage.inbox / f".pipe-{name}")
        os.mkfifo(pipe)
        while time.monotonic() < end:
            for owner in os.listdir(stage.claimed):
                target = stage.claimed / owner / name
                if target.exists():
                    os.rename(pipe, target)
                    return True
        os.unlink(pipe)
        return False

    for index in range(10):
        name = f"swap-{index}.jsonl"
        stage.drop(stage.users.mallory, name, spool.content(9, index))
        won += stage.users.service.does(swap, name)
    return Seen(True, f"{won} of 10 swapped")


@row("a FIFO as .owner", "impossible for a member; never opened")
def owner_fifo(stage: Stage) -> Seen:
    mallory = stage.users.mallory
    if mallory.may(os.mkdir, str(stage.claimed / "zz")):
        return Seen(False, "a member made a folder in claimed")

    def make() -> None:
        os.mkdir(stage.claimed / "zz")
        os.mkfifo(stage.claimed / "zz" / ".owner")
        os.mkdir(stage.claimed / "yy")
        with open(stage.claimed / "yy" / ".owner", "wb") as file:
            file.truncate(200 << 30)

    # Beyond that: where a laxer layout, or an older version, left such a folder.
    stage.users.service.does(make)
    began = time.monotonic()
    try:
        stage.status()
    except Exception as error:
        return Seen(False, f"emend status: {type(error).__name__}")
    return Seen(time.monotonic() - began < 10, f"status took {time.monotonic() - began:.1f} s")


@row("hard links to others' files", "no file of another user is taken under a new name")
def hard_links(stage: Stage) -> Seen:
    stage.users.anna.does(
        stage_write, str(stage.inbox / "anna.part"), b'{"text": "a", "label": "b"}\n'
    )
    other = str(stage.inbox / "linked.jsonl")
    linked = stage.users.mallory.may(os.link, str(stage.inbox / "anna.part"), other)
    time.sleep(2)
    gone = not (stage.inbox / "anna.part").exists()
    # Where the kernel's fs.protected_hardlinks is off, the link is made, and its maker may read the
    # file anyway; what counts is that anna's own name stays.
    return Seen(not gone, "linked, anna's name stays" if linked else "refused by the kernel")


def stage_write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    spool.write_all(descriptor, data)
    os.close(descriptor)


@row("a file is changed while it is read, and its times are set back", "never a mixed result")
def changed_behind(stage: Stage) -> Seen:
    first = b"".join(b'{"text": "first %d", "label": "a"}\n' % index for index in range(400))
    second = first.replace(b"first", b"other")

    def rewrite(path: str) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        os.pwrite(descriptor, first, 0)
        known = os.fstat(descriptor)
        end = time.monotonic() + 6
        turn = 0
        while time.monotonic() < end:
            turn += 1
            os.pwrite(descriptor, second if turn % 2 else first, 0)
            os.utime(descriptor, ns=(known.st_atime_ns, known.st_mtime_ns))

    stage.users.mallory.does(rewrite, str(stage.inbox / "changing.jsonl"))
    stage.wait(lambda: stage.is_over("changing.jsonl"))
    mixed = [
        path.name
        for path in stage.outbox.glob("changing*.jsonl")
        if b"first" in (data := path.read_bytes()) and b"other" in data
    ]
    return none([f"{name} is mixed" for name in mixed])


@row("two daemons, 20 links", "each link is taken once")
def links_twice(stage: Stage) -> Seen:
    stage.start_another()

    def make() -> None:
        for index in range(20):
            hidden = stage.inbox / f".target-{index}"
            hidden.write_bytes(spool.content(11, index))
            os.symlink(hidden.name, stage.inbox / f"twice-{index}.jsonl")

    stage.users.mallory.does(make)
    stage.wait(
        lambda: not any(os.path.lexists(stage.inbox / f"twice-{i}.jsonl") for i in range(20))
    )

    def count_done() -> int:
        return sum(1 for path in stage.done.glob("twice-*"))

    stage.wait(lambda: count_done() >= 20)
    # What is claimed twice is done before a file that comes later.
    later = stage.drop_honest()
    stage.wait(lambda: stage.is_done(later))
    count = count_done()
    return Seen(count == 20, f"{count} times in done")


@row("devices and folders as datasets", "ignored")
def devices(stage: Stage) -> Seen:
    os.mknod(stage.inbox / "null.jsonl", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    stage.users.mallory.does(os.mkdir, str(stage.inbox / "folder.jsonl"))
    time.sleep(2)
    left = [name for name in ("null.jsonl", "folder.jsonl") if (stage.inbox / name).exists()]
    return Seen(len(left) == 2, f"{len(left)} of 2 still there")


@row("names given to retry and forget", "they cannot leave the folder", daemon=False)
def names_of_commands(stage: Stage) -> Seen:
    import subprocess

    victim = stage.base / "victim.jsonl"
    victim.write_bytes(b"x")
    for command in ("retry", "forget"):
        subprocess.run(
            [stage.emend, command, "../../../victim.jsonl", "--inbox", str(stage.inbox)],
            env=stage.environment(),
            capture_output=True,
            timeout=60,
        )
    moved = not victim.exists() or any(Path(stage.inbox).glob("*victim*"))
    return Seen(not moved, "the file outside was moved" if moved else "refused")
