"""The files that stages exchange: parts, one behind the other, each with a header that is a line of
JSON, rows of a fixed size and a digest. Only the header is read here; `emend stage` checks all.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

DIGEST_BYTES = 32


class Part(NamedTuple):
    """Where a part of a file is."""

    path: Path
    offset: int
    size: int
    first: int
    rows: int

    def read(self) -> bytes:
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


def parts(path: Path) -> Iterator[Part]:
    """The parts of a file that `emend stage fit` wrote."""
    offset = 0
    with open(path, "rb") as file:
        while line := file.readline():
            header = json.loads(line)
            size = len(line) + header["rows"] * header["rowBytes"] + DIGEST_BYTES
            yield Part(path, offset, size, header["first"], header["rows"])
            offset += size
            file.seek(offset)


def groups(found: Iterable[Part], size: int) -> Iterator[list[Part]]:
    """Neighbouring parts together, of about `size` bytes and at least one part each."""
    group: list[Part] = []
    for part in found:
        if group and sum(other.size for other in group) + part.size > size:
            yield group
            group = []
        group.append(part)
    if group:
        yield group
