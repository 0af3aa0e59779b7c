"""What a row of the table is, and how one is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .stage import Stage


@dataclass
class Seen:
    """What came of an attack: whether the promise held, and what was seen, in a few words."""

    held: bool
    text: str


@dataclass
class Row:
    name: str
    holds: str  # the promise
    attack: Callable[[Stage], Seen]
    group: str  # the module
    daemon: bool  # whether a daemon is to run, with honest files around the attack
    arguments: tuple[str, ...]  # further flags of the daemon


ROWS: list[Row] = []


def row(name: str, holds: str, *, daemon: bool = True, arguments: tuple[str, ...] = ()):
    """Makes a function a row of the table."""

    def register(attack: Callable[[Stage], Seen]) -> Callable[[Stage], Seen]:
        group = attack.__module__.rsplit(".", 1)[-1]
        ROWS.append(Row(name, holds, attack, group, daemon, arguments))
        return attack

    return register


def none(found: list[str], nothing: str = "nothing") -> Seen:
    """Held where the list of what went wrong is empty."""
    return Seen(not found, "; ".join(found[:4]) or nothing)
