@testable import Mining
import Records
import Testing

@Suite("Judgements, runs and pairs") struct RankingTests {
  private func reader() throws -> RankingReader {
    RankingReader(
      queries: try queries("why", "how"), corpus: corpus(texts: ["one", "two", "three"]))
  }

  @Test(
    "BEIR's, TREC's and MS MARCO's judgements say the same",
    arguments: [
      "query-id\tcorpus-id\tscore\nq0\td1\t2\nq1\td0\t0\n", "q0 0 d1 2\nq1 0 d0 0\n",
      "q0\t0\td1\t2\nq1\t0\td0\t0\n",
      "query_id\tdoc_id\trelevance\titeration\nq0\td1\t2\t0\nq1\td0\t0\t0\n",
      "qid\tscore\tdocid\nq0\t2\td1\nq1\t0\td0\n",
      "Relevance DOCNO topic x y\n2 d1 q0 _ _\n0 d0 q1 _ _\n",
      "qid\tquery\tpid\tlabel\nq0\twhy\td1\t2\nq1\thow\td0\t0\n", "q0\td1\t2\r\nq1\td0\t0\r\n",
      "q0 Q0  d1  2.0\nq1 Q0 d0 0\n",
      "{\"query-id\": \"q0\", \"corpus-id\": \"d1\", \"score\": 2}\n{\"query-id\": \"q1\", \"corpus-id\": \"d0\", \"score\": 0}\n",
    ])
  func judgementLayouts(_ text: String) throws {
    let found = try reader().judgements(source(text))
    #expect(found.ofQuery[0] == [.init(document: 1, id: "d1", grade: 2)])
    #expect(found.ofQuery[1] == [.init(document: 0, id: "d0", grade: 0)])
    #expect(found.count == 2 && found.highestGrade == 2 && found.unknownQueries.count == 0)
  }

  @Test(
    "Lines that name nothing that is there are counted with the first of them, and grade -1 is no judgement"
  )
  func absences() throws {
    let found = try reader().judgements(
      source("q0 0 x 1\nq0 0 y 1\nz 0 d0 1\nq0 0 d0 -1\nq0 0 d0 1\n"))
    #expect(found.unknownDocuments.count == 2 && found.unknownDocuments.first?.name == "x")
    #expect(found.unknownQueries.first?.line == 3)
    #expect(found.unjudgedCount == 1 && found.count == 1)
  }

  @Test(
    "A line that is no judgement is refused with its line",
    arguments: [
      ("q0 0 d0 1\nq0 0 d0\n", "data:2: the line has 3 columns"),
      ("q0 d0\n", "data:1: the first line has 2"),
      ("q0 0 d0 0.5\n", "the grade is \"0.5\""), ("q0\t0\td0\t\n", "the grade is missing"),
      ("q0 Q0 d0 1 0.5 tag\n", "the first line has 6 columns"), ("{\"a\": 1}\n", "no name in"),
      ("query_id\tdoc_id\trank\nq0\td0\t1\n", "data:1: these are no judgements: no name in"),
      ("qid\tdocid\tscore\trelevance\nq0\td0\t0.3\t1\n", "\"score\", \"relevance\" could each"),
      ("q0 d0 1 0\n", "data:1: the second of four columns is \"d0\""),
    ])
  func refusedJudgements(_ text: String, _ reason: String) throws {
    let reader = try reader()
    let found = message { _ = try reader.judgements(source(text)) }
    #expect(found?.contains(reason) == true, "\(found ?? "read")")
  }

