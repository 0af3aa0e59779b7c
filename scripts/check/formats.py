#!/usr/bin/env python3
"""Checks that emend finds the same wrong labels whatever program wrote the file.

From 1,200 intents (40 intents of CLINC150, https://github.com/clinc/oos-eval, CC BY 3.0), of which
170 get a wrong label, it makes a file in each container and each layout that docs/FORMATS.md names,
runs emend on it, and compares precision and recall of the flags with those on plain JSON lines.
Each must lie within .01, or the file must be refused by name, with exit status 1 and nothing
written. `emend revert` must give back the bytes.

usage: scripts/check/formats.py [--write] [NAME …]

--write puts the table into docs/FORMATS.md. EMEND names the program; without it,
.build/release/emend or .build/debug/emend.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WRONG = 170
TOLERANCE = 0.01
SEED = 16
MARKS = ("<!-- table of scripts/check/formats.py -->", "<!-- end of table -->")


def program():
    """The program to check."""
    choices = [os.environ.get("EMEND"), ROOT / ".build/release/emend", ROOT / ".build/debug/emend"]
    for choice in choices:
        if choice and pathlib.Path(choice).exists():
            return str(choice)
    sys.exit("check/formats: there is no emend; build it with swift build -c release")


def dataset():
    """The records as (text, given label), and which of the labels are wrong."""
    rows = [json.loads(line) for line in (HERE / "formats.jsonl").read_text().splitlines()]
    names = sorted({row["label"] for row in rows})
    generator = random.Random(SEED)
    wrong = set(generator.sample(range(len(rows)), WRONG))
    records = []
    for place, row in enumerate(rows):
        label = row["label"]
        if place in wrong:
            label = generator.choice([name for name in names if name != label])
        records.append((row["text"], label))
    return records, wrong, names


def lines(make):
    return lambda data: "".join(json.dumps(make(*item)) + "\n" for item in data).encode()


def table(header, make, separator=",", quoting=csv.QUOTE_MINIMAL, end="\r\n", mark=b""):
    def write(data):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=end)
        writer.writerow(header)
        for item in data:
            writer.writerow(make(*item))
        return mark + text.getvalue().encode()

    return write


def plain(place, text, label):
    return {"text": text, "label": label}


def objects(data):
    return [plain(*item) for item in data]


def label_studio(place, text, label):
    result = {"from_name": "intent", "to_name": "text", "type": "choices"}
    result["value"] = {"choices": [label]}
    annotation = {"id": place, "completed_by": 1, "result": [result], "was_cancelled": False}
    return {"id": place, "annotations": [annotation], "data": {"text": text}, "predictions": []}


def responses(place, text, label):
    """A task of Label Studio that two people labelled alike."""
    task = label_studio(place, text, label)
    other = {**task["annotations"][0], "id": -place, "completed_by": 2}
    return {**task, "annotations": [*task["annotations"], other]}


def vote_lines(data):
    """Two lines for each text, one for each of two people."""
    rows = [
        {"text": text, "label": label, "who": who} for _, text, label in data for who in ("a", "b")
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def zipped(data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.jsonl", lines(plain)(data))
    return buffer.getvalue()


def with_zstd(content):
    tool = shutil.which("zstd")
    if not tool:
        return None
    return subprocess.run([tool, "-q"], input=content, capture_output=True, check=True).stdout


SKIPPED = b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip"


def layouts(names):
    """All files: name, file name, a function that writes it, flags, whether it is refused."""
    number = {name: place for place, name in enumerate(names)}
    options = [{"id": name, "text": name} for name in names]

    def votes(place, text, label):
        return [text, label, label, names[(number[label] + 1) % len(names)]]

    def prodigy(place, text, label):
        return {"text": text, "options": options, "accept": [label], "answer": "accept"}

    def argilla(place, text, label):
        response = {"value": label, "user_id": "u"}
        fields = {"id": str(place), "fields": {"text": text}, "metadata": {}, "suggestions": {}}
        return {**fields, "responses": {"intent": [response]}}

    def cats(place, text, label):
        return {"text": text, "cats": {name: float(name == label) for name in names}}

    def columns(data):
        return {"text": [item[1] for item in data], "label": [item[2] for item in data]}

    def keyed(data):
        return {
            name: {str(item[0]): item[place] for item in data}
            for name, place in (("text", 1), ("label", 2))
        }

    def chat(place, text, label):
        roles = [("system", "Classify."), ("user", text), ("assistant", label)]
        return {"messages": [{"role": role, "content": content} for role, content in roles]}

    base = lines(plain)
    pair = ["text", "label"]
    row = lambda place, text, label: [text, label]  # noqa: E731
    return [
        ("JSON lines", "a.jsonl", base, [], False),
        ("JSON lines, name in upper case", "A.JSONL", base, [], False),
        ("JSON lines, gzip", "a.jsonl.gz", lambda d: gzip.compress(base(d), mtime=0), [], False),
        (
            "JSON lines, gzip of two members",
            "a.jsonl.gz",
            lambda d: gzip.compress(base(d[:500]), mtime=0) + gzip.compress(base(d[500:]), mtime=0),
            [],
            False,
        ),
        (
            "JSON lines, gzip in gzip",
            "a.jsonl.gz",
            lambda d: gzip.compress(gzip.compress(base(d), mtime=0), mtime=0),
            [],
            False,
        ),
        ("JSON lines, zstd", "a.jsonl.zst", lambda d: with_zstd(base(d)), [], False),
        (
            "JSON lines, zstd after a frame to skip",
            "a.jsonl.zst",
            lambda d: (lambda c: c and SKIPPED + c)(with_zstd(base(d))),
            [],
            False,
        ),
        ("JSON list", "a.json", lambda d: json.dumps(objects(d)).encode(), [], False),
        (
            "JSON list, pretty",
            "a.json",
            lambda d: json.dumps(objects(d), indent=2).encode(),
            [],
            False,
        ),
        (
            "JSON list, gzip",
            "a.json.gz",
            lambda d: gzip.compress(json.dumps(objects(d)).encode(), mtime=0),
            [],
            False,
        ),
        (
            "list in an object",
            "a.json",
            lambda d: json.dumps({"version": 1, "data": objects(d)}).encode(),
            [],
            False,
        ),
        (
            "pretty objects",
            "a.json",
            lambda d: "\n".join(json.dumps(o, indent=1) for o in objects(d)).encode(),
            [],
            False,
        ),
        (
            "objects without line ends",
            "a.json",
            lambda d: "".join(map(json.dumps, objects(d))).encode(),
            [],
            False,
        ),
        (
            "object of columns, lists",
            "a.json",
            lambda d: json.dumps(columns(d)).encode(),
            [],
            False,
        ),
        (
            "object of columns, keys (pandas)",
            "a.json",
            lambda d: json.dumps(keyed(d)).encode(),
            [],
            False,
        ),
        ("CSV", "a.csv", table(pair, row), [], False),
        (
            "CSV, all quoted, byte-order mark",
            "a.csv",
            table(pair, row, quoting=csv.QUOTE_ALL, mark=b"\xef\xbb\xbf"),
            [],
            False,
        ),
        ("CSV, gzip", "a.csv.gz", lambda d: gzip.compress(table(pair, row)(d), mtime=0), [], False),
        (
            "CSV with an index (pandas)",
            "a.csv",
            table(["", *pair], lambda p, t, v: [p, t, v], end="\n"),
            [],
            False,
        ),
        ("CSV, semicolons", "a.csv", table(pair, row, ";"), [], False),
        ("CSV, bars", "a.psv", table(pair, row, "|"), [], False),
        ("TSV", "a.tsv", table(pair, row, "\t", end="\n"), [], False),
        (
            "Label Studio, JSON",
            "a.json",
            lambda d: json.dumps([label_studio(*i) for i in d]).encode(),
            [],
            False,
        ),
        (
            "Label Studio, JSON_MIN",
            "a.json",
            lambda d: json.dumps(
                [
                    {
                        "text": t,
                        "id": p,
                        "sentiment": v,
                        "annotator": 1,
                        "annotation_id": p,
                        "lead_time": 2.5,
                    }
                    for p, t, v in d
                ]
            ).encode(),
            [],
            False,
        ),
        ("Argilla", "a.json", lambda d: json.dumps([argilla(*i) for i in d]).encode(), [], False),
        (
            "Argilla, flattened",
            "a.jsonl",
            lines(
                lambda p, t, v: {
                    "text": t,
                    "intent.responses": [v],
                    "intent.responses.users": ["u"],
                }
            ),
            [],
            False,
        ),
        (
            "doccano",
            "a.jsonl",
            lines(lambda p, t, v: {"id": p, "data": t, "label": [v], "Comments": []}),
            [],
            False,
        ),
        ("Prodigy, choices", "a.jsonl", lines(prodigy), [], False),
        (
            "Prodigy, one label",
            "a.jsonl",
            lines(lambda p, t, v: {"text": t, "label": v, "answer": "accept", "_task_hash": p}),
            [],
            False,
        ),
        (
            "class numbers with names",
            "a.jsonl",
            lines(lambda p, t, v: {"text": t, "label": number[v]}),
            ["--label-names", "NAMES"],
            False,
        ),
        (
            "SetFit",
            "a.csv",
            table(["text", "label", "label_text"], lambda p, t, v: [t, number[v], v]),
            [],
            False,
        ),
        ("OpenAI chats", "a.jsonl", lines(chat), [], False),
        (
            "prompt and completion",
            "a.jsonl",
            lines(lambda p, t, v: {"prompt": t, "completion": v}),
            [],
            False,
        ),
        (
            "columns of annotators",
            "a.csv",
            table(["text", "ann", "bob", "eve"], votes),
            ["--annotator-columns", "ann,bob,eve"],
            False,
        ),
        (
            "Label Studio, JSON, two annotations a task",
            "a.json",
            lambda d: json.dumps([responses(*i) for i in d]).encode(),
            [],
            False,
        ),
        ("a line for each vote", "a.jsonl", vote_lines, ["--annotator", "who"], False),
        ("spaCy, cats", "a.jsonl", lines(cats), [], False),
        (
            "columns of 0 and 1",
            "a.csv",
            table(["text", *names], lambda p, t, v: [t, *(int(name == v) for name in names)]),
            ["--label-columns", ",".join(names)],
            False,
        ),
        (
            "one-hot lists",
            "a.jsonl",
            lines(lambda p, t, v: {"text": t, "label": [int(name == v) for name in names]}),
            ["--label-names", "NAMES"],
            False,
        ),
        (
            "lists of one item",
            "a.jsonl",
            lines(lambda p, t, v: {"text": t, "label": [v]}),
            [],
            False,
        ),
        (
            "paths",
            "a.jsonl",
            lines(lambda p, t, v: {"doc": {"body": t}, "tags": [{"v": "x"}, {"v": v}]}),
            ["--text", "doc.body", "--label", "tags[-1].v"],
            False,
        ),
        (
            "Git-LFS pointer",
            "a.jsonl",
            lambda d: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            [],
            True,
        ),
        (
            "web page",
            "a.jsonl",
            lambda d: b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
            [],
            True,
        ),
        ("Parquet", "a.parquet", lambda d: b"PAR1" + bytes(64) + b"PAR1", [], True),
        ("zip", "a.zip", zipped, [], True),
        ("xz", "a.jsonl.xz", lambda d: lzma.compress(base(d)), [], True),
        ("bzip2", "a.jsonl.bz2", lambda d: bz2.compress(base(d)), [], True),
        ("UTF-16", "a.csv", lambda d: table(pair, row)(d).decode().encode("utf-16"), [], True),
    ]


def flags(path):
    """Which records of an output are flagged, in order."""
    content = path.read_bytes().decode("utf-8-sig")
    if path.suffix in (".csv", ".tsv", ".psv"):
        separator = (
            csv.Sniffer().sniff(content.splitlines()[0].split("emend_")[0] + "x", ",;|\t").delimiter
        )
        rows = csv.DictReader(io.StringIO(content), delimiter=separator)
        return [row["emend_flagged"] == "true" for row in rows]
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        value, decoder, at = [], json.JSONDecoder(), 0
        while at < len(content):
            record, at = decoder.raw_decode(content, at)
            value.append(record)
            while at < len(content) and content[at].isspace():
                at += 1
    if isinstance(value, dict):
        value = value["data"] if "data" in value else value["emend"]
    if isinstance(value, dict):
        value = list(value.values())
    return [(record.get("emend") or record)["flagged"] for record in value]


def run(emend, folder, layout, data, names):
    """Runs emend on one file; returns flags, or the words of the refusal."""
    _, file, write, arguments, _ = layout
    content = write(data)
    if content is None:
        return None
    path = folder / file
    path.write_bytes(content)
    (folder / "names.txt").write_text("".join(name + "\n" for name in names))
    out = folder / "out"
    out.mkdir()
    arguments = [str(folder / "names.txt") if word == "NAMES" else word for word in arguments]
    command = [emend, "run", str(path), "--outbox", str(out), "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode == 1:
        left = [item.name for item in out.iterdir()]
        assert not left, f"refused, and left {left}"
        return done.stderr.strip().splitlines()[0].split(": ", 3)[-1]
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr}"
    output = next(item for item in out.iterdir() if ".report" not in item.name)
    back = subprocess.run([emend, "revert", str(output)], capture_output=True, check=True).stdout
    text = content
    while text.startswith(b"\x1f\x8b"):
        text = gzip.decompress(text)
    if file.endswith(".zst"):
        text = lines(plain)(data)
    assert back == text, "revert does not give back the bytes"
    marked = flags(output)
    # Of several lines of one text each has the flag.
    return marked[:: len(marked) // len(data)] if len(marked) % len(data) == 0 else marked


def main():
    words = sys.argv[1:]
    wanted = [word for word in words if word != "--write"]
    records, wrong, names = dataset()
    data = [(place, text, label) for place, (text, label) in enumerate(records)]
    emend = program()
    table_rows = ["| file | precision | recall | or refused |", "|---|---|---|---|"]
    reference = None
    failures = 0
    for layout in layouts(names):
        name, _, _, _, is_refused = layout
        if wanted and name not in wanted and name != "JSON lines":
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = run(emend, pathlib.Path(folder), layout, data, names)
            except AssertionError as error:
                found = f"FAILED: {error}"
        if found is None:
            print(f"check/formats: {name}: left out, as the program zstd is missing")
            continue
        if isinstance(found, str):
            good = is_refused and not found.startswith("FAILED")
            row = f"| {name} | | | {found.split('. ')[0]} |"
        else:
            marked = {place for place, flag in enumerate(found) if flag}
            hits = len(marked & wrong)
            precision, recall = hits / max(len(marked), 1), hits / len(wrong)
            reference = reference or (precision, recall)
            distance = max(abs(precision - reference[0]), abs(recall - reference[1]))
            good = not is_refused and len(found) == len(data) and distance <= TOLERANCE
            row = f"| {name} | {precision:.3f} | {recall:.3f} | |"
        failures += not good
        table_rows.append(row)
        print(row if good else f"{row}   <-- WRONG", flush=True)
    if "--write" in words and not wanted and not failures:
        page = ROOT / "docs/FORMATS.md"
        text = page.read_text()
        start, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
        page.write_text(text[:start] + "\n\n" + "\n".join(table_rows) + "\n\n" + text[end:])
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
