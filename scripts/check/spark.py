#!/usr/bin/env python3
"""Checks that a repair on Apache Spark gives what `emend run` gives on one machine.

  scripts/check/spark.py [--records N] [NAME …]

All checks, or those named: local, folder, columns, parquet, refusals, cluster, killed.

`local[2]` repairs the shipped sample, a made set in several files and the same set as Parquet. Then
a standalone cluster: a master with the driver and two workers, three hosts in network namespaces of
their own, of which the workers see neither emend nor its models. It runs undisturbed, and again
while an executor is killed during the encoding and a whole worker during the search. Each result is
compared with `emend run`: JSON lines and report byte for byte. The cluster needs root (`ip netns`).

Java 17 must be installed (apt-get install openjdk-17-jre-headless); PySpark comes from the Python
package index the first time, into .emend/spark. EMEND names the program; without it,
.build/release/emend or .build/debug/emend.
"""

import argparse
import ast
import contextlib
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYSPARK = "4.0.1"
VENV = ROOT / ".emend" / "spark" / f"pyspark-{PYSPARK}"
PYTHON = VENV / "bin" / "python"
SAMPLE = ROOT / "samples" / "intents.jsonl"
# No check waits longer for anything.
LIMIT_S = 1_500


class Unprepared(Exception):
    """The checks cannot run here; the message says what to install."""


def program() -> Path:
    places = [os.environ.get("EMEND", "")]
    places += [str(ROOT / ".build" / kind / "emend") for kind in ("release", "debug")]
    found = next((Path(place) for place in places if place and os.access(place, os.X_OK)), None)
    if found is None:
        raise Unprepared("emend is not built; run scripts/setup/build first")
    return found.absolute()


def prepare() -> None:
    """Installs PySpark, completely or not at all."""
    java = shutil.which("java")
    if java is None:
        raise Unprepared("Java is missing; apt-get install openjdk-17-jre-headless")
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = said.partition('version "')[2].split(".")[0]
    if not version.isdigit() or int(version) < 17:
        raise Unprepared(f"PySpark {PYSPARK} needs Java 17 or later, and {java} is {version}")
    if (VENV / "complete").exists():
        return
    print(f"Fetching PySpark {PYSPARK} (once)", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + [f"pyspark=={PYSPARK}"],
        check=True,
    )
    (VENV / "complete").touch()


def spark_home() -> Path:
    return next(VENV.glob("lib/python*/site-packages/pyspark"))


def environment(**others: str) -> dict[str, str]:
    return {
        **os.environ,
        "EMEND_HOME": str(ROOT / ".emend"),
        "SPARK_HOME": str(spark_home()),
        "PYSPARK_PYTHON": str(PYTHON),
        "PYSPARK_DRIVER_PYTHON": str(PYTHON),
        **others,
    }


