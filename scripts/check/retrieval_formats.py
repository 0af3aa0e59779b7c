#!/usr/bin/env python3
"""Takes every format of queries and collections in, judges it, writes every export, and loads it.

  scripts/check/retrieval_formats.py

From samples/handbook (28 documents, 15 judged queries) the script writes one file or folder for
each format that `emend mine` and `emend run` read, has them mined and judged by the texts alone,
and compares documents, queries and labels with the collection. Then it loads each export in the
program that it is for (datasets, beir, pytrec_eval, ir_measures), and compares texts and labels
with the output. FlagEmbedding's package is too heavy for this, so its lines are held against what
its reading code needs: a query, lists that are not empty, one score for each text. What is not
installed is named and skipped; without beir, the rules of its loader are applied. Exit status 1
where something differs. EMEND names the program; without it, .build/release/emend or
.build/debug/emend.
scripts/check/exports computes losses with what trains.
"""

import csv
import gzip
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import formats

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples/handbook"
RULES = 'match: "*"\nutility: {scorer: extractive}\n'


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


class Collection:
    """The sample: texts by document id, queries by id, and the useful documents of each query."""

    def __init__(self):
        self.documents = {row["_id"]: row["text"] for row in lines(SAMPLE / "corpus.jsonl")}
        self.queries = {row["_id"]: row["text"] for row in lines(SAMPLE / "queries.jsonl")}
        self.useful = {}
        with (SAMPLE / "qrels/train.tsv").open() as file:
            for row in csv.DictReader(file, delimiter="\t"):
                self.useful.setdefault(row["query-id"], []).append(row["corpus-id"])
        self.queries = {name: self.queries[name] for name in self.useful}

    def negatives(self, query, count=3):
        """Documents that nobody has called useful for the query."""
        others = [name for name in self.documents if name not in self.useful[query]]
        start = sorted(self.useful).index(query)
        return [others[(start * 5 + n) % len(others)] for n in range(count)]

    @property
    def labels(self):
        """(query, text, grade) of all that is useful."""
        return {
            (self.queries[query], self.documents[name], 1)
            for query, names in self.useful.items()
            for name in names
        }


