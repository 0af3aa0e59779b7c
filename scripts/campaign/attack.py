#!/usr/bin/env python3
"""Attacks a daemon that is laid out as the Debian package lays it out, as users who may only drop
files.

  scripts/campaign/attack [--emend PATH] [--only WORD …] [--list] [--home FOLDER] [--keep]

Each attack is a row of the table: what was to hold, what was seen, how late the watchdog's beat
came at most, and the most memory that the daemon and a worker had. Around each attack the same is
checked: the daemon lives, its beat is at most five seconds late, and files that an honest user
drops before, during and after it are repaired. The exit status is 1 if anything did not hold.

It makes system users and groups of its own, which it removes at the end, and works in a temporary
folder on this machine alone. So it needs the superuser. Rows are functions in
scripts/campaign/attacks; README.md says how to add one.
"""

import argparse
import os
import sys
from pathlib import Path

import spool
from attacks import accounts, all_rows
from attacks.rows import Row, Seen
from attacks.stage import LATEST_BEAT, Stage
from spool import bench


def run(row: Row, chosen: argparse.Namespace, base: Path, users: accounts.Accounts) -> list[str]:
    """Runs one attack on a fresh stage; returns the row of the table."""
    place = base / row.name.replace(" ", "-").replace("/", "-")[:60]
    stage = Stage(place, chosen.emend, chosen.home, chosen.layout, users)
    try:
        try:
            if row.daemon:
                stage.start(*row.arguments)
                stage.drop_honest()
            seen = row.attack(stage)
        except spool.Interrupted:
            raise
        except Exception as error:  # An attack that fails to run is no pass.
            seen = Seen(False, f"{type(error).__name__}: {error}")
        if row.daemon:
            seen = stage.aftermath(seen)
        late = f"{stage.beat_lateness():.1f}" if stage.beats else ""
        daemon, worker = stage.peaks()
        return [
            row.name,
            row.holds,
            seen.text.replace("|", "/").replace("\n", " ")[:160],
            "yes" if seen.held else "**no**",
            late,
            f"{daemon:.0f}" if daemon else "",
            f"{worker:.0f}" if worker else "",
        ]
    finally:
        stage.close()
        if not chosen.keep:
            spool.remove(place)


def main() -> int:
    parser = spool.options(__doc__)
    parser.add_argument(
        "--only", nargs="+", help="only attacks whose names have one of these words"
    )
    parser.add_argument("--list", action="store_true", help="name the attacks and end")
    parser.add_argument(
        "--home", type=Path, default=spool.ROOT / ".emend", help="models and libraries (EMEND_HOME)"
    )
    parser.add_argument(
        "--layout",
        type=Path,
        default=spool.ROOT / "packaging" / "deb" / "postinst",
        help="the script whose folders the daemon gets; an older version's shows what was wrong",
    )
    chosen = parser.parse_args()
    rows = [
        row
        for row in all_rows()
        if not chosen.only or any(word in f"{row.group} {row.name}" for word in chosen.only)
    ]
    if chosen.list:
        for row in rows:
            print(f"{row.group:10} {row.name}: {row.holds}")
        return 0
    if os.geteuid() != 0:
        print("attack: this makes users and acts as them; run it as the superuser", file=sys.stderr)
        return 2
    if not os.access(chosen.emend, os.X_OK):
        print(f"attack: {chosen.emend} is no program; build it, or use --emend", file=sys.stderr)
        return 2
    lines: list[list[str]] = []
    with spool.temporary(chosen, "attack") as base, accounts.temporary() as users:
        os.chmod(base, 0o755)
        for row in rows:
            spool.progress(row.name)
            lines.append(run(row, chosen, base, users))
    header = ["attack", "was to hold", "seen", "held", "late, s", "daemon, MiB", "worker, MiB"]
    print(f"{len(lines)} attacks; {bench.machine()}\n")
    print(bench.table(header, lines))
    missed = [line[0] for line in lines if line[3] != "yes"]
    aim = f"every attack is held, and no beat is more than {LATEST_BEAT:.0f} s late"
    return bench.verdict([(aim, not missed, ", ".join(missed) or f"{len(lines)} of {len(lines)}")])


if __name__ == "__main__":
    sys.exit(main())
