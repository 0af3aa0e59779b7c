"""System users and groups of the campaign's own, and acting as one of them."""

from __future__ import annotations

import contextlib
import grp
import os
import pickle
import pwd
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class User:
    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    def become(self) -> None:
        os.setgroups(list(self.groups))
        os.setgid(self.gid)
        os.setuid(self.uid)

    def does(self, act: Callable[..., Any], *arguments: Any, timeout: int = 120) -> Any:
        """Calls a function in a process of this user; returns its value, or raises its error."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                os.setsid()
                os.umask(0o027)
                self.become()
                import signal

                signal.alarm(timeout)
                answer: tuple[bool, Any] = (True, act(*arguments))
            except BaseException as error:
                answer = (False, error if isinstance(error, OSError) else RuntimeError(repr(error)))
            with contextlib.suppress(OSError), os.fdopen(writing, "wb") as pipe:
                pipe.write(pickle.dumps(answer))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        if not data:
            raise TimeoutError(f"{self.name} did not come back within {timeout} s")
        worked, value = pickle.loads(data)
        if not worked:
            raise value
        return value

    def may(self, act: Callable[..., Any], *arguments: Any) -> bool:
        """Whether the system lets this user do something."""
        try:
            self.does(act, *arguments)
            return True
        except PermissionError:
            return False

    def starts(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            user=self.uid,
            group=self.gid,
            extra_groups=list(self.groups),
            start_new_session=True,
            **options,
        )


@dataclass(frozen=True)
class Accounts:
    """The service's user; two members of the group that drops files; one who reads results."""

    service: User
    mallory: User
    anna: User
    reader: User
    droppers: str  # the group that the package calls emend
    readers: str  # the group that the package calls emend-read


@contextlib.contextmanager
def temporary() -> Iterator[Accounts]:
    """Users and groups that are removed at the end."""
    mark = f"ea{os.getpid() % 100_000}"
    users: list[str] = []
    groups: list[str] = []

    def group(name: str) -> str:
        subprocess.run(["groupadd", "--system", name], check=True)
        groups.append(name)
        return name

    def user(name: str, primary: str, *others: str) -> User:
        extra = ["--groups", ",".join(others)] if others else []
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, "--gid", primary, *extra, name], check=True)
        users.append(name)
        known = pwd.getpwnam(name)
        ids = tuple(grp.getgrnam(one).gr_gid for one in (primary, *others))
        return User(name, known.pw_uid, known.pw_gid, ids)

    try:
        droppers, readers = group(f"{mark}d"), group(f"{mark}r")
        own = group(f"{mark}o")
        yield Accounts(
            user(f"{mark}s", droppers),
            user(f"{mark}m", own, droppers),
            user(f"{mark}a", own, droppers),
            user(f"{mark}x", own, readers),
            droppers,
            readers,
        )
    finally:
        for name in users:
            subprocess.run(["userdel", name], check=False)
        for name in groups:
            subprocess.run(["groupdel", name], check=False)