def made_records(count: int) -> list[dict]:
    """Requests made of halves of the sample's, one label in ten wrong, some with characters that
    are easily lost between programs."""
    texts: dict[str, list[list[str]]] = {}
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if "label" in record:
            texts.setdefault(record["label"], []).append(record["text"].split())
    labels = sorted(texts)
    draw = random.Random(3)
    odd = ["naïve", "“quoted”", '\\ / "', "\u2028", "𝄞", "tab\there"]
    records = []
    for number in range(count):
        label = draw.choice(labels)
        first, second = draw.choice(texts[label]), draw.choice(texts[label])
        words = first[: len(first) // 2 + 1] + second[len(second) // 2 :]
        if number % 50 == 7:
            words.append(odd[number // 50 % len(odd)])
        given = draw.choice(labels) if draw.random() < 0.1 else label
        records.append({"id": number, "text": " ".join(words), "label": given})
    return records


def as_line(record: dict) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


class Check:
    """A folder, the program, and the ways to run it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.records = made_records(count)
        self.emend = program()

    def run(self, file: Path, status: int = 0) -> Path:
        """What one machine makes of a file: the path of the results without their endings."""
        outbox = self.folder / f"one-machine-{file.stem}"
        command = [self.emend, "run", str(file), "--outbox", str(outbox), "--quiet"]
        # Elsewhere than here, where there are rules.
        done = subprocess.run(
            command, env=environment(), cwd=self.folder, capture_output=True, text=True
        )
        expect(done.returncode == status, f"emend run ended with {done.returncode}: {done.stderr}")
        return outbox / file.stem

    def repair(
        self,
        source: Path,
        output: Path,
        *flags: str,
        master: str = "local[2]",
        prefix: tuple[str, ...] = (),
        settings: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        command = [*prefix, str(spark_home() / "bin" / "spark-submit"), "--master", master]
        for setting in ("spark.ui.enabled=false", *settings):
            command += ["--conf", setting]
        command += [str(ROOT / "spark" / "repair.py"), str(source), str(output)]
        command += ["--emend", str(self.emend), "--home", str(ROOT / ".emend"), *flags]
        return subprocess.run(
            command,
            env=environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )

    def expect_same(self, output: Path, results: Path) -> None:
        """Compares a repair of JSON lines with the files of one machine."""
        parts = sorted(output.glob("part-*.jsonl"))
        content = b"".join(part.read_bytes() for part in parts)
        expect(bool(parts), f"there is no output in {output}")
        expected = results.with_name(f"{results.name}.jsonl").read_bytes()
        expect(content == expected, f"{output} differs from {results}.jsonl")
        for name in ("report.json", "rejected.jsonl"):
            one = results.with_name(f"{results.name}.{name}")
            other = output / f"_{name}"
            expect(one.exists() == other.exists(), f"{one} and {other}: one is missing")
            if one.exists():
                expect(one.read_bytes() == other.read_bytes(), f"{other} differs from {one}")
        flagged = content.count(b'"flagged": true')
        expect(flagged > 0, f"nothing in {output} is flagged, so the check shows little")


class Failed(Exception):
    """A check found a difference."""


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise Failed(message)


def ended(done: subprocess.CompletedProcess[str], status: int = 0) -> None:
    expect(
        done.returncode == status,
        f"repair.py ended with {done.returncode}, not {status}: {done.stdout[-2000:]}"
        f"{done.stderr[-3000:]}",
    )


# MARK: local[2]


def check_local(check: Check) -> None:
    """The shipped sample."""
    output = check.folder / "sample-out"
    ended(check.repair(SAMPLE, output))
    check.expect_same(output, check.run(SAMPLE))


def check_folder(check: Check) -> None:
    """A folder of several files, one compressed, with a line that cannot be used."""
    lines = [as_line(record) for record in check.records]
    first, second = len(lines) // 3, len(lines) * 5 // 6
    lines[first + 17] = b'{"id": 1234, "text": "cut off\n'
    folder = check.folder / "made.jsonl"
    folder.mkdir()
    (folder / "b.jsonl").write_bytes(b"".join(lines[first:second]))
    (folder / "a.jsonl").write_bytes(b"".join(lines[:first]).removesuffix(b"\n"))
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(b"".join(lines[second:])))
    (folder / "_ignored").write_text("not data")
    whole = check.folder / "made" / "made.jsonl"
    whole.parent.mkdir()
    whole.write_bytes(b"".join(lines))
    output = check.folder / "folder-out"
    ended(check.repair(folder, output), 3)
    check.expect_same(output, check.run(whole, 3))


PARQUET_WRITER = """
import datetime, decimal, json, sys
from pyspark.sql import SparkSession, types as T
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
moment = datetime.datetime(2020, 1, 1, 1, 1, 1, 123456)
member = T.StructType([
    T.StructField("name", T.StringType()), T.StructField("at", T.TimestampType())])
kind, label = {
    "text": (T.StringType(), lambda value: value),
    "number": (T.DoubleType(), lambda value: value),
    "member": (member, lambda value: (value["name"], moment)),
    "moment": (T.TimestampType(), lambda value: moment + datetime.timedelta(days=len(value))),
}[sys.argv[3]]
schema = T.StructType([
    T.StructField("id", T.LongType()), T.StructField("text", T.StringType()),
    T.StructField("label", kind), T.StructField("day", T.DateType()),
    T.StructField("price", T.DecimalType(10, 2)), T.StructField("raw", T.BinaryType()),
    T.StructField("tags", T.ArrayType(T.StringType())), T.StructField("score", T.DoubleType())])
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
day = datetime.date(2020, 1, 1)
data = [(r["id"], r["text"], label(r["label"]), day + datetime.timedelta(days=i),
         decimal.Decimal(i) / 100, bytes([i % 256]), ["a", None] if i % 2 else None, i / 3)
        for i, r in enumerate(rows)]
third = -(-len(data) // 3)
for start in range(0, len(data), third):
    part = data[start : start + third]
    spark.createDataFrame(part, schema).coalesce(1).write.mode("append").parquet(sys.argv[2])
"""

PARQUET_READER = """
import json, sys
from pyspark.sql import SparkSession, functions as F
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
def rows(path):
    frame = spark.read.parquet(path)
    place = [F.col("_metadata.file_path"), F.col("_metadata.row_index")]
    return [[repr(v) for v in r[:-2]] for r in frame.select("*", *place).orderBy(*place).collect()]
before, after = spark.read.parquet(sys.argv[1]), spark.read.parquet(sys.argv[2])
same_types = before.schema.fields == after.schema.fields[: len(before.columns)]
json.dump({"types": same_types, "columns": after.columns,
           "before": rows(sys.argv[1]), "after": rows(sys.argv[2])}, open(sys.argv[3], "w"))
"""


def check_parquet(check: Check) -> None:
    """Parquet with columns of many types: only corrected labels change, and the order stays."""
    check_labels(check, "text", check.records, lambda label: label)
    few = check.records[:900]
    numbers = {label: float(place) for place, label in enumerate(sorted({r["label"] for r in few}))}
    check_labels(check, "number", few, lambda label: numbers[label])
    moment = "datetime.datetime(2020, 1, 1, 1, 1, 1, 123456)"
    check_labels(
        check, "member", few, lambda label: {"name": label}, "--label", "label.name",
        shown=lambda label: f"Row(name={label['name']!r}, at={moment})",
    )  # fmt: skip


def written_parquet(check: Check, shape: str, records: list[dict]) -> Path:
    """Parquet whose labels have one of the shapes that the writer knows."""
    lines, folder = check.folder / f"{shape}.jsonl", check.folder / f"{shape}.parquet"
    lines.write_bytes(b"".join(map(as_line, records)))
    subprocess.run(
        [str(PYTHON), "-c", PARQUET_WRITER, str(lines), str(folder), shape],
        env=environment(), check=True, capture_output=True,
    )  # fmt: skip
    return folder


def check_labels(
    check: Check,
    shape: str,
    records: list[dict],
    label: Callable[[str], object],
    *fields: str,
    shown: Callable[[dict], str] = repr,
) -> None:
    """Repairs Parquet with labels of one shape.

    `label` makes a label of a line, and `shown` what Python shows of the column."""
    records = [{**record, "label": label(record["label"])} for record in records]
    folder, output = written_parquet(check, shape, records), check.folder / f"{shape}-out"
    flags = ("--mode", "all", *fields)
    ended(check.repair(folder, output, *flags))
    said = check.folder / "parquet.json"
    subprocess.run(
        [str(PYTHON), "-c", PARQUET_READER, str(folder), str(output), str(said)],
        env=environment(), check=True, capture_output=True,
    )  # fmt: skip
    found = json.loads(said.read_text())
    expect(found["types"], f"{shape}: the columns' types changed: {found['columns']}")
    expect(len(found["after"]) == len(records), f"{shape}: {len(found['after'])} rows came back")
    # The lines that one machine reads have the same order, which Spark chose for the files.
    order = [int(row[0]) for row in found["before"]]
    whole = check.folder / f"{shape}-in-order.jsonl"
    whole.write_bytes(b"".join(as_line(records[number]) for number in order))
    outbox = check.folder / f"{shape}-one"
    subprocess.run(
        [check.emend, "run", str(whole), "--outbox", str(outbox), "--quiet", *flags],
        env=environment(), cwd=check.folder, check=True,
    )  # fmt: skip
    columns = found["columns"]
    corrected = 0
    expected = (outbox / whole.name).read_text(encoding="utf-8").split("\n")[:-1]
    for before, after, line in zip(found["before"], found["after"], expected, strict=True):
        record = json.loads(line)
        row = dict(zip(columns, after, strict=True))
        corrected += record["emend"]["action"] == "corrected"
        place = columns.index("label")
        where = f"{shape}: row {before[0]}"
        expect(row["label"] == shown(record["label"]), f"{where}: another label: {row['label']}")
        expect(
            after[:place] + after[place + 1 : len(before)] == before[:place] + before[place + 1 :],
            f"{where}: other columns changed: {after}",
        )
        member = json.loads(ast.literal_eval(row["emend"]))
        expect(member == record["emend"], f"{where}: another result")
        credibility = record["emend"]["credibility"]
        expect(row["emend_credibility"] == repr(credibility), f"{where}: credibility")
        expect(row["emend_flagged"] == repr(record["emend"]["flagged"]), f"{where}: flag")
        expect(row["emend_rejected"] == "None", f"{where}: rejected")
    expect(corrected > 0, f"{shape}: no label was corrected, so the check shows little")


COLUMNS = """
import datetime, decimal, json, sys
sys.path.insert(0, sys.argv[1])
from pyspark.sql import SparkSession, functions as F, types as T
from emend_spark.corrections import Corrections, DatasetError, parsed
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
moment = datetime.datetime(2020, 1, 1, 1, 1, 1, 123456)
inner = T.StructType([
    T.StructField("na.me", T.DoubleType()), T.StructField("at", T.TimestampType())])
item = T.StructType([T.StructField("x", inner), T.StructField("raw", T.BinaryType())])
flags = T.StructType([T.StructField("a", T.IntegerType()), T.StructField("b", T.IntegerType())])
exact = decimal.Decimal("12345678901234567890.123456789012345678")
other = decimal.Decimal("12345678901234567890.123456789012345679")
# Each column with a value, the value that replaces it, and what is replaced in the line.
columns = {
    "double": (T.DoubleType(), 0.0, 1.0, [('"double":0.0', '"double": 1.0')]),
    "float": (T.FloatType(), 0.1, 0.3, [('"float":0.1', '"float": 0.3')]),
    "decimal": (T.DecimalType(38, 18), exact, other, [(str(exact), str(other))]),
    "tiny": (T.ByteType(), 1, -128, [('"tiny":1', '"tiny": -128')]),
    "long": (T.LongType(), 2**62 + 1, 2**62 + 3, [(str(2**62 + 1), str(2**62 + 3))]),
    "yes": (T.BooleanType(), False, True, [("false", "true")]),
    "text": (T.StringType(), "a", 'é " b', [('"text":"a"', '"text":' + json.dumps('é " b'))]),
    "list": (T.ArrayType(T.StringType()), ["a", "b"], ["b"], [('"a","b"', '"b"')]),
    "st ruct`": (inner, (0.5, moment), (0.75, moment), [("0.5", "0.75")]),
    "deep": (T.ArrayType(item), [((1.5, moment), b"1"), ((2.5, moment), b"2")],
             [((1.75, moment), b"1"), ((2.25, moment), b"2")], [("1.5", "1.75"), ("2.5", "2.25")]),
    "flags": (flags, (1, 0), (0, 1), [('"a":1', '"a":0'), ('"b":0', '"b":1')]),
}
schema = T.StructType([T.StructField(name, column[0]) for name, column in columns.items()])
rows = [tuple(column[place] for column in columns.values()) for place in (1, 1, 2)]
frame = spark.createDataFrame([*rows, (None,) * len(columns)], schema).coalesce(1)
quoted = ["`" + name.replace("`", "``") + "`" for name in columns]
line = frame.select(F.to_json(F.struct(*quoted))).first()[0]
after = line
for _, _, _, changes in columns.values():
    for before, value in changes:
        assert after.count(before) == 1, before
        after = after.replace(before, value)
corrections = Corrections("IN", schema)
paths = {"st ruct`": ["st ruct`", "na.me"], "deep": ["deep", "x", "na.me"]}
for name in columns:
    corrections.require(paths.get(name, [name]))
note = corrections.note(1, parsed(line), parsed(after))
first = F.monotonically_increasing_id() == 0
changed = frame.withColumn("emend_changed", F.when(first, F.lit(note)))
found = changed.select(*[corrections.column(field).alias(field.name) for field in schema]).collect()
given = frame.collect()
said = {}
for place, name in enumerate(columns):
    column = [row[place] for row in found]
    wanted = [given[2][place], given[1][place], given[2][place], None]
    said[name] = "" if column == wanted else f"{column} is not {wanted}"

def refusal(call):
    try:
        call()
        return "none"
    except DatasetError as error:
        return str(error)

places = T.StructType([
    T.StructField("when", T.TimestampType()), T.StructField("tiny", T.ByteType()),
    T.StructField("map", T.MapType(T.StringType(), T.StringType())),
    T.StructField("cents", T.DecimalType(4, 2)), T.StructField("text", T.StringType())])
corrections = Corrections("IN", places)
said["refusals"] = [
    refusal(lambda: corrections.require(["when"])),
    refusal(lambda: corrections.require(["map", "x"])),
    refusal(lambda: corrections.note(7, parsed('{"tiny": 1}'), parsed('{"tiny": 128}'))),
    refusal(lambda: corrections.note(7, parsed('{"tiny": 1}'), parsed('{"tiny": "one"}'))),
    refusal(lambda: corrections.note(7, parsed('{"cents": 1.25}'), parsed('{"cents": 1.255}'))),
    refusal(lambda: corrections.note(7, parsed('{"cents": 1.25}'), parsed('{"cents": 125}'))),
    refusal(lambda: corrections.note(7, parsed('{"text": "1"}'), parsed('{"text": 1}'))),
    refusal(lambda: corrections.note(7, parsed('{"text": "1"}'), parsed('{"new": 1}'))),
]
said["none"] = corrections.note(7, parsed('{"text": "1"}'), parsed('{"text": "1", "emend": 2}'))
json.dump(said, open(sys.argv[2], "w"))
"""


def check_columns(check: Check) -> None:
    """What emend replaced is replaced in columns of every type, and in nothing else of the row."""
    result = check.folder / "columns.json"
    done = subprocess.run(
        [str(PYTHON), "-c", COLUMNS, str(ROOT / "spark"), str(result)],
        env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    ended(done)
    said = json.loads(result.read_text())
    refusals = said.pop("refusals")
    expect(said.pop("none") is None, "a result of emend was taken for a correction")
    expect(len(said) == 11, f"only {sorted(said)} were compared")
    for name, difference in said.items():
        expect(difference == "", f"{name}: {difference}")
    words = ["timestamp", "map<string,string>", *["row 7: the corrected label"] * 6]
    for refusal, word in zip(refusals, words, strict=True):
        expect(word in refusal and "; make it a column of" in refusal, f"{word}: {refusal}")


def check_refusals(check: Check) -> None:
    """What cannot be done is said in one sentence, and nothing is written."""
    text = check.folder / "unlabelled.jsonl"
    text.write_text('{"text": "one"}\n{"text": "two"}\n')
    (check.folder / "there").mkdir()
    moments = written_parquet(check, "moment", check.records[:60])
    table = check.folder / "table.csv"
    table.write_text("text,label\na,b\n")
    for source, output, flags, words in (
        (text, "out-1", (), "label"),
        (SAMPLE, "there", (), "it is there already"),
        (check.folder / "nothing.jsonl", "out-2", (), "there is no such file"),
        (table, "out-3", (), "only JSON lines"),
        (moments, "out-5", (), "the label label has the type timestamp"),
        (SAMPLE, "out-4", ("--emend", str(text)), "there is no such program"),
    ):
        done = check.repair(source, check.folder / output, *flags)
        ended(done, 1)
        # Spark hands on all that the program says as its own standard output.
        said = [line for line in done.stdout.splitlines() if line.startswith("repair: error: ")]
        expect(len(said) == 1 and words in said[0], f"{source}: {done.stdout[-2000:]}")
        expect(not (check.folder / output / "_SUCCESS").exists(), f"{output} was written")


# MARK: a cluster


class Cluster:
    """A master and two workers, each a host of its own: network namespaces on their own bridge."""

    MASTER, *WORKERS = ("10.213.77.1", "10.213.77.11", "10.213.77.12")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = [f"emend{os.getpid()}-{number}" for number in range(3)]
        self.processes: list[subprocess.Popen[bytes]] = []

    def inside(self, host: int) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.names[host])

    def __enter__(self) -> "Cluster":
        try:
            self._make_network()
            home = str(spark_home())
            spark = str(spark_home() / "bin" / "spark-class")
            kind = "org.apache.spark.deploy"
            self._start(
                0, [spark, f"{kind}.master.Master", "--host", self.MASTER, "--port", "7077"]
                + ["--webui-port", "0"], home,
            )  # fmt: skip
            for host, address in enumerate(self.WORKERS, 1):
                # A host without emend and its models.
                hidden = [ROOT / ".build", ROOT / ".emend/models", ROOT / ".emend/openvino"]
                hide = "; ".join(f"mount -t tmpfs none {path}" for path in hidden)
                work = self.folder / f"worker-{host}"
                command = (
                    f"{hide}; exec {spark} {kind}.worker.Worker spark://{self.MASTER}:7077 "
                    f"--host {address} --cores 1 --memory 1g --webui-port 0 --work-dir {work}"
                )
                self._start(host, ["unshare", "-m", "sh", "-c", command], home)
            wait_until(
                lambda: all("registered" in self._log(host) for host in (1, 2)),
                "the workers to register with the master",
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for host in (0, 1, 2):
            self.kill(host)
        for process in self.processes:
            process.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def _make_network(self) -> None:
        for name in self.names:
            self._ip("netns", "add", name)
            self._ip("-n", name, "link", "set", "lo", "up")
        master = self.names[0]
        self._ip("-n", master, "link", "add", "bridge", "type", "bridge")
        self._ip("-n", master, "addr", "add", f"{self.MASTER}/24", "dev", "bridge")
        self._ip("-n", master, "link", "set", "bridge", "up")
        for host, address in enumerate(self.WORKERS, 1):
            name = self.names[host]
            port = f"port{host}"
            self._ip(
                "-n", master, "link", "add", port, "type", "veth", "peer", "name", "uplink",
                "netns", name,
            )  # fmt: skip
            self._ip("-n", master, "link", "set", port, "master", "bridge")
            self._ip("-n", master, "link", "set", port, "up")
            self._ip("-n", name, "addr", "add", f"{address}/24", "dev", "uplink")
            self._ip("-n", name, "link", "set", "uplink", "up")

    @staticmethod
    def _ip(*arguments: str) -> None:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise Unprepared(
                f"ip {' '.join(arguments)}: {done.stderr.strip()}; the cluster needs root and "
                "iproute2, so name the other checks alone"
            )

    def _start(self, host: int, command: list[str], home: str) -> None:
        address = (self.MASTER, *self.WORKERS)[host]
        log = open(self.folder / f"host-{host}.log", "wb")  # noqa: SIM115
        self.processes.append(
            subprocess.Popen(
                [*self.inside(host), *command],
                env=environment(SPARK_LOCAL_IP=address, SPARK_HOME=home),
                stdout=log,
                stderr=log,
            )
        )

    def _log(self, host: int) -> str:
        return (self.folder / f"host-{host}.log").read_text(errors="replace")

    def running(self, host: int, *words: bytes) -> list[int]:
        """The processes of a host whose command lines have all of these words."""
        found = []
        done = subprocess.run(
            ["ip", "netns", "pids", self.names[host]], capture_output=True, text=True
        )
        for number in done.stdout.split():
            with contextlib.suppress(OSError):
                line = Path(f"/proc/{number}/cmdline").read_bytes()
                if all(word in line for word in words):
                    found.append(int(number))
        return found

    def kill(self, host: int, *words: bytes) -> int:
        """Kills the processes of a host, all or those with these words; returns how many."""
        found = self.running(host, *words)
        for number in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return len(found)

    def repair(self, check: Check, source: Path, output: Path) -> subprocess.CompletedProcess[str]:
        return check.repair(
            source,
            output,
            master=f"spark://{self.MASTER}:7077",
            prefix=self.inside(0),
            settings=(
                f"spark.driver.host={self.MASTER}",
                f"spark.driver.bindAddress={self.MASTER}",
                "spark.executor.memory=512m",
            ),
        )


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited {LIMIT_S} s in vain for {what}")
        time.sleep(0.05)


def cluster_source(check: Check) -> Path:
    source = check.folder / "clustered.jsonl"
    source.write_bytes(b"".join(map(as_line, check.records)))
    return source


def check_cluster(check: Check) -> None:
    """Two workers that see neither emend nor its models."""
    source = cluster_source(check)
    output = check.folder / "cluster-out"
    with Cluster(check.folder) as cluster:
        ended(cluster.repair(check, source, output))
        for host in (1, 2):
            executors = [*(check.folder / f"worker-{host}").glob("app-*/*")]
            expect(bool(executors), f"worker {host} had no executor")
    check.expect_same(output, check.run(source))


def check_killed(check: Check) -> None:
    """An executor is killed during the encoding, and a whole worker during the search."""
    source = cluster_source(check)
    output = check.folder / "killed-out"
    killed: dict[str, int] = {}
    with Cluster(check.folder) as cluster:

        def kill() -> None:
            wait_until(lambda: bool(cluster.running(1, b"stage\0encode")), "a task that encodes")
            killed["executor"] = cluster.kill(1, b"CoarseGrainedExecutorBackend")
            wait_until(lambda: bool(cluster.running(2, b"stage\0search")), "a task that searches")
            killed["worker"] = cluster.kill(2)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        done = cluster.repair(check, source, output)
        ended(done)
        killer.join(10)
    expect(killed.get("executor", 0) > 0 and killed.get("worker", 0) > 1, f"killed: {killed}")
    check.expect_same(output, check.run(source))


CHECKS: dict[str, Callable[[Check], None]] = {
    "local": check_local,
    "folder": check_folder,
    "columns": check_columns,
    "parquet": check_parquet,
    "refusals": check_refusals,
    "cluster": check_cluster,
    "killed": check_killed,
}


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="emend-spark-check-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(CHECKS))
    parser.add_argument("--records", type=int, default=3_000, help="of the made set")
    options = parser.parse_args()
    names = options.names or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error(f"there is no check {unknown[0]}; there are {', '.join(CHECKS)}")
    passed = 0
    try:
        prepare()
        for name in names:
            started = time.monotonic()
            try:
                with working_folder() as folder:
                    CHECKS[name](Check(folder, options.records))
                passed += 1
                result = "passed"
            except (Failed, subprocess.SubprocessError) as failure:
                result = f"FAILED: {failure}"
            print(f"{name}: {result} ({time.monotonic() - started:.0f} s)", flush=True)
    except Unprepared as reason:
        print(f"spark: {reason}")
    print(f"{passed} passed, {len(names) - passed} failed")
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
