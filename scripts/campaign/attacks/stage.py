"""One daemon and its folders as the package makes them, and what is seen of it from outside."""

from __future__ import annotations

import contextlib
import grp
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import spool

from .accounts import Accounts, User
from .rows import Seen

LATEST_BEAT = 5.0  # seconds that the watchdog's beat may be late
INTERVAL = 1.0  # seconds between two beats: half of WATCHDOG_USEC
HONEST_WAIT = 90.0  # seconds within which an honest file must be done, also beside an attack
# What the service has in its environment; nobody may ever find it in a file.
SECRET = "attack-secret-0d9f3b"


class Stage:
    def __init__(self, base: Path, emend: str, home: Path, layout: Path, users: Accounts) -> None:
        self.base, self.users, self.home = base, users, home
        base.mkdir(parents=True)
        # Where the package puts them, the program and its helper may be run by all.
        program = base / "bin"
        program.mkdir()
        for name in ("emend", "emend-events"):
            source = Path(emend).parent / name
            if source.exists():
                shutil.copy(source, program / name)
        self.emend = str(program / "emend")
        self.state_root = base / "lib"
        self.state_root.mkdir(mode=0o755)
        for mode, group, path in package_folders(layout):
            self.make(mode, group, self.place(path))
        self.inbox, self.outbox = self.state_root / "inbox", self.state_root / "outbox"
        self.state, self.cache = self.state_root / "state", base / "cache"
        self.claimed, self.done, self.failed = (
            self.inbox / name for name in ("claimed", "done", "failed")
        )
        self.rules = base / "rules"
        self.rules.mkdir(mode=0o755)
        # A folder of each user's own on the same file system.
        self.own: dict[str, Path] = {}
        for user in (users.mallory, users.anna):
            folder = base / user.name
            folder.mkdir(mode=0o700)
            os.chown(folder, user.uid, grp.getgrnam(users.droppers).gr_gid)
            self.own[user.name] = folder
        self.log = base / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.others: list[subprocess.Popen[bytes]] = []
        self.beats: list[float] = []
        self.ready = threading.Event()
        self.peak_daemon = self.peak_worker = 0.0
        self.honest: dict[str, bytes] = {}
        self.ended = threading.Event()

    # --- folders ------------------------------------------------------------------------------

    def place(self, path: str) -> Path:
        if path.startswith("/var/lib/emend"):
            return self.state_root / path.removeprefix("/var/lib/emend").lstrip("/")
        return self.base / "cache"

    def make(self, mode: int, group: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = self.users.readers if group == "emend-read" else self.users.droppers
        os.chown(folder, self.users.service.uid, grp.getgrnam(name).gr_gid)
        os.chmod(folder, mode)

    def path(self, user: User, name: str) -> Path:
        """A place in a user's own folder."""
        return self.own[user.name] / name

    # --- the daemon ---------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.state_root),
            "LC_ALL": "C.UTF-8",
            "EMEND_HOME": str(self.home),
            "CACHE_DIRECTORY": str(self.cache),
            "NOTIFY_SOCKET": f"@{self.base}/notify"[:100],
            "WATCHDOG_USEC": str(int(INTERVAL * 2_000_000)),
            "SECRET_OF_THE_SERVICE": SECRET,
        }

    def command(self, *arguments: str) -> list[str]:
        """The unit's command and its one right, to ask for leases."""
        rights = ["setpriv", "--no-new-privs"]
        return [
            *rights,
            self.emend,
            "watch",
            *("--inbox", str(self.inbox), "--outbox", str(self.outbox)),
            *("--state", str(self.state), "--rules", str(self.rules)),
            *("--settle", "0.2", "--threads", "1", "--log-format", "json"),
            *arguments,
        ]

    def start(self, *arguments: str, output: int | None = None) -> None:
        self.listen()
        with open(self.log, "ab") as log:
            self.process = self.users.service.starts(
                self.command(*arguments),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log if output is None else output,
                umask=0o077,
            )
        spool.Daemon.running.add(self.process.pid)
        if not self.ready.wait(60):
            raise RuntimeError(f"the daemon is not ready: {self.text()[-300:]}")

    def start_another(self, *arguments: str) -> None:
        """A second daemon on the same folders."""
        environment = self.environment()
        del environment["NOTIFY_SOCKET"]
        with open(self.log, "ab") as log:
            other = self.users.service.starts(
                self.command(*arguments), env=environment, stdout=log, stderr=log, umask=0o077
            )
        self.others.append(other)
        spool.Daemon.running.add(other.pid)

    def listen(self) -> None:
        """Reads what the daemon tells its service manager, and looks at its memory."""
        if hasattr(self, "socket"):
            return
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.environment()["NOTIFY_SOCKET"][1:])
        self.socket.settimeout(0.1)

        def read() -> None:
            while not self.ended.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    message = self.socket.recv(65536)
                    if b"WATCHDOG=1" in message:
                        self.beats.append(time.monotonic())
                    if b"READY=1" in message:
                        self.beats.append(time.monotonic())
                        self.ready.set()
                self.measure()

        threading.Thread(target=read, daemon=True).start()

    def measure(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.peak_daemon = max(self.peak_daemon, peak(self.process.pid))
        for worker in self.workers():
            self.peak_worker = max(self.peak_worker, peak(worker))

    def workers(self) -> list[int]:
        if self.process is None:
            return []
        found = []
        for pid in spool.descendants(self.process.pid):
            with contextlib.suppress(OSError):
                if b"\0work\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def beat_lateness(self) -> float:
        """How many seconds the watchdog's beat was late at most."""
        times = [*self.beats, self.last_look] if hasattr(self, "last_look") else self.beats
        gaps = [after - before for before, after in zip(times, times[1:], strict=False)]
        return max(0.0, max(gaps, default=0.0) - INTERVAL)

    def peaks(self) -> tuple[float, float]:
        return self.peak_daemon, self.peak_worker

    def text(self) -> str:
        with contextlib.suppress(OSError):
            return self.log.read_bytes().decode(errors="replace")
        return ""

    # --- files --------------------------------------------------------------------------------

    def drop(self, user: User, name: str, data: bytes) -> None:
        """A user drops a file in the way that is recommended."""
        hidden = self.inbox / f".{name}.{os.getpid()}"
        user.does(write_and_rename, str(hidden), str(self.inbox / name), data)

    def drop_honest(self) -> str:
        """Anna drops a file that the daemon must repair. Returns its name."""
        number = len(self.honest)
        name = f"honest-{number}.jsonl"
        data = spool.content(7, number)
        self.drop(self.users.anna, name, data)
        self.honest[name] = data
        return name

    def wait(self, condition, seconds: float = HONEST_WAIT) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.05)
        return bool(condition())

    def is_done(self, name: str) -> bool:
        stem = name.removesuffix(".gz").removesuffix(".zst").rsplit(".", 1)[0]
        return (self.outbox / f"{stem}.jsonl").exists()

    def is_failed(self, name: str) -> bool:
        return (self.failed / name).exists()

    def is_over(self, name: str) -> bool:
        """Whether a file came to its end, whichever."""
        return self.is_done(name) or self.is_failed(name) or (self.done / name).exists()

    def secrets(self) -> list[str]:
        """Files that a member or a reader may read and that have the service's secret."""
        found = []
        for folder in (self.inbox, self.outbox):
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):
                    # The files themselves, not what links lead to.
                    if not stat.S_ISREG(path.lstat().st_mode):
                        continue
                    with open(path, "rb") as file:
                        has_secret = SECRET.encode() in file.read(1 << 20)
                    if has_secret:
                        found.append(str(path.relative_to(self.base)))
        return found

    def status(self) -> tuple[int, str]:
        """`emend status --check` as the service's user: exit status and words."""
        result = subprocess.run(
            [
                self.emend,
                "status",
                "--check",
                "--inbox",
                str(self.inbox),
                "--state",
                str(self.state),
            ],
            user=self.users.service.uid,
            group=self.users.service.gid,
            extra_groups=[],
            env=self.environment(),
            capture_output=True,
            timeout=60,
        )
        return result.returncode, (result.stdout + result.stderr).decode(errors="replace").strip()

    # --- the end ------------------------------------------------------------------------------

    def aftermath(self, seen: Seen) -> Seen:
        """What every attack must leave as it was; added to what was seen."""
        faults = []
        if self.process is None or self.process.poll() is not None:
            return Seen(False, f"{seen.text}; the daemon has ended: {self.text()[-200:]}")
        with contextlib.suppress(Exception):
            self.drop_honest()
        if not self.wait(lambda: all(self.is_done(name) for name in self.honest)):
            lost = [name for name in self.honest if not self.is_done(name)]
            faults.append(f"not repaired within {HONEST_WAIT:.0f} s: {', '.join(lost)}")
        self.last_look = time.monotonic()
        if self.beat_lateness() > LATEST_BEAT:
            faults.append(f"the beat was {self.beat_lateness():.1f} s late")
        if leaked := self.secrets():
            faults.append(f"the secret is in {leaked[0]}")
        return Seen(seen.held and not faults, "; ".join([seen.text, *faults]))

    def close(self) -> None:
        self.ended.set()
        for process in (self.process, *self.others):
            if process is None:
                continue
            for pid in [*spool.descendants(process.pid), process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            spool.Daemon.running.discard(process.pid)
        if hasattr(self, "socket"):
            self.socket.close()


def package_folders(script: Path) -> list[tuple[int, str, str]]:
    """Mode, group and path of each folder that the package makes, as its own script has them."""
    # Versions before 0.6 name no group: it is emend.
    pattern = re.compile(r"^  folder (\d+) (?:(\S+) )?(/\S+)$", re.MULTILINE)
    found = pattern.findall(script.read_text())
    if not found:
        raise RuntimeError(f"{script} makes no folders")
    return [(int(mode, 8), group or "emend", path) for mode, group, path in found]


def peak(pid: int) -> float:
    """The most memory that a process ever had, in MiB."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def write_and_rename(hidden: str, name: str, data: bytes) -> None:
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    spool.write_all(descriptor, data)
    os.close(descriptor)
    os.rename(hidden, name)