class Check:
    def __init__(self, folder):
        self.folder = folder
        self.sample = Collection()
        self.rows = []
        self.failed = False
        (folder / "rules").mkdir()
        (folder / "rules/all.yaml").write_text(RULES)

    def emend(self, *arguments):
        command = [str(pathlib.Path(formats.program()).resolve()), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stderr}")
        return done.stdout

    def row(self, what, step, body):
        try:
            result = body()
        except ImportError as error:
            result = f"skipped: {error.name} is not installed"
        except Exception as error:  # whatever a loader throws is a result here
            self.failed = True
            result = f"FAILED: {type(error).__name__}: {error}"
        self.rows.append((what, step, result))
        print(f"| {what} | {step} | {str(result).splitlines()[0][:200]} |", flush=True)

    # What goes in, to be mined

    def collections(self):
        s = self.sample
        queries = s.queries.items()
        qrels = [(query, name) for query, names in s.useful.items() for name in names]
        folder = self.folder

        def file(name, text):
            (folder / name).write_text(text)
            return name

        def zipped(name, text):
            (folder / name).write_bytes(gzip.compress(text.encode(), mtime=0))
            return name

        def objects(rows):
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

        def tsv(rows):
            return "".join("\t".join(map(str, row)) + "\n" for row in rows)

        shutil.copytree(SAMPLE, folder / "beir")
        yield "BEIR folder", ["beir"]
        beir_qrels = tsv([("query-id", "corpus-id", "score")] + [(q, d, 1) for q, d in qrels])
        pyserini = file(
            "pyserini.jsonl", objects({"id": n, "contents": t} for n, t in s.documents.items())
        )
        topics = file("topics.tsv", tsv(queries))
        trec = file("trec.qrels", "".join(f"{q} 0 {d} 1\n" for q, d in qrels))
        yield (
            "pyserini, TREC qrels",
            ["--corpus", pyserini, "--queries", topics, "--qrels", trec],
        )
        numbers = {name: str(n) for n, name in enumerate(s.documents)}
        yield (
            "MS MARCO collection, queries, qrels (TSV, gzip)",
            [
                "--corpus",
                zipped("collection.tsv.gz", tsv((numbers[n], t) for n, t in s.documents.items())),
                "--queries",
                zipped("queries.tsv.gz", tsv(queries)),
                "--qrels",
                zipped("qrels.tsv.gz", tsv((q, 0, numbers[d], 1) for q, d in qrels)),
            ],
        )
        psgs = [("id", "text", "title")] + [(n, t, "") for n, t in s.documents.items()]
        yield (
            "DPR passages, JSON queries, BEIR qrels",
            [
                "--corpus",
                file("psgs.tsv", tsv(psgs)),
                "--queries",
                file("q.jsonl", objects({"qid": q, "question": t} for q, t in queries)),
                "--qrels",
                file("beir.tsv", beir_qrels),
            ],
        )
        run = [(q, d, rank + 1) for q in s.useful for rank, d in enumerate(s.negatives(q))]
        common = ["--corpus", pyserini, "--queries", topics, "--qrels", trec]
        trec_run = "".join(f"{q} Q0 {d} {r} {1 / r:.4f} bm25\n" for q, d, r in run)
        yield "TREC run", [*common, "--run", file("trec.run", trec_run), "--method", "run"]
        yield (
            "MS MARCO run",
            [*common, "--run", file("marco.run", tsv(run)), "--method", "run"],
        )
        pairs = [{"anchor": s.queries[q], "positive": s.documents[d]} for q, d in qrels]
        yield "pairs, joined by query", ["--queries", file("pairs.jsonl", objects(pairs))]
        labelled = [
            {"query": s.queries[q], "passage": s.documents[d], "label": int(d in s.useful[q])}
            for q in s.useful
            for d in s.useful[q] + s.negatives(q)
        ]
        yield "query, passage, label", ["--queries", file("labelled.jsonl", objects(labelled))]
        asked = {name: str(n) for n, name in enumerate(s.queries)}
        top = [
            (asked[q], numbers[d], s.queries[q], s.documents[d])
            for q in s.useful
            for d in s.useful[q] + s.negatives(q)
        ]
        numbered = file(
            "numbered.qrels", "".join(f"{asked[q]} 0 {numbers[d]} 1\n" for q, d in qrels)
        )
        yield (
            "MS MARCO top1000, TREC qrels",
            ["--queries", file("top1000.tsv", tsv(top)), "--qrels", numbered],
        )

    def mined(self, name, arguments):
        target = f"in-{len(self.rows)}.jsonl"

        def check():
            method = [] if "--method" in arguments else ["--method", "bm25"]
            self.emend("mine", *arguments, *method, "--candidates", 8, "--to", target, "--quiet")
            return self.judged(target)

        self.row(name, "mine, run", check)

    # What goes in as it is

    def direct(self):
        s = self.sample
        for q in s.useful:
            useful = [s.documents[d] for d in s.useful[q]]
            useless = [s.documents[d] for d in s.negatives(q)]
            objects = [{"docid": str(n), "title": "", "text": t} for n, t in enumerate(useful)]
            others = [{"docid": f"n{n}", "title": "", "text": t} for n, t in enumerate(useless)]
            every = useful + useless
            yield "FlagEmbedding", {"query": s.queries[q], "pos": useful, "neg": useless}
            yield (
                "FlagEmbedding with scores",
                {
                    "query": s.queries[q],
                    "pos": useful,
                    "neg": useless,
                    "pos_scores": [0.9] * len(useful),
                    "neg_scores": [0.1] * len(useless),
                },
            )
            yield (
                "Tevatron",
                {
                    "query_id": q,
                    "query": s.queries[q],
                    "positive_passages": objects,
                    "negative_passages": others,
                },
            )
            yield (
                "DPR",
                {
                    "question": s.queries[q],
                    "answers": [],
                    "positive_ctxs": [{"title": "", "text": t} for t in useful],
                    "negative_ctxs": [],
                    "hard_negative_ctxs": [{"title": "", "text": t} for t in useless],
                },
            )
            yield (
                "MS MARCO 2.1",
                {
                    "query_id": int(q[1:]),
                    "query": s.queries[q],
                    "answers": ["No Answer Present."],
                    "passages": {
                        "is_selected": [int(t in useful) for t in every],
                        "passage_text": every,
                        "url": [""] * len(every),
                    },
                },
            )
            for text in useful:
                yield (
                    "triplets",
                    {"anchor": s.queries[q], "positive": text, "negative": useless[0]},
                )
                tuple_ = {f"negative_{n + 1}": t for n, t in enumerate(useless)}
                yield "n-tuples", {"query": s.queries[q], "positive": text, **tuple_}
            yield (
                "passages with labels",
                {
                    "id": q,
                    "query": s.queries[q],
                    "passages": [{"text": t, "label": int(t in useful)} for t in every],
                },
            )

    def taken(self, name, rows):
        target = f"in-{len(self.rows)}.jsonl"
        write_lines(self.folder / target, rows)
        self.row(name, "run", lambda: self.judged(target))

    def judged(self, target):
        """Runs a file, and compares its queries and labels with the sample."""
        self.emend("run", target, "--quiet", "--outbox", "judged")
        output = lines(self.folder / "judged" / target)
        labels, queries, passages = set(), set(), 0
        for line in output:
            query = line.get("query") or line.get("question") or line.get("anchor")
            queries.add(query)
            for text, given in texts(line):
                passages += 1
                if given:
                    labels.add((query, text, 1))
        assert queries == set(self.sample.queries.values()), "queries differ"
        assert labels == self.sample.labels, f"labels differ: {labels ^ self.sample.labels}"
        assert all("emend" in line for line in output)
        return f"{len(queries)} queries, {len(labels)} useful, {passages} passages: the same"

    # What comes out

    def exports(self):
        self.emend("mine", "beir", "--candidates", 12, "--to", "handbook.jsonl", "--quiet")
        kinds = ["triplets", "tuples", "multi-positive", "flag-embedding", "qrels", "beir"]
        options = [word for kind in kinds for word in ("--export", kind)]
        self.emend("run", "handbook.jsonl", "--quiet", "--outbox", "out", *options)
        out = self.folder / "out"
        wanted = {}
        for line in lines(out / "handbook.jsonl"):
            for passage in line["passages"]:
                grade = passage.get("label")
                grade = passage["emend"]["label"] if grade is None else grade
                wanted[line["query"], passage["text"]] = grade
        self.row("BEIR folder", "beir", lambda: self.beir(out / "handbook.beir", wanted))
        self.row("TREC qrels and run", "pytrec_eval", lambda: trec_files(out, wanted))
        self.row("TREC qrels and run", "ir_measures", lambda: measures(out))
        for kind in ["triplets", "tuples"]:
            path = out / f"handbook.{kind}.jsonl"
            self.row(kind, "datasets", lambda path=path: self.trained(path, wanted))
        path = out / "handbook.multi-positive.jsonl"
        self.row("multi-positive", "datasets", lambda: self.several(path, wanted))
        path = out / "handbook.flag-embedding.jsonl"
        self.row("FlagEmbedding", "its rules", lambda: self.flag_embedding(path, wanted))
        again = ["mine", out / "handbook.beir", "--candidates", 12, "--method", "bm25"]
        self.row("BEIR folder", "emend mine", lambda: self.again(again, wanted))

    def again(self, arguments, wanted):
        self.emend(*arguments, "--to", "again.jsonl", "--quiet")
        found = {
            (line["query"], passage["text"]): passage["label"]
            for line in lines(self.folder / "again.jsonl")
            for passage in line["passages"]
            if "label" in passage
        }
        assert found == wanted, "judgements differ"
        return f"{len(found)} judgements: the same"

    def beir(self, folder, wanted):
        if importlib.util.find_spec("beir"):
            from beir.datasets.data_loader import GenericDataLoader

            corpus, queries, qrels = GenericDataLoader(str(folder)).load(split="train")
            name = "GenericDataLoader"
        else:
            corpus = {row["_id"]: row for row in lines(folder / "corpus.jsonl")}
            queries = {row["_id"]: row["text"] for row in lines(folder / "queries.jsonl")}
            qrels = {}
            with (folder / "qrels/train.tsv").open(encoding="utf-8") as file:
                rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_MINIMAL)
                next(rows)
                for query, document, score in rows:
                    qrels.setdefault(query, {})[document] = int(score)
            name = "its loader's rules (beir is not installed)"
        found = {
            (queries[query], corpus[document]["text"]): score
            for query, judged in qrels.items()
            for document, score in judged.items()
        }
        assert found == wanted, "documents or grades differ"
        assert len({row["text"] for row in corpus.values()}) == len(corpus), "a text is there twice"
        return f"{name}: {len(corpus)} documents, {len(queries)} queries, {len(found)} grades"

    def trained(self, path, wanted):
        rows = load(path, self.folder)
        columns = rows.column_names
        assert columns[:2] == ["anchor", "positive"] and len(columns) > 2, columns
        for row in rows:
            assert all(isinstance(text, str) and text for text in row.values()), "an empty cell"
            assert wanted[row["anchor"], row["positive"]] >= 1, "a positive is none"
            for column in columns[2:]:
                assert wanted[row["anchor"], row[column]] == 0, "a negative is none"
        return f"{len(rows)} rows of {len(columns)} columns"

    def several(self, path, wanted):
        rows = load(path, self.folder)
        for row in rows:
            assert abs(sum(row["positive_weight"]) - 1) < 1e-9
            assert all(wanted[row["query"], text] >= 1 for text in row["positive"])
            assert all(wanted[row["query"], text] == 0 for text in row["negative"])
        return f"{len(rows)} rows"

    def flag_embedding(self, path, wanted):
        """FlagEmbedding draws one of `pos` and some of `neg`, and takes scores in their order."""
        rows = load(path, self.folder)
        for row in rows:
            assert isinstance(row["query"], str) and row["pos"] and row["neg"]
            assert len(row["pos"]) == len(row["pos_scores"])
            assert len(row["neg"]) == len(row["neg_scores"])
            assert all(wanted[row["query"], text] >= 1 for text in row["pos"])
            assert all(wanted[row["query"], text] == 0 for text in row["neg"])
        return f"{len(rows)} rows"


