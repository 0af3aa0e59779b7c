"""The stages that take most of the time, on executors: encoding and the search of neighbours."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from pyspark import RDD, SparkContext, SparkFiles, StorageLevel

from emend_spark.parts import groups, parts
from emend_spark.program import Program

# A text takes about two milliseconds, and to open the model half a second.
TEXTS_PER_TASK = 4_096
# Rows of a space that one task compares with a part of the index.
MOST_ROWS_PER_PART = 4_096
# What the driver gives out at once: it is in the driver's memory while the executors work on it.
WAVE_BYTES = 128 << 20


def rows_per_part(rows: int, cores: int) -> int:
    """So few that all cores have work. It changes no result."""
    return max(64, min(MOST_ROWS_PER_PART, -(-rows // (4 * cores))))


def encode(context: SparkContext, program: Program, texts: Path, vectors: Path) -> int:
    """Encodes the lines of `texts` part by part; returns how many texts there were."""
    threads = str(program.task_threads)
    cores = context.defaultParallelism
    with open(texts, "rb") as file, open(vectors, "wb") as output:
        header = file.readline()
        lines = (line for line in file)
        total = 0
        # So few that all cores have work, where there are few texts.
        with open(texts, "rb") as counted:
            share = -(-max(sum(1 for _ in counted) - 1, 1) // (2 * cores))
        size = max(64, min(TEXTS_PER_TASK, share))

        def encoded(block: bytes) -> bytes:
            return program.on_executor(
                ["stage", "encode", "--threads", threads, "--no-cache"], block
            )

        blocks: list[bytes] = []
        for batch in itertools.chain(_batches(lines, size), [None]):
            if batch is not None:
                total += len(batch)
                blocks.append(header + b"".join(batch))
            if blocks and (batch is None or sum(map(len, blocks)) > WAVE_BYTES):
                rdd = context.parallelize(blocks, len(blocks)).map(encoded)
                _collect(rdd, output.write)
                blocks = []
    return total


def search(context: SparkContext, program: Program, space: Path, lists: Path) -> None:
    """Searches one space: each of its parts among all of them.

    Every executor gets the whole space once, as a file. A task has the rows of one part, and reads
    the others from that file: nothing is shuffled."""
    context.addFile(str(space))
    name = space.name
    threads = str(program.task_threads)

    def searched(queries: bytes) -> bytes:
        index = SparkFiles.get(name)
        return program.on_executor(
            ["stage", "search", "--index", index, "--threads", threads], queries
        )

    with open(lists, "wb") as output:
        for wave in groups(parts(space), WAVE_BYTES):
            blocks = context.parallelize([part.read() for part in wave], len(wave))
            _collect(blocks.map(searched), output.write)


def _collect(rdd: "RDD[bytes]", write: Callable[[bytes], object]) -> None:
    """Computes all partitions at once, then takes one after the other to the driver. What an
    executor that was lost had computed is computed again."""
    rdd = rdd.persist(StorageLevel.DISK_ONLY)
    try:
        rdd.count()
        for block in rdd.toLocalIterator():
            write(block)
    finally:
        rdd.unpersist()


def _batches(lines: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    while batch := list(itertools.islice(lines, size)):
        yield batch
