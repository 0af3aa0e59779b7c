#!/usr/bin/env python3
"""Repairs a labelled dataset on Apache Spark: what `emend run` does, with the encoding and the
search of neighbours on executors.

  spark-submit spark/repair.py IN OUT [--emend PATH] [--rules PATH] [flags of emend run]

IN is a file or a folder of JSON lines (also .gz) or Parquet, wherever Spark reads; OUT is a new
folder. JSON lines are written as part-00000.jsonl and so on, in the order of the input; Parquet as
the rows of the input with columns `emend` (what emend run writes as a member, as JSON),
`emend_credibility`, `emend_flagged`, `emend_action` and `emend_rejected`. The report is in
OUT/_report.json and OUT/_report.html, which Spark does not read as data, and lines that could not
be used are in OUT/_rejected.jsonl.

Executors need neither emend nor a model: the job ships both, for Linux on the driver's kind of
processor. docs/SCALE.md says what a job of a size needs.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).resolve().parent))
from emend_spark import dataset, stages  # noqa: E402
from emend_spark.corrections import Corrections  # noqa: E402
from emend_spark.program import ARCHIVE, MARK, Program, StageFailure, archive, located, sentence  # noqa: E402

# The status of emend where lines were rejected; their results are complete.
REJECTS = 3


def parsed() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="repair.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="IN")
    parser.add_argument("output", metavar="OUT")
    parser.add_argument("--emend", metavar="PATH", help="the program on the driver")
    parser.add_argument(
        "--home", metavar="DIR", help="the folder with models and libraries, if emend finds another"
    )
    parser.add_argument(
        "--installed",
        action="store_true",
        help="every machine has emend and the model at the driver's path; nothing is shipped",
    )
    parser.add_argument(
        "--work", metavar="DIR", help="folder of the driver for what the stages exchange"
    )
    parser.add_argument("--rules", metavar="PATH", help="folder of rules, or one file of rules")
    return parser.parse_known_args()


class Job:
    def __init__(
        self, spark: SparkSession, options: argparse.Namespace, flags: list[str], work: Path
    ) -> None:
        self.spark = spark
        # A folder of the driver.
        self.work = work
        self.context = spark.sparkContext
        self.storage = dataset.Storage(spark)
        self.input: str = options.input
        self.output: str = options.output.rstrip("/")
        self.flags = flags
        self.rules = ["--rules", options.rules] if options.rules else []
        self.is_local = self.context.master.startswith("local")
        self.program = Program(
            path=located(options.emend),
            home=options.home,
            is_shipped=not (options.installed or self.is_local),
            task_threads=int(self.context.getConf().get("spark.task.cpus", "1")),
        )
        self.options = options

    def run(self) -> int:
        work = self.work
        if self.storage.exists(self.output):
            raise dataset.DatasetError(f"{self.output}: it is there already; name a new folder")
        is_parquet = dataset.is_parquet(self.storage, self.input)
        name = self.input.rstrip("/").split("/")[-1].removesuffix(".gz")
        lines = work / f"{name.rsplit('.', 1)[0] or 'dataset'}.jsonl"
        frame = None
        corrections = None
        if is_parquet:
            frame = dataset.read_parquet(self.spark, self.input)
            corrections = Corrections(self.input, frame.schema)
            count = dataset.rows_as_lines(frame, lines)
        else:
            count = dataset.fetch_lines(self.storage, self.input, lines)

        status = self.repaired(lines, count, corrections)
        results = work / "results"
        written = results / lines.name
        if frame is None or corrections is None:
            dataset.put_lines(self.storage, written, self.output)
        else:
            said = work / "said.json"
            rejected = results / f"{lines.stem}.rejected.jsonl"
            with open(said, "w", encoding="utf-8") as file:
                for result in dataset.results(lines, written, rejected, corrections):
                    file.write(json.dumps(result, ensure_ascii=False) + "\n")
            # Beside the output, where every executor can read it.
            place = f"{self.output}.results.json"
            self.storage.put(said, place)
            try:
                dataset.write_parquet(self.spark, frame, place, corrections, self.output)
            finally:
                self.storage.remove(place)
        for other in sorted(results.iterdir()):
            if other != written:
                suffix = other.name.removeprefix(f"{lines.stem}.")
                self.storage.put(other, f"{self.output}/_{suffix}")
        self.storage.touch(f"{self.output}/_SUCCESS")
        return status

    def repaired(self, lines: Path, count: int, corrections: Corrections | None) -> int:
        """Runs the stages on one local file; the results are in `work`."""
        work = self.work
        program = self.program
        reading = [str(lines), *self.rules, *self.fields()]
        texts = work / "texts"
        texts.write_bytes(program.on_driver(["stage", "texts", *reading]))
        with open(texts, "rb") as file:
            header = json.loads(file.readline())
            has_texts = bool(file.readline())
        model = header.get("encoder") or "all-MiniLM-L6-v2"
        if corrections and not self.only_suggests():
            corrections.require(header.get("label"))
        if program.is_shipped:
            shipped = work / "program.tar.gz"
            archive(program, model, shipped)
            self.context.addArchive(f"{shipped}#{ARCHIVE}")
        vectors: list[str] = []
        if has_texts:
            stages.encode(self.context, program, texts, work / "vectors")
            vectors = ["--vectors", str(work / "vectors")]
        rows = stages.rows_per_part(count, self.context.defaultParallelism)
        fitted = program.on_driver(
            ["stage", "fit", *reading, *vectors, "--spaces", str(work / "spaces")]
            + ["--rows-per-part", str(rows)]
        )
        neighbours: list[str] = []
        for number, path in enumerate(fitted.decode().split("\n")[:-1], 1):
            lists = work / f"{number}.neighbours"
            stages.search(self.context, program, Path(path), lists)
            Path(path).unlink()
            neighbours += ["--neighbours", str(lists)]
        command = [program.path, "stage", "score", str(lines), *self.rules, *self.flags]
        command += [*vectors, *neighbours, "--outbox", str(work / "results")]
        return self.scored(command)

    def scored(self, command: list[str]) -> int:
        """Runs the last stage; its summary and messages go to the user."""
        result = subprocess.run(
            command, capture_output=True, encoding="utf-8", env=self.program.environment()
        )
        if result.returncode not in (0, REJECTS):
            raise StageFailure(f"{MARK}: {result.stderr.strip()}\n")
        sys.stderr.write(result.stderr)
        # The files that it names are copied and removed.
        about_files = ("  Look:", "  Decide:", "  results:", f"    {self.work}")
        for line in result.stdout.splitlines():
            if not line.startswith(about_files):
                print(line)
        print(f"  results: {self.output}", flush=True)
        return result.returncode

    def only_suggests(self) -> bool:
        """Whether a flag says that no label is replaced."""
        pairs = itertools.pairwise([*self.flags, ""])
        return any(f"{a}={b}" == "--mode=suggest" or a == "--mode=suggest" for a, b in pairs)

    def fields(self) -> list[str]:
        """The flags that say how the dataset is read, which earlier stages need too."""
        names = {
            "--text", "--text-b", "--label", "--id", "--annotations", "--annotator", "--vector",
            "--query", "--passages", "--answers", "--passage-text", "--passage-id",
            "--passage-label", "--preset", "--annotator-columns", "--label-columns",
            "--label-names", "--label-separator",
        }  # fmt: skip
        kept: list[str] = []
        flags = iter(self.flags)
        for flag in flags:
            name, is_joined, _ = flag.partition("=")
            if name == "--unlabelled" or (name in names and is_joined):
                kept.append(flag)
            elif name in names:
                kept += [flag, next(flags, "")]
        return kept


def main() -> int:
    options, flags = parsed()
    spark = SparkSession.builder.appName("emend").getOrCreate()
    work = Path(tempfile.mkdtemp(prefix="emend-spark-", dir=options.work))
    failure = None
    try:
        package = work / "emend_spark.zip"
        with zipfile.ZipFile(package, "w") as file:
            for source in sorted((Path(__file__).resolve().parent / "emend_spark").glob("*.py")):
                file.write(source, f"emend_spark/{source.name}")
        spark.sparkContext.addPyFile(str(package))
        return Job(spark, options, flags, work).run()
    except dataset.DatasetError as error:
        failure = str(error)
    except Exception as error:
        failure = sentence(error)
        if failure is None:
            raise
    finally:
        spark.stop()
        shutil.rmtree(work, ignore_errors=True)
    # After what Spark itself says.
    print(f"repair: error: {failure}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
