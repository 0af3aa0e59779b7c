"""Datasets in the storage that Spark reads, as the files that emend reads and writes.

JSON lines are copied as they are, so that no byte changes on the way. Rows of Parquet become JSON
lines for emend alone; the output has the input's columns, in which only corrected labels differ.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from emend_spark.corrections import OWN_MEMBER, Corrections, DatasetError, parsed, quoted

LINE_SUFFIXES = (".jsonl", ".ndjson", ".json")
# A file of the output; Spark reads files of about this size in one task each.
OUTPUT_BYTES = 128 << 20
# What emend says of a row of Parquet. Of a row that it cannot use, `emend_rejected` says why, and
# the others are null.
RESULT_SCHEMA = T.StructType(
    [
        T.StructField("emend_row", T.LongType()),
        T.StructField("emend", T.StringType()),
        T.StructField("emend_credibility", T.DoubleType()),
        T.StructField("emend_flagged", T.BooleanType()),
        T.StructField("emend_action", T.StringType()),
        T.StructField("emend_rejected", T.StringType()),
        T.StructField("emend_changed", T.StringType()),
    ]
)
# The columns that the output has behind the input's own.
RESULT_COLUMNS = RESULT_SCHEMA.names[1:-1]


class Storage:
    """The files that Hadoop's file systems hold: a local folder, HDFS, S3 and others."""

    def __init__(self, spark: SparkSession) -> None:
        jvm: Any = spark.sparkContext._jvm
        self._path = jvm.org.apache.hadoop.fs.Path
        self._configuration = spark.sparkContext._jsc.hadoopConfiguration()

    def _open(self, path: str) -> tuple[Any, Any]:
        place = self._path(path)
        return place.getFileSystem(self._configuration), place

    def exists(self, path: str) -> bool:
        system, place = self._open(path)
        return bool(system.exists(place))

    def files(self, path: str) -> list[str]:
        """The files of a folder and the folders in it, by name; a file itself. Hidden ones (_NAME,
        .NAME) are left out, as Spark does."""
        system, place = self._open(path)
        found = []
        listing = system.listFiles(place, True)
        root = system.getFileStatus(place).getPath().toString()
        while listing.hasNext():
            name = listing.next().getPath().toString()
            parts = name[len(root) :].split("/")
            if not any(part.startswith(("_", ".")) for part in parts):
                found.append(name)
        return sorted(found)

    def fetch(self, path: str, target: Path) -> None:
        system, place = self._open(path)
        system.copyToLocalFile(False, place, self._path(target.as_uri()), True)

    def put(self, source: Path, path: str) -> None:
        system, place = self._open(path)
        system.copyFromLocalFile(False, True, self._path(source.as_uri()), place)
        self._remove_checksum(system, place)

    def touch(self, path: str) -> None:
        system, place = self._open(path)
        system.create(place, True).close()
        self._remove_checksum(system, place)

    def _remove_checksum(self, system: Any, place: Any) -> None:
        """The local file system writes one beside each file."""
        system.delete(self._path(place.getParent(), f".{place.getName()}.crc"), False)

    def remove(self, path: str) -> None:
        system, place = self._open(path)
        system.delete(place, True)


def is_parquet(storage: Storage, path: str) -> bool:
    """Whether a dataset is Parquet and not JSON lines, by the names of its files."""
    if not storage.exists(path):
        raise DatasetError(f"{path}: there is no such file or folder; check the path")
    names = storage.files(path)
    if not names:
        raise DatasetError(f"{path}: there is no file in it; name a file or a folder with files")
    kinds = {name.endswith(".parquet") for name in names}
    if kinds == {True, False}:
        raise DatasetError(
            f"{path}: some files in it are Parquet and others are not; name one kind alone"
        )
    return True in kinds


def fetch_lines(storage: Storage, path: str, target: Path) -> int:
    """Copies JSON lines to one local file, in the order of the files' names; returns how many there
    are."""
    count = 0
    names = storage.files(path)
    with open(target, "wb") as output:
        for name in names:
            plain = name.removesuffix(".gz")
            if not plain.endswith((*LINE_SUFFIXES, ".txt")):
                raise DatasetError(
                    f"{name}: only JSON lines (.jsonl, .ndjson, .json; also .gz) and Parquet are "
                    f"read; convert it, or run emend itself on it"
                )
            part = target.with_name("part")
            storage.fetch(name, part)
            opened = gzip.open(part, "rb") if plain != name else open(part, "rb")  # noqa: SIM115
            last = b""
            with opened as file:
                for line in file:
                    output.write(line)
                    count += 1
                    last = line
            part.unlink()
            if last and not last.endswith(b"\n") and name != names[-1]:
                output.write(b"\n")
    return count


