import Foundation
import TestSupport
import Testing

/// Candidates found by the real program, and judged by it.
@Suite("Mining", .serialized) struct MineTests {
  private static let rules = "match: \"*\"\nutility: {scorer: extractive}\n"

  /// The folder samples/handbook, in BEIR's layout.
  private func collection(in emend: Emend, compressed: Bool = false) throws {
    for name in ["corpus.jsonl", "queries.jsonl", "qrels/train.tsv", "qrels/test.tsv"] {
      let file = Emend.package.appending(path: "samples/handbook/\(name)")
      try emend.write([UInt8](try Data(contentsOf: file)), to: "kb/\(name)")
      if compressed, name != "qrels/test.tsv" { try emend.tool("gzip", "kb/\(name)") }
    }
  }

  private func passages(_ line: [String: Any]) throws -> [[String: Any]] {
    try #require(line["passages"] as? [[String: Any]])
  }

  @Test(
    "A folder becomes queries with candidates, which are judged and come out as a folder for trainers"
  )
  func folder() throws {
    let emend = try Emend()
    try collection(in: emend)
    try emend.write(Self.rules, to: "rules/default.yaml")
    let mined = try emend.run("mine", "kb", "--candidates", "6")
    #expect(
      mined.status == 0 && mined.text.hasSuffix("Next: emend run ./kb.train.mined.jsonl\n"),
      "\(mined)")
    #expect(mined.errors.contains("5 queries that no judgement names left out"))
    let lines = try emend.objects("kb.train.mined.jsonl")
    #expect(lines.count == 15)
    for line in lines {
      let ranks = try passages(line).compactMap { $0["rank"] as? Int }
      #expect(ranks == Array(1...6))
      #expect(try passages(line).contains { $0["label"] as? Int == 1 })
    }
    // The same collection, file by file and compressed, with another number of threads, gives the same bytes.
    try collection(in: emend, compressed: true)
    let files = try emend.run(
      "mine", "--corpus", "kb/corpus.jsonl.gz", "--queries", "kb/queries.jsonl.gz", "--qrels",
      "kb/qrels/train.tsv.gz", "--only-judged", "--candidates", "6", "--threads", "2", "--to",
      "two.jsonl", "--json")
    #expect(files.status == 0, "\(files)")
    #expect(try emend.read("two.jsonl") == emend.read("kb.train.mined.jsonl"))
    #expect(try emend.run("mine", "kb", "--candidates", "6").status == 0)
    #expect(emend.names(in: ".").filter { $0.contains("mined") } == ["kb.train.mined.jsonl"])