  @Test("A run is ordered by its scores, as trec_eval does it, or by MS MARCO's ranks")
  func runs() throws {
    let trec = try reader().run(
      source(
        "q0 Q0 d0 1 0.5 x\nq0 Q0 d1 2 0.9 x\nq0 Q0 d2 3 0.5 x\nq0 Q0 d1 4 0.1 x\nq1 Q0 zz 1 1 x\n"))
    #expect(trec.ofQuery == [0: [1, 0, 2]] && trec.unknownDocuments.count == 1)
    let marco = try reader().run(source("q1\td2\t2\nq1\td0\t1\n"))
    #expect(marco.ofQuery == [1: [0, 2]])
    let reader = try reader()
    #expect(message { _ = try reader.run(source("q0 d0\n")) }?.contains("2 columns") == true)
    // A score is no rank: the highest is the best.
    #expect(
      message { _ = try reader.run(source("q0 d0 12.5\n")) }?.contains("the rank is \"12.5\"")
        == true)
  }

  private func record(_ id: String, _ query: String, _ passages: [Passage]) -> Record {
    Record(
      line: 1, id: id, content: .retrieval(Retrieval(query: query, passages: passages)), labels: [],
      isMultiLabel: false, votes: [], vector: nil)
  }

  @Test(
    "Lines with the same query are one query with all their labels, and their passages the corpus")
  func pairs() throws {
    var corpus = Corpus()
    let found = LabelledQueries(
      [
        record("1", "why", [Passage(id: "positive", text: "one", grade: 1)]),
        record("2", "how", [Passage(id: "positive", text: "two", grade: 1)]),
        record(
          "3", "why ",
          [
            Passage(id: "positive", text: "three", grade: 1),
            Passage(id: "negative", text: "two", grade: 0),
          ]),
        Record(
          line: 4, id: "4", content: .text("no query"), labels: [], isMultiLabel: false, votes: [],
          vector: nil),
      ], joining: &corpus)
    #expect(found.otherCount == 1)
    #expect(found.queries.queries.map(\.id) == ["1", "2"] && found.queries.joinedCount == 1)
    #expect(corpus.documents.map(\.id) == ["1/positive", "2/positive", "3/positive"])
    #expect(found.judgements.ofQuery[0]?.map(\.grade) == [1, 1, 0])
    #expect(found.judgements.ofQuery[0]?.map(\.document) == [0, 2, 1])
    #expect(found.newDocuments == 3)
  }

  @Test("Passages that the corpus has keep its ids, and their own ids where these mean one text")
  func pairsBesideCorpus() throws {
    var known = corpus(texts: ["one", "two"])
    let found = LabelledQueries(
      [
        record(
          "1", "why", [Passage(id: "x", text: "one", grade: 1), Passage(id: "y", text: "new")])
      ],
      joining: &known)
    #expect(known.documents.map(\.id) == ["d0", "d1", "y"] && found.newDocuments == 1)
    // The corpus has another text of that id.
    var other = corpus(texts: ["one"])
    _ = LabelledQueries([record("1", "why", [Passage(id: "d0", text: "new")])], joining: &other)
    #expect(other.documents.map(\.id) == ["d0", "1/d0"] && other.ambiguousIDs.isEmpty)
  }

  @Test(
    "Lines with a query, a passage and a label are joined by query, in JSON and in tables",
    arguments: [
      """
      {"query": "why", "passage": "one", "label": 1}
      {"query": "how", "passage": "two", "label": true}
      {"query": "why", "passage": "two", "label": 0}
      {"query": "why", "passage": "three", "label": null}
      """, "query,passage,label\nwhy,one,1\nhow,two,1\nwhy,two,0\nwhy,three,\n",
    ])
  func labelledPairs(_ text: String) throws {
    var corpus = Corpus()
    let found = try #require(try CollectionReader().pairs(source(text), into: &corpus))
    #expect(found.queries.queries.map(\.text) == ["why", "how"] && found.newDocuments == 3)
    #expect(found.judgements.ofQuery[0]?.map(\.grade) == [1, 0])
    #expect(found.judgements.ofQuery[1]?.map(\.document) == [1])
  }

  @Test(
    "A table with positives, and perhaps negatives, is pairs and triplets, whose labels are known")
  func positives() throws {
    var corpus = Corpus()
    let found = try #require(
      try CollectionReader().pairs(
        source("query\tpositive\tnegative_1\nred fox\tone\ttwo\nred  fox\tthree\t\n"),
        into: &corpus,
        positiveGrade: 2))
    #expect(corpus.documents.map(\.id) == ["2/positive", "2/negative_1", "3/positive"])
    #expect(found.judgements.ofQuery[0]?.map(\.grade) == [2, 0, 2])
  }

  @Test("Ids that count within a query are qualified by it; titles and late labels are read")
  func numberedPassages() throws {
    var corpus = Corpus()
    let text =
      String(
        repeating: "{\"qid\": 7, \"pid\": 0, \"query\": \"why\", \"passage\": \"one\"}\n", count: 50
      )
      + "{\"qid\": 8, \"pid\": 0, \"query\": \"how\", \"passage\": \"two\", \"title\": \"T\", \"label\": 1}\n"
    let found = try #require(try CollectionReader().pairs(source(text), into: &corpus))
    #expect(corpus.documents.map(\.id) == ["7/0", "8/0"] && corpus.ambiguousIDs.isEmpty)
    #expect(corpus.documents[1].title == "T")
    #expect(found.judgements.ofQuery[1]?.map(\.grade) == [1])
  }

  @Test(
    "Ids of pairs are kept, bare queries are no pairs, and a label that is none is refused with its line"
  )
  func idsOfPairs() throws {
    var corpus = Corpus()
    let found = try CollectionReader().pairs(
      source(
        "{\"qid\": 7, \"pid\": \"p\", \"query\": \"why\", \"document\": \"one\", \"relevance\": 3}\n"
      ), into: &corpus)
    #expect(found?.queries.place(ofID: "7") == 0 && corpus.documents.map(\.id) == ["p"])
    #expect(found?.judgements.highestGrade == 3)
    #expect(
      try CollectionReader().pairs(source("{\"id\": 1, \"query\": \"why\"}\n"), into: &corpus)
        == nil)
    let refusal = message {
      _ = try CollectionReader().pairs(
        source("{\"query\": \"q\", \"passage\": \"p\", \"label\": 0.5}\n"), into: &corpus)
    }
    // Beside a corpus, a document without a label is not the query's passage.
    for (text, isPair) in [
      ("{\"query\": \"why\", \"document\": \"one\"}\n", false),
      ("{\"query\": \"why\", \"document\": \"one\", \"label\": 1}\n", true),
    ] {
      var known = corpus
      #expect(try (CollectionReader().pairs(source(text), into: &known) != nil) == isPair)
    }
    #expect(refusal?.contains("data:1: the label is no whole number") == true)
  }
}