def texts(line):
    """The passages of a line in any of the layouts: their texts and whether they are useful."""
    passages = line.get("passages")
    if isinstance(passages, list):
        for passage in passages:
            yield passage["text"], passage.get("label")
    elif passages:
        yield from zip(passages["passage_text"], passages["is_selected"], strict=True)
    for name, value in line.items():
        useful = {"pos", "positive", "positive_passages", "positive_ctxs"}
        useless = {"neg", "negative", "negative_passages", "negative_ctxs", "hard_negative_ctxs"}
        if name in useful or name in useless or name.startswith("negative_"):
            for item in value if isinstance(value, list) else [value]:
                yield item if isinstance(item, str) else item["text"], int(name in useful)


def load(path, folder):
    import datasets

    datasets.disable_progress_bars()
    return datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(folder / "cache")
    )


def trec_files(out, wanted):
    import pytrec_eval

    with (out / "handbook.qrels").open() as file:
        qrels = pytrec_eval.parse_qrel(file)
    with (out / "handbook.run").open() as file:
        run = pytrec_eval.parse_run(file)
    corpus = {row["_id"]: row["text"] for row in lines(out / "handbook.corpus.jsonl")}
    queries = {row["_id"]: row["text"] for row in lines(out / "handbook.queries.jsonl")}
    found = {
        (queries[query], corpus[document]): grade
        for query, judged in qrels.items()
        for document, grade in judged.items()
    }
    assert found == wanted, "documents or grades differ"
    assert {q: set(judged) for q, judged in qrels.items()} == {q: set(r) for q, r in run.items()}
    values = pytrec_eval.RelevanceEvaluator(qrels, {"map"}).evaluate(run)
    mean = sum(value["map"] for value in values.values()) / len(values)
    return f"{len(found)} grades, MAP of the run {mean:.3f}"


def measures(out):
    import ir_measures

    value = ir_measures.calc_aggregate(
        [ir_measures.AP],
        list(ir_measures.read_trec_qrels(str(out / "handbook.qrels"))),
        list(ir_measures.read_trec_run(str(out / "handbook.run"))),
    )
    return f"MAP of the run {value[ir_measures.AP]:.3f}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        check = Check(pathlib.Path(folder))
        print("| format | by | result |\n|---|---|---|")
        for name, arguments in check.collections():
            check.mined(name, arguments)
        layouts = {}
        for name, row in check.direct():
            layouts.setdefault(name, []).append(row)
        for name, rows in layouts.items():
            check.taken(name, rows)
        check.exports()
        sys.exit(1 if check.failed else 0)


if __name__ == "__main__":
    main()
