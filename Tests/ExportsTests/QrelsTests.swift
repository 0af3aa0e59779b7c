import Testing

@testable import Exports

/// Compares TREC's files and the files of texts byte for byte.
struct QrelsTests {
  @Test("Ids without a clash are names; a passage of two queries is in the corpus once")
  func plain() {
    let shared = AssessedPassage("b", id: "d 2", title: "T", grade: 0, utility: 0.25)
    let export = ExportKind.qrels.export([
      query("q1", "one", AssessedPassage("a", id: "d1", grade: 2, utility: 0.125), shared),
      query("é", "two", shared),
    ])
    #expect(export.text(.qrels) == "q1 0 d1 2\nq1 0 d%202 0\n%C3%A9 0 d%202 0\n")
    #expect(
      export.text(.run) == """
        q1 Q0 d%202 1 0.250000 emend
        q1 Q0 d1 2 0.125000 emend
        %C3%A9 Q0 d%202 1 0.250000 emend

        """)
    #expect(
      export.text(.corpus) == """
        {"_id": "d1", "title": "", "text": "a"}
        {"_id": "d%202", "title": "T", "text": "b"}

        """)
    #expect(
      export.text(.queries) == """
        {"_id": "q1", "text": "one"}
        {"_id": "%C3%A9", "text": "two"}

        """)
    #expect(export.files.map(\.lines) == [2, 2, 3, 3])
    #expect(export.notes.isEmpty)
  }

  @Test("Where an id has two texts, the name of every passage starts with its query")
  func qualified() {
    let export = ExportKind.qrels.export([
      query("a", "one", AssessedPassage("x", id: "1"), AssessedPassage("y", id: "only")),
      query("b/c", "two", AssessedPassage("z", id: "1")),
    ])
    #expect(export.text(.qrels) == "a 0 a/1 0\na 0 a/only 0\nb%2Fc 0 b%2Fc/1 0\n")
    #expect(export.notes.count == 1)
    // Another title makes another passage, and so does another normalisation of the same text.
    for other in [AssessedPassage("é", id: "1", title: "T"), AssessedPassage("e\u{301}", id: "1")] {
      let names = TRECNames([
        query("a", "one", AssessedPassage("é", id: "1")), query("b", "two", other),
      ])
      #expect(names.isQualified)
    }
  }

  @Test("A text is one document, whatever its ids in other queries and whatever its white space")
  func oneDocument() {
    let export = ExportKind.qrels.export(
      (0..<10).map { place in
        query(
          "q\(place)", "why", AssessedPassage("same text", id: "\(place)a", grade: 1),
          AssessedPassage("same  text", id: "\(place)b", grade: 1),
          AssessedPassage("other \(place % 2)", id: "\(place)c"))
      })
    #expect(export.files.map(\.lines) == [3, 10, 20, 20])
    let graded = export.text(.qrels).split(separator: "\n").map { $0.split(separator: " ")[2] }
    #expect(Set(graded) == ["0a", "0c", "1c"])
    #expect(export.notes.count == 1 && export.notes[0].contains("the 30 passages have 3 different"))
    // Places within the query are ids, too, where passages have none.
    let numbered = ExportKind.qrels.export(
      (0..<4).map { place in
        query(
          "q\(place)", "why", AssessedPassage("a \(place / 2)", id: "1"),
          AssessedPassage("b", id: "2"), AssessedPassage("", id: "3"))
      })
    #expect(numbered.text(.corpus).split(separator: "\n").count == 4)
    #expect(numbered.text(.qrels).contains("q3 0 q2/1 0\nq3 0 q0/2 0\n"))
  }

  @Test("Queries that share an id are numbered")
  func sharedIds() {
    let names = TRECNames([query("a", "1", []), query("b", "2", []), query("a", "3", [])])
    #expect(names.queries == ["a", "b", "a/2"])
    #expect(names.renamed == 1)
  }

  @Test(
    "Names contain no blank and differ where ids differ",
    arguments: [
      ("", "%"), ("%", "%25"), ("a b\t", "a%20b%09"), ("A-z_0.9~", "A-z_0.9~"),
      ("日本", "%E6%97%A5%E6%9C%AC"), ("\0", "%00"),
    ])
  func encoding(id: String, name: String) {
    #expect(TRECNames.encoded(id) == name)
  }

  @Test("Scores fall strictly with the rank, in 32-bit floats too")
  func strictlyFalling() throws {
    let utilities =
      [Double](repeating: 1, count: 300) + [0.999_999, 0.5, 0.5, 0.000_000_1]
      + [Double](repeating: 0, count: 300)
    let passages = utilities.enumerated().map {
      AssessedPassage("t\($0.offset)", id: "\($0.offset)", utility: $0.element)
    }
    let lines = ExportKind.qrels.export([query("q", "why", passages)]).text(.run)
      .split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.map { String($0[2]) } == (0..<utilities.count).map(String.init))
    #expect(lines.map { String($0[3]) } == (1...utilities.count).map(String.init))
    let scores = try lines.map { try #require(Float($0[4])) }
    #expect(zip(scores, scores.dropFirst()).allSatisfy(>))
  }

  @Test("BEIR's folder has the same documents, queries and grades as the judgements")
  func beir() {
    let queries = [
      query(
        "q 1", "why", AssessedPassage("one", id: "a/b", grade: 2),
        AssessedPassage("two", id: "c", title: "T", useful: true)),
      query("q2", "how", AssessedPassage("one", id: "other", grade: 0)),
    ]
    let (beir, trec) = (ExportKind.beir.export(queries), ExportKind.qrels.export(queries))
    #expect(
      beir.text(.beirQrels)
        == "query-id\tcorpus-id\tscore\nq%201\ta%2Fb\t2\nq%201\tc\t1\nq2\ta%2Fb\t0\n")
    #expect(beir.text(.beirCorpus) == trec.text(.corpus))
    #expect(beir.text(.beirQueries) == trec.text(.queries))
    #expect(
      beir.notes == [
        "*.beir/qrels/train.tsv: the 3 passages have 2 different texts, and each is one document, whatever its ids"
      ])
  }
}
