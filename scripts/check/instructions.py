#!/usr/bin/env python3
"""Counts the instructions of the inner loops, and fails where one has grown by more than 5 %.

  scripts/check/instructions.py            compare with instructions.json, which is beside this file
  scripts/check/instructions.py --write    keep the new counts there, and in docs/SCALE.md
  --kernels NAME …                         count only these

`emend-kernels` runs each loop on made input, on one thread, once and three times, under valgrind.
Half of the difference is what a round takes, without the start and the making of the input.
cachegrind counts, with its simulation of caches off: callgrind counts the same and takes longer.
valgrind shows programs a processor with AVX2 and without AVX-512, so the count of a loop is the
same on each x86-64 processor that has AVX2 and F16C, whatever else it does. On others this says
so and compares nothing.

A loop that has to grow needs a note in the topmost section of CHANGELOG.md, as in

  - Instructions: `spelling` 24.5 million a round: accents are taken off.

It may then take so many and 5 % more, and --write keeps its count. Installs valgrind and
binutils where they are missing and it may.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The table of what a round does, and how many instructions it takes.
DOCUMENT = ROOT / "docs/SCALE.md"
MARKS = ("<!-- scripts/check/instructions.py --write -->", "<!-- end of counts -->")
KEPT = pathlib.Path(__file__).resolve().with_name("instructions.json")
CHANGES = ROOT / "CHANGELOG.md"
# Less is the noise of a compiler that lays out a loop in another way.
TOLERANCE = 0.05
ROUNDS = (1, 3)
NOTE = re.compile(r"Instructions: `([a-z0-9-]+)` ([0-9]+(?:\.[0-9]+)?) million")


def fail(reason, remedy):
    sys.exit(f"check/instructions: {reason}\ncheck/instructions: remedy: {remedy}")


def run(command, **options):
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, **options
    )


# Counting


def install():
    """Makes sure that valgrind and strip are there."""
    packages = [
        package
        for program, package in (("valgrind", "valgrind"), ("strip", "binutils"))
        if shutil.which(program) is None
    ]
    if not packages:
        return
    by_hand = f"sudo apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        fail(f"{' and '.join(packages)} are needed", "install them as this system does")
    root = []
    if os.geteuid() != 0:
        root = ["sudo", "-n"]
        if shutil.which("sudo") is None or run([*root, "true"]).returncode != 0:
            fail("installing valgrind needs an administrator", by_hand)
    print(f"Installing {' '.join(packages)}", flush=True)
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends"]):
        names = packages if arguments[0] == "install" else []
        command = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments, *names]
        done = run(command)
        if done.returncode != 0:
            fail(f"apt-get {arguments[0]} failed: {done.stderr.strip()}", by_hand)


def build():
    """The program, built for release."""
    command = ["swift", "build", "-c", "release", "--product", "emend-kernels"]
    done = run(command, cwd=ROOT)
    if done.returncode != 0:
        fail(f"emend-kernels does not build:\n{done.stdout}{done.stderr}", " ".join(command))
    places = run(["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT)
    return pathlib.Path(places.stdout.strip()) / "emend-kernels"


def environment():
    """The same everywhere: what is in it can move what a program does at its start."""
    own = {"PATH": os.environ.get("PATH", ""), "LANG": "C", "SWIFT_DETERMINISTIC_HASHING": "1"}
    for name in ("LD_LIBRARY_PATH", "TMPDIR"):
        if name in os.environ:
            own[name] = os.environ[name]
    return own


def count(program, kernel, rounds):
    """The instructions of a whole process; None where the processor lacks those of the loops."""
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = run([*tool, program, kernel, rounds], env=environment())
    found = re.search(r"I\s+refs:\s+([0-9,]+)", done.stderr)
    if done.returncode != 0 or not found:
        said = (done.stdout + done.stderr).strip().splitlines()[-8:]
        fail("\n".join([f"{kernel} was not counted:", *said]), "see what valgrind says above")
    return int(found[1].replace(",", "")) if ", avx2," in done.stdout else None


def measure(wanted):
    """What a round of each kernel does, and its instructions; None where none can be compared."""
    if platform.machine() != "x86_64":
        print(f"The kept counts are those of x86-64, and this is {platform.machine()}:")
        return None
    install()
    built = build()
    with tempfile.TemporaryDirectory() as folder:
        # The valgrind of Debian 12 cannot read the debugging information of Swift 6.3.
        program = pathlib.Path(folder) / "emend-kernels"
        done = run(["strip", "--strip-debug", "-o", program, built])
        if done.returncode != 0:
            fail(f"strip failed: {done.stderr.strip()}", "apt-get install binutils")
        works = dict(line.split(": ", 1) for line in run([program, "--list"]).stdout.splitlines())
        for kernel in wanted:
            if kernel not in works:
                fail(f"there is no kernel {kernel}", f"one of {', '.join(works)}")
        kernels = wanted or list(works)
        # Counts do not depend on what else runs, so all processors may be used.
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [
                [pool.submit(count, program, kernel, rounds) for rounds in ROUNDS]
                for kernel in kernels
            ]
            counts = [[job.result() for job in pair] for pair in jobs]
    if any(None in pair for pair in counts):
        print("The kept counts are those of loops for AVX2 and F16C, which this processor lacks:")
        return None
    found = {
        kernel: round((more - once) / (ROUNDS[1] - ROUNDS[0]))
        for kernel, (once, more) in zip(kernels, counts, strict=True)
    }
    return works, found


def compiler():
    """The first line of what the compiler says of itself, without the words that never change."""
    found = re.search(r"Swift version [^ ]+", run(["swift", "--version"]).stdout)
    return found[0] if found else "an unknown compiler"


# Comparing


def notes(text):
    """The instructions that the topmost section of the change log allows, by kernel."""
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    topmost = sections[1] if len(sections) > 1 else ""
    return {name: float(millions) * 1e6 for name, millions in NOTE.findall(topmost)}


def line_for(kernel, count):
    return f"- Instructions: `{kernel}` {count / 1e6:.1f} million a round: WHY"


def compared(kept, found, allowed, is_whole):
    """Rows of the table, what has grown, what --write mends, and what there is to know."""
    rows, grown, stale, known = [], [], [], []
    for kernel, now in found.items():
        before = kept.get(kernel)
        if before is None:
            rows.append((kernel, "", now, ""))
            stale.append(f"{kernel} has no kept count: run scripts/check/instructions.py --write")
            continue
        change = now / before - 1
        rows.append((kernel, before, now, f"{change:+.2%}"))
        has_grown = now > before * (1 + TOLERANCE)
        if now < before * (1 - TOLERANCE):
            known.append(
                f"{kernel} takes {-change:.1%} less: scripts/check/instructions.py --write keeps "
                "the better count, so that it is not lost again unseen"
            )
        elif has_grown and now <= allowed.get(kernel, 0) * (1 + TOLERANCE):
            known.append(
                f"{kernel} takes {change:.1%} more, as CHANGELOG.md says: "
                "scripts/check/instructions.py --write keeps the new count"
            )
        elif has_grown:
            grown.append(
                f"{kernel} takes {now:,} instructions a round, {change:.1%} more than the "
                f"{before:,} that were kept: make it as quick as it was, or put this line into the "
                "topmost section of CHANGELOG.md, with the reason, and run "
                f"scripts/check/instructions.py --write:\n    {line_for(kernel, now)}"
            )
    for kernel in kept if is_whole else ():
        if kernel not in found:
            stale.append(
                f"{kernel} has a kept count and is no kernel any more: "
                "run scripts/check/instructions.py --write"
            )
    return rows, grown, stale, known


def table(rows):
    lines = ["| kernel | kept | now | change |", "|---|---:|---:|---:|"]
    for kernel, before, now, change in rows:
        kept = f"{before:,}" if before else ""
        lines.append(f"| {kernel} | {kept} | {now:,} | {change} |")
    return "\n".join(lines)


def write(path, counts, name):
    lines = [f"    {json.dumps(kernel)}: {number}" for kernel, number in counts.items()]
    text = f'{{\n  "compiler": {json.dumps(name)},\n  "instructions": {{\n'
    path.write_text(text + ",\n".join(lines) + "\n  }\n}\n")


def write_table(counts, works):
    """Puts the counts into the document."""
    lines = ["| kernel | a round | million instructions |", "|---|---|---:|"]
    lines += [f"| {name} | {works[name]} | {number / 1e6:.1f} |" for name, number in counts.items()]
    text = DOCUMENT.read_text()
    before, rest = text.split(MARKS[0])
    after = rest.split(MARKS[1], 1)[1]
    DOCUMENT.write_text("\n".join([before + MARKS[0], *lines, MARKS[1] + after]))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--kernels", nargs="+", default=[], metavar="NAME")
    # For tests of the comparison: other files, and counts that were not made now.
    parser.add_argument("--kept", type=pathlib.Path, default=KEPT, help=argparse.SUPPRESS)
    parser.add_argument("--changes", type=pathlib.Path, default=CHANGES, help=argparse.SUPPRESS)
    parser.add_argument("--found", type=pathlib.Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    kept = {"compiler": "", "instructions": {}}
    if arguments.kept.exists():
        kept = json.loads(arguments.kept.read_text())
    works = {}
    if arguments.found:
        read = json.loads(arguments.found.read_text())
        found, name = read["instructions"], read["compiler"]
    else:
        measured, name = measure(arguments.kernels), compiler()
        if measured is None:
            print("no instructions were compared.")
            return
        works, found = measured
    is_whole = not arguments.kernels
    rows, grown, stale, known = compared(
        kept["instructions"], found, notes(arguments.changes.read_text()), is_whole
    )
    print(table(rows))
    if kept["compiler"] not in ("", name):
        print(f"The counts were kept with {kept['compiler']}, and this is {name}.")
    # A count that has grown is kept only with its note.
    if arguments.write and not grown:
        counts = found if is_whole else {**kept["instructions"], **found}
        write(arguments.kept, counts, name)
        if works:
            write_table(counts, works)
        print(f"{len(found)} counts are kept in {arguments.kept.name}")
        return
    for line in known:
        print(line)
    if grown or stale:
        sys.exit("\n".join(f"check/instructions: {line}" for line in grown + stale))


if __name__ == "__main__":
    main()
