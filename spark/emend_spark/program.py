"""The program emend: on the driver, and shipped to executors as an archive."""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark import SparkFiles

MARK = "emend-stage-failure"
ARCHIVE = "emend-program"
# What every Linux has in a version of its own, which its loader must find.
SYSTEM_LIBRARIES = re.compile(r"^(ld-linux|libc\.|libm\.|libdl\.|libpthread\.|librt\.|linux-vdso)")


class StageFailure(Exception):
    """A stage failed; the message is the program's own sentence."""


@dataclass(frozen=True)
class Program:
    """How a machine runs emend."""

    # The path on the driver, and on executors where `is_shipped` is false.
    path: str
    # The folder with models and libraries; None where the program finds it by itself.
    home: str | None
    # Whether executors have the program from the job's archive.
    is_shipped: bool
    # Processor threads of a task on an executor.
    task_threads: int

    def on_executor(self, arguments: Sequence[str], data: bytes) -> bytes:
        """Runs a stage in a task and returns what it writes."""
        environment = dict(os.environ)
        path = self.path
        if self.is_shipped:
            root = Path(SparkFiles.getRootDirectory()) / ARCHIVE
            path = str(root / "bin" / "emend")
            environment["EMEND_HOME"] = str(root / "home")
            environment["LD_LIBRARY_PATH"] = str(root / "lib")
        elif self.home:
            environment["EMEND_HOME"] = self.home
        return _run([path, *arguments], data, environment)

    def on_driver(self, arguments: Sequence[str]) -> bytes:
        """Runs a stage on the driver; messages go to the user at once."""
        return _run([self.path, *arguments], b"", self.environment())

    def environment(self) -> dict[str, str]:
        """The driver's."""
        return {**os.environ, "EMEND_HOME": self.home} if self.home else dict(os.environ)


def _run(command: Sequence[str], data: bytes, environment: dict[str, str]) -> bytes:
    try:
        result = subprocess.run(command, input=data, capture_output=True, env=environment)
    except OSError as error:
        raise StageFailure(
            f"{MARK}: {command[0]}: cannot be run: {error.strerror}; name it with --emend, and "
            f"leave out --installed where not every machine has it\n"
        ) from None
    if result.returncode != 0:
        said = result.stderr.decode(errors="replace").strip() or (
            f"emend {' '.join(command[1:3])} ended with status {result.returncode}"
        )
        raise StageFailure(f"{MARK}: {said}\n")
    return result.stdout


def sentence(error: BaseException) -> str | None:
    """What the program said in an error that came through Spark; None for another error."""
    found = re.search(rf"{MARK}: (?:emend: error: )?(.+)", str(error))
    return found.group(1).strip() if found else None


def archive(program: Program, model: str, path: Path) -> None:
    """Writes an archive with the program, its libraries, and the model that encodes.

    A machine of the same processor family and of a Linux as new as this one can run it."""
    binary = Path(program.path).resolve()
    home = Path(program.home) if program.home else _home(binary)
    if not (home / "models" / model).is_dir():
        raise StageFailure(
            f"{MARK}: {home}/models/{model}: the model is not there, so it cannot be shipped; "
            "install emend and the model on every machine and give --installed\n"
        )
    listing = subprocess.run(["ldd", str(binary)], check=True, capture_output=True, text=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(binary, "bin/emend")
        for line in listing.stdout.splitlines():
            name, _, target = line.strip().partition(" => ")
            library = target.split(" (")[0]
            if library.startswith("/") and not SYSTEM_LIBRARIES.match(Path(name).name):
                archive.add(Path(library).resolve(), f"lib/{name}")
        for part in ("openvino/lib", f"models/{model}"):
            archive.add(home / part, f"home/{part}")


def _home(binary: Path) -> Path:
    """The folder with models and libraries, where the program looks for it."""
    candidates = [binary.parents[1] / "lib" / "emend"]
    candidates += [folder / ".emend" for folder in binary.parents]
    for folder in candidates:
        if (folder / "models").is_dir():
            return folder
    raise StageFailure(
        f"{MARK}: {binary}: no .emend folder beside the program or above it; name it with --home\n"
    )


def located(path: str | None) -> str:
    """The program that the user named, or that is installed here."""
    if path is None:
        built = Path(__file__).resolve().parents[2] / ".build"
        places = [str(built / kind / "emend") for kind in ("release", "debug")]
        path = shutil.which("emend") or next((p for p in places if os.access(p, os.X_OK)), None)
    if path is None or not os.access(path, os.X_OK):
        raise StageFailure(
            f"{MARK}: {path or 'emend'}: there is no such program here; name it with --emend\n"
        )
    return str(Path(path).absolute())