    let judged = try emend.run(
      "run", "kb.train.mined.jsonl", "--outbox", "out", "--export", "beir", "--export",
      "flag-embedding", "--export",
      "tuples")
    #expect(judged.status == 0, "\(judged)")
    let folder = "out/kb.train.mined.beir"
    let documents = Set(
      try emend.objects("\(folder)/corpus.jsonl").compactMap { $0["_id"] as? String })
    let rows = try emend.text("\(folder)/qrels/train.tsv").split(separator: "\n").map {
      $0.split(separator: "\t")
    }
    #expect(rows[0] == ["query-id", "corpus-id", "score"] && rows.count > 80)
    #expect(Set(rows.dropFirst().map { String($0[1]) }) == documents)
    #expect(try emend.objects("\(folder)/queries.jsonl").count == 15)
    #expect(
      try emend.objects("out/kb.train.mined.flag-embedding.jsonl").allSatisfy {
        $0["pos_scores"] != nil
      })
    #expect(try emend.objects("out/kb.train.mined.tuples.jsonl").count >= 10)
    #expect(
      try emend.run("revert", "out/kb.train.mined.jsonl").output
        == emend.read("kb.train.mined.jsonl"))
  }

  @Test("Pairs are searched for in each other's texts, and lines with one query are joined")
  func pairs() throws {
    let emend = try Emend()
    try emend.write(
      """
      {"anchor": "red fox", "positive": "A fox is red."}
      {"anchor": "blue whale", "positive": "Whales are large."}
      {"anchor": "red fox", "positive": "Foxes hunt at night."}

      """, to: "pairs.jsonl")
    let outcome = try emend.run("mine", "--queries", "pairs.jsonl", "--method", "bm25", "--to", "-")
    let lines = try outcome.text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(outcome.status == 0 && lines.count == 2, "\(outcome)")
    #expect(
      try passages(lines[0]).map { $0["text"] as? String } == [
        "A fox is red.", "Foxes hunt at night.",
      ])
    #expect(try passages(lines[0]).allSatisfy { $0["label"] as? Int == 1 })
  }

  @Test("A run and judgements join in; lines that name nothing are counted and said")
  func runAndJudgements() throws {
    let emend = try Emend()
    try emend.write(
      "1\tA fox is red.\n2\tWhales are large.\n3\tBees dance.\n", to: "collection.tsv")
    try emend.write("7\twho dances\n8\thow large\n", to: "queries.tsv")
    try emend.write("7 0 3 1\n7 0 9 1\n9 0 1 1\n8 0 1 -1\n", to: "qrels")
    try emend.write("7\t1\t1\n7\t3\t2\n8\t99\t1\n", to: "run.tsv")
    let outcome = try emend.run(
      "mine", "--corpus", "collection.tsv", "--queries", "queries.tsv", "--qrels", "qrels", "--run",
      "run.tsv", "--method",
      "run", "--to", "out.jsonl")
    #expect(outcome.status == 0, "\(outcome)")
    for sentence in [
      "1 line that names a document that the corpus does not have",
      "1 line that names a query that is not there",
      "1 line with a grade below 0", "run.tsv: 1 line", "1 query without a candidate",
    ] { #expect(outcome.errors.contains(sentence), "\(sentence)\n\(outcome)") }
    let lines = try emend.objects("out.jsonl")
    #expect(try passages(lines[0]).map { $0["id"] as? String } == ["1", "3"])
    #expect(try passages(lines[0]).map { $0["run_rank"] as? Int } == [1, 2])
    #expect(try passages(lines[0]).map { $0["label"] as? Int } == [nil, 1])
    // Nothing that exists is overwritten.
    let again = try emend.run(
      "mine", "--queries", "queries.tsv", "--corpus", "collection.tsv", "--to", "out.jsonl")
    #expect(again.status == 1 && again.errors.contains("there is such a file already"))
  }

  @Test("What has to be mined first is refused by run and check with the command")
  func refused() throws {
    let emend = try Emend()
    try collection(in: emend)
    try emend.write("q1 0 d1 1\nq1 0 d2 0\n", to: "trec.qrels")
    try emend.write("q1 Q0 d1 1 0.5 tag\n", to: "bm25.run")
    try emend.write("0\tsome text\n1\tanother text\n", to: "collection.tsv")
    for (file, command) in [
      ("kb", "emend mine kb"), ("kb/corpus.jsonl", "emend mine FOLDER"),
      ("kb/queries.jsonl", "emend mine FOLDER"),
      ("kb/qrels/train.tsv", "emend mine --corpus"), ("trec.qrels", "emend mine --corpus"),
      ("bm25.run", "emend mine --corpus"), ("collection.tsv", "emend mine --corpus"),
    ] {
      for verb in ["run", "check"] {
        let outcome = try emend.run(verb, file)
        #expect(
          outcome.status == 1 && outcome.errors.contains(command), "\(verb) \(file): \(outcome)")
      }
    }
    // Records with such names that are meant stay usable.
    try emend.write("{\"_id\": \"1\", \"text\": \"one\", \"label\": \"a\"}\n", to: "labelled.jsonl")
    #expect(try emend.run("check", "labelled.jsonl").status == 0)
    let bare = (1...30).map { "{\"_id\": \"\($0)\", \"text\": \"text \($0)\"}\n" }.joined()
    try emend.write(
      bare + "{\"_id\": \"31\", \"text\": \"one\", \"label\": \"a\"}\n", to: "late.jsonl")
    #expect(try !emend.run("check", "late.jsonl").errors.contains("emend mine"))
    #expect(try emend.run("check", "kb/queries.jsonl", "--unlabelled").status == 0)
  }

  @Test("In a folder, plain files come before compressed ones; hidden ones and FIFOs are not read")
  func folderContent() throws {
    let emend = try Emend()
    try collection(in: emend)
    try emend.tool("gzip", "-k", "kb/qrels/train.tsv")
    try emend.write(
      "query-id\tcorpus-id\tscore\nq01\tkettle-limescale\t1\n", to: "kb/qrels/train.tsv")
    try emend.write("x", to: "kb/qrels/.dev.tsv")
    try emend.tool("mkfifo", "kb/qrels/pipe.tsv")
    let mined = try emend.run("mine", "kb", "--method", "bm25", "--to", "one.jsonl")
    #expect(mined.status == 0 && mined.text.hasPrefix("1 query,"), "\(mined)")
    let other = try emend.run("mine", "kb", "--split", "dev")
    #expect(other.errors.contains("the folder has test, train"), "\(other)")
    try emend.tool("rm", "kb/corpus.jsonl")
    try emend.tool("mkfifo", "kb/corpus.jsonl")
    let fifo = try emend.run("mine", "kb", "--method", "bm25")
    #expect(fifo.status == 1 && fifo.errors.contains("no regular file"), "\(fifo)")
  }

  @Test("Wrong use is a sentence that says what to do")
  func usage() throws {
    let emend = try Emend()
    try collection(in: emend)
    try emend.write("red fox\tA fox is red.\n", to: "headless.tsv")
    try emend.write(
      "{\"query\": \"why\", \"passages\": [{\"text\": \"one\"}]}\n", to: "labelled.jsonl")
    for (arguments, status, sentence) in [
      ([], 64, "Name a folder"), (["kb", "--corpus", "x"], 64, "Name a folder, or files"),
      (["kb", "--split", "dev"], 1, "the folder has test, train"),
      (["kb", "--method", "run"], 64, "--run"),
      (["nothing"], 1, "there is no such folder"), (["kb/corpus.jsonl"], 1, "this is a file"),
      (["--queries", "kb/queries.jsonl"], 1, "name the corpus"),
      (
        [
          "--corpus", "kb/corpus.jsonl", "--queries", "kb/corpus.jsonl", "--qrels",
          "kb/queries.jsonl",
        ], 1, "judgements"
      ),
      (["kb", "--candidates", "0"], 64, "at least 1"),
      (["kb", "--candidates", "1001"], 64, "at most 1000"),
      (["--queries", "headless.tsv"], 1, "Put a header above the file"),
      (["--queries", "labelled.jsonl", "--query-text", "words"], 1, "fields: {query: words}"),
      (["kb", "--to", "x.gz"], 64, "uncompressed"),
    ] as [([String], Int32, String)] {
      let outcome = try emend.start(["mine"] + arguments).finish()
      #expect(
        outcome.status == status && outcome.errors.contains(sentence), "\(arguments): \(outcome)")
    }
    #expect(Set(emend.names(in: ".")) == ["kb", "headless.tsv", "labelled.jsonl"])
  }
}
