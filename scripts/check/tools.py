#!/usr/bin/env python3
"""Takes suspects into the programs that people decide in, and their decisions back.

  scripts/check/tools.py [NAME …]      label-studio, argilla, spreadsheet, cleanlab, slim; else all

From 1,200 intents (see formats.py) with 170 wrong labels, whose labels and ids are made hard to
keep (007, TRUE, 1e5, =SUM(A1), dates, quotes, line ends), `emend run --export` makes the files. The
programs' own packages read them, a made-up person decides on every suspect, the packages write
what they export, and `emend apply` has to give the dataset that was decided. For cleanlab and
`datasets`, the files have to load with the types that they should have.

Packages: label-studio-sdk, argilla, cleanlab, datasets (pip), LibreOffice Calc (apt). What is
missing is named and skipped; exit status 1 where something fails or everything is missing. EMEND
names the program; without it, .build/release/emend or .build/debug/emend.
"""

import csv
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import formats

LABELS = [
    "007",
    "TRUE",
    "1e5",
    "=SUM(A1)",
    "3/4",
    "1-2",
    'he said "x"',
    "a,b;c",
    "ünï ✅",
    "two\nlines",
    "-5",
    "1.0",
    "May 5",
    "<b>&amp;</b>",
]


def dataset(folder):
    """Writes the dataset; returns its file and its records by id."""
    records, _, names = formats.dataset()
    odd = dict(zip(names, LABELS, strict=False))
    rows = []
    for number, (text, label) in enumerate(records):
        identity = ["0{}", "{}", "{}-1", "r{}", "{}e3", "={}"][number % 6].format(number)
        rows.append({"id": identity, "text": text, "label": odd.get(label, label)})
    file = folder / "intents.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return file, {row["id"]: row for row in rows}