def put_lines(storage: Storage, source: Path, folder: str) -> None:
    """Writes an output as files of about `OUTPUT_BYTES`, in order."""
    part = source.with_name("output-part")
    number = 0
    with open(source, "rb") as file:
        while block := file.readlines(OUTPUT_BYTES):
            with open(part, "wb") as output:
                output.writelines(block)
            storage.put(part, f"{folder}/part-{number:05}.jsonl")
            part.unlink()
            number += 1


def read_parquet(spark: SparkSession, path: str) -> DataFrame:
    """The rows with `emend_row`, their number in the order of the files' names and the rows."""
    try:
        frame = spark.read.parquet(path)
    except Exception as error:
        raise DatasetError(f"{path}: cannot be read as Parquet: {_first_line(error)}") from None
    taken = [name for name in frame.columns if name == "emend" or name.startswith("emend_")]
    if taken:
        raise DatasetError(
            f"{path}: there is a column {taken[0]}, which emend writes; drop it, or name the "
            f"dataset before its repair"
        )
    frame = frame.select(
        "*",
        F.col("_metadata.file_path").alias("emend_file"),
        F.col("_metadata.row_index").alias("emend_index"),
    )
    counts = {
        row["emend_file"]: row["count"] for row in frame.groupBy("emend_file").count().collect()
    }
    first = 0
    starts: list[tuple[str, int]] = []
    for name in sorted(counts):
        starts.append((name, first))
        first += counts[name]
    schema = T.StructType(
        [T.StructField("emend_file", T.StringType()), T.StructField("emend_start", T.LongType())]
    )
    offsets = F.broadcast(spark.createDataFrame(starts, schema))
    return (
        frame.join(offsets, "emend_file")
        .withColumn("emend_row", F.col("emend_start") + F.col("emend_index"))
        .drop("emend_file", "emend_index", "emend_start")
    )


def rows_as_lines(frame: DataFrame, target: Path) -> int:
    """Writes rows as JSON lines, in order."""
    columns = [quoted(name) for name in frame.columns if name != "emend_row"]
    options = {"ignoreNullFields": "false"}
    lines = frame.orderBy("emend_row").select(F.to_json(F.struct(*columns), options).alias("line"))
    count = 0
    with open(target, "w", encoding="utf-8", newline="") as output:
        for row in lines.toLocalIterator():
            output.write(row["line"] + "\n")
            count += 1
    return count


def results(
    lines: Path, output: Path, rejected: Path, corrections: Corrections
) -> Iterator[dict[str, Any]]:
    """What emend says of each row, in order, by the lines that it read and wrote. What it replaced
    is noted in `corrections`."""
    reasons: dict[int, str] = {}
    if rejected.exists():
        with open(rejected, encoding="utf-8") as file:
            for line in file:
                rejection = json.loads(line)
                reasons[rejection["line"]] = rejection["reason"]
    with open(lines, encoding="utf-8") as read, open(output, encoding="utf-8") as written:
        for number, line in enumerate(read, 1):
            if number in reasons:
                yield {"emend_row": number - 1, "emend_rejected": reasons[number]}
                continue
            written_line = next(written)
            member = json.loads(written_line)[OWN_MEMBER]
            yield {
                "emend_row": number - 1,
                "emend": json.dumps(member, ensure_ascii=False),
                "emend_credibility": member.get("credibility"),
                "emend_flagged": member.get("flagged"),
                "emend_action": member.get("action"),
                "emend_changed": corrections.note(number, parsed(line), parsed(written_line)),
            }


def write_parquet(
    spark: SparkSession, frame: DataFrame, said: str, corrections: Corrections, path: str
) -> None:
    """Writes the rows with their results, in order."""
    joined = frame.join(spark.read.schema(RESULT_SCHEMA).json(said), "emend_row", "left")
    columns = [
        corrections.column(field).alias(field.name)
        for field in frame.schema.fields
        if field.name != "emend_row"
    ]
    ordered = joined.orderBy("emend_row").select(*columns, *RESULT_COLUMNS)
    ordered.write.parquet(path)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