def emend(*arguments):
    command = [formats.program(), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check/tools: {' '.join(command)}: {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def decided(suspects, names):
    """What a person decides: id → the right label, the given one, or None where none fits."""
    answers = {}
    for number, (identity, given, proposal) in enumerate(suspects):
        other = names[number % len(names)]
        choice = [proposal or given, given, other, None][number % 4]
        answers[identity] = choice
    return answers


class Check:
    def __init__(self, folder):
        self.folder = folder
        self.file, self.rows = dataset(folder)
        self.names = sorted({row["label"] for row in self.rows.values()})
        kinds = ("label-studio", "argilla", "spreadsheet", "cleanlab", "slim")
        exports = [word for kind in kinds for word in ("--export", kind)]
        self.out = folder / "out"
        emend("run", self.file, "--quiet", "--outbox", self.out, *exports)
        self.output = self.out / "intents.jsonl"
        lines = [json.loads(line) for line in self.output.read_text().splitlines()]
        self.output_rows = {line["id"]: line for line in lines}
        self.suspects = sum(line["emend"]["flagged"] for line in lines)

    def export(self, suffix):
        return self.out / f"intents{suffix}"

    def apply(self, name, decisions, answers):
        """Applies the decisions, and compares the labels with what was decided."""
        emend("apply", decisions, self.output)
        written = self.out / "intents.decided.jsonl"
        lines = [json.loads(line) for line in written.read_text().splitlines()]
        wrong = 0
        for line in lines:
            given = self.rows[line["id"]]["label"]
            answer = answers.get(line["id"], self.output_rows[line["id"]]["label"])
            expected = given if answer is None else answer
            if line["label"] != expected:
                wrong += 1
                if wrong < 4:
                    print(f"  {name}: {line['id']}: {line['label']!r}, not {expected!r}")
            if answer is None and line["emend"]["weight"] != 0:
                wrong += 1
        reverted = self.folder / "reverted.jsonl"
        emend("revert", written, "--to", reverted)
        assert reverted.read_bytes() == self.file.read_bytes(), "revert is not exact"
        reverted.unlink()
        for file in self.out.glob("intents.decided*"):
            file.unlink()
        result = "ok" if wrong == 0 and answers else "FAILED"
        print(f"{name}: {len(answers)} decisions, {wrong} wrong: {result}")
        return wrong == 0 and bool(answers)

    def label_studio(self):
        from label_studio_sdk.converter import Converter
        from label_studio_sdk.label_interface import LabelInterface

        config = self.export(".label-studio.xml").read_text()
        tasks = json.loads(self.export(".label-studio.json").read_text())
        interface = LabelInterface(config)
        interface.validate()
        for task in tasks:
            assert interface.validate_task({"data": task["data"]}), task
            for prediction in task.get("predictions", []):
                errors = interface.validate_prediction(prediction, return_errors=True)
                assert not errors, errors
        answers = decided(
            [
                (
                    task["data"]["record_id"],
                    task["data"]["given"],
                    task["predictions"][0]["result"][0]["value"]["choices"][0]
                    if "predictions" in task
                    else None,
                )
                for task in tasks
            ],
            self.names,
        )
        exported = []
        for number, task in enumerate(tasks):
            answer = answers[task["data"]["record_id"]]
            choice = {
                "id": "x",
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": ["emend:neither" if answer is None else answer]},
            }
            annotation = {
                "id": number,
                "completed_by": {"id": 1, "email": "anna@example.org"},
                "was_cancelled": False,
                "created_at": "2026-11-29T10:00:00.000000Z",
                "updated_at": "2026-11-29T10:00:00.000000Z",
                "lead_time": 2.0,
                "result": [choice],
            }
            assert interface.validate_annotation(annotation)
            exported.append({"id": number, "data": task["data"], "annotations": [annotation]})
        source = self.folder / "ls.json"
        source.write_text(json.dumps(exported))
        fine = self.apply("label-studio JSON", source, answers)
        converter = Converter(config, None, download_resources=False)
        for kind, name in (("JSON_MIN", "result.json"), ("CSV", "result.csv")):
            target = self.folder / f"ls-{kind}"
            if kind == "CSV":
                converter.convert_to_csv(
                    str(source), str(target), is_dir=False, sep=",", header=True
                )
            else:
                converter.convert_to_json_min(str(source), str(target), is_dir=False)
            found = target / name if target.is_dir() else target
            if not found.suffix:
                shutil.copy(found, found.with_suffix(".csv"))
                found = found.with_suffix(".csv")
            fine = self.apply(f"label-studio {kind}", found, answers) and fine
        return fine

    def argilla(self):
        import uuid

        import argilla as rg
        from argilla.records._io import JsonIO

        records = JsonIO._records_from_json(self.export(".argilla.json"))
        assert len({record.id for record in records}) == len(records)
        answers = decided(
            [
                (
                    record.metadata["record_id"],
                    record.metadata["given"],
                    next((s.value for s in record.suggestions), None),
                )
                for record in records
            ],
            self.names,
        )
        person = uuid.uuid4()
        for record in records:
            answer = answers[record.metadata["record_id"]]
            value = "emend:neither" if answer is None else answer
            record.responses.add(rg.Response("label", value, user_id=person, status="submitted"))
        target = self.folder / "argilla-export.json"
        JsonIO.to_json(records, target)
        return self.apply("argilla", target, answers)

    def spreadsheet(self):
        """Opened in LibreOffice, saved as its own format, filled in there, and saved as CSV."""
        table = self.export(".suspects.csv")
        shutil.copy(table, self.folder / "sheet.csv")
        self.office("ods", self.folder / "sheet.csv")
        self.office(
            "csv:Text - txt - csv (StarCalc):44,34,76,1", self.folder / "sheet.ods", "saved"
        )
        saved = self.folder / "saved" / "sheet.csv"
        with saved.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        original = {}
        with table.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                original[row["content_sha256"]] = row
        answers = {}
        # What people would see in the cells is what they decide about.
        plain = {row["content_sha256"]: row for row in rows}
        assert set(plain) == set(original)
        by_text = {row["text"]: row for row in self.rows.values()}
        for number, row in enumerate(rows):
            record = by_text[row["text"]]
            verdict = ["accept", "keep", "change", "neither"][number % 4]
            if verdict == "accept" and not row["proposal"]:
                verdict = "keep"
            row["decision"] = verdict
            if verdict == "change":
                row["label"] = self.names[number % len(self.names)]
            # Of a label that the run replaced, the proposal is the new one.
            result = self.output_rows[record["id"]]["emend"]
            proposal = result.get("proposal", result["label"])
            answers[record["id"]] = {
                "accept": proposal,
                "keep": record["label"],
                "change": row["label"],
                "neither": None,
            }[verdict]
        filled = self.folder / "filled.csv"
        with filled.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return self.apply("spreadsheet by LibreOffice", filled, answers)

    def office(self, kind, file, out="."):
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{self.folder}/profile"]
            + ["--infilter=CSV:44,34,76,1" if file.suffix == ".csv" else "--norestore"]
            + ["--convert-to", kind, "--outdir", str(self.folder / out), str(file)],
            check=True,
            capture_output=True,
        )

    def cleanlab(self):
        import numpy
        import pandas
        from cleanlab.classification import CleanLearning
        from sklearn.linear_model import LogisticRegression

        table = pandas.read_csv(
            self.export(".cleanlab.csv"),
            dtype={"given_label": str, "predicted_label": str},
            keep_default_na=False,
        )
        given = [row["label"] for row in self.rows.values()]
        assert list(table["given_label"]) == given
        assert table["is_label_issue"].dtype == bool
        assert int(table["is_label_issue"].sum()) == self.suspects
        assert table["label_quality"].astype(float).between(0, 1).all()
        numbers = {name: number for number, name in enumerate(sorted(set(given)))}
        labels = numpy.array([numbers[name] for name in given])
        features = numpy.random.default_rng(1).normal(size=(len(labels), 8))
        issues = pandas.DataFrame({"is_label_issue": table["is_label_issue"]})
        CleanLearning(LogisticRegression(max_iter=20)).fit(features, labels, label_issues=issues)
        print(f"cleanlab: {len(table)} rows, {int(issues.sum().iloc[0])} issues: ok")
        return True

    def slim(self):
        from datasets import load_dataset

        loaded = load_dataset(
            "json",
            data_files=str(self.export(".slim.jsonl")),
            cache_dir=str(self.folder / "hf"),
            split="train",
        )
        names = json.loads(self.export(".slim-labels.json").read_text())
        types = loaded.features
        assert str(types["label"].dtype) == "string", types
        assert str(types["credibility"].dtype).startswith("float"), types
        assert all(len(vector) == len(names) for vector in loaded["soft_label"])
        assert all(abs(sum(vector) - 1) < 1e-9 for vector in loaded["soft_label"])
        assert [row["label_original"] for row in loaded] == [
            row["label"] for row in self.rows.values()
        ]
        print(f"slim: {len(loaded)} rows, {len(names)} labels: ok")
        return True


NEEDED = {
    "label-studio": lambda: importlib.util.find_spec("label_studio_sdk") is not None,
    "argilla": lambda: importlib.util.find_spec("argilla") is not None,
    "spreadsheet": lambda: shutil.which("soffice") is not None,
    "cleanlab": lambda: importlib.util.find_spec("cleanlab") is not None,
    "slim": lambda: importlib.util.find_spec("datasets") is not None,
}


def main():
    wanted = sys.argv[1:] or list(NEEDED)
    unknown = [name for name in wanted if name not in NEEDED]
    if unknown:
        sys.exit(f"check/tools: {unknown[0]} is none of {', '.join(NEEDED)}")
    here = [name for name in wanted if NEEDED[name]()]
    for name in wanted:
        if name not in here:
            print(f"{name}: skipped, its program is missing")
    if not here:
        sys.exit("check/tools: no program is here; see --help in the file's head for the packages")
    with tempfile.TemporaryDirectory() as folder:
        check = Check(pathlib.Path(folder))
        fine = [getattr(check, name.replace("-", "_"))() for name in here]
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
