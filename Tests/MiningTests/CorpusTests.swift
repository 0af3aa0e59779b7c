@testable import Mining
import Records
import Testing

@Suite("Corpora and queries") struct CorpusTests {
  @Test(
    "Each layout of a corpus gives the same documents",
    arguments: [
      (
        "corpus.jsonl",
        """
        {"_id": "a", "title": "Bees", "text": "They dance.", "metadata": {}}
        {"_id": "b", "title": "", "text": "Honey keeps."}

        """
      ),
      (
        "docs.jsonl",
        """
        {"docid": "a", "url": "http://x", "title": "Bees", "segment": "They dance."}
        {"docid": "b", "url": "http://y", "title": null, "segment": "Honey keeps."}
        """
      ),
      (
        "list.json",
        #"[{"id": "a", "title": "Bees", "contents": "They dance."}, {"id": "b", "contents": "Honey keeps."}]"#
      ),
      ("psgs.tsv", "id\ttext\ttitle\na\tThey dance.\tBees\nb\tHoney keeps.\t\n"),
      ("wiki.csv", "id,text,title\na,They dance.,Bees\nb,Honey keeps.,\n"),
      ("docs.tsv", "a\thttp://x\tBees\tThey dance.\r\nb\thttp://y\t\tHoney keeps.\r\n"),
    ])
  func layouts(_ file: String, _ text: String) throws {
    let found = try corpus(text, file: file)
    #expect(found.documents.map(\.id) == ["a", "b"])
    #expect(found.documents.map(\.title) == ["Bees", nil])
    #expect(found.documents.map(\.text) == ["They dance.", "Honey keeps."])
    #expect(found.documents[0].titledText == "Bees. They dance.")
  }

  @Test("MS MARCO's two columns are id and text, with quotes and commas as they are")
  func collection() throws {
    let found = try corpus("0\tHe said \"x, y\"\n1\t\"open\n", file: "collection.tsv")
    #expect(found.documents.map(\.text) == ["He said \"x, y\"", "\"open"])
    #expect(found.place(ofID: "1") == .document(1))
  }

  @Test(
    "A text is one document, and the ids of its copies are kept; white space and titles count as they do elsewhere"
  )
  func copies() throws {
    var corpus = Corpus()
    corpus.add(id: "a", title: nil, text: "One  text")
    corpus.add(id: "b", title: "", text: "One text ")
    corpus.add(id: "c", title: "Title", text: "One text")
    #expect(corpus.documents.map(\.id) == ["a", "c"])
    #expect(corpus.documents[0].copies == ["b"])
    #expect(corpus.place(ofID: "b") == .document(0) && corpus.place(ofID: "x") == .unknown)
    #expect(corpus.addedCount == 3)
  }

  @Test("An id with two texts is ambiguous, and no text is lost")
  func ambiguousIDs() {
    var corpus = Corpus()
    corpus.add(id: "a", title: nil, text: "one")
    corpus.add(id: "a", title: nil, text: "two")
    corpus.add(id: "a", title: nil, text: "three")
    #expect(corpus.documents.map(\.id) == ["a", "a#2", "a#3"])
    #expect(corpus.place(ofID: "a") == .ambiguous && corpus.ambiguousIDs == ["a"])
  }

  @Test("Documents without a text are counted; those without ids are called by their lines")
  func blanks() throws {
    let found = try corpus(
      "{\"text\": \"x\"}\n{\"text\": \" \"}\n{\"other\": 1}\n{\"text\": \"y\"}\n")
    #expect(found.documents.map(\.id) == ["1", "4"] && found.blankCount == 2)
  }

  @Test(
    "What is not understood is refused with its line and a remedy",
    arguments: [
      ("a\tb\tc\n", "the first line has 3 columns"), ("one text\n", "neither JSON nor a header"),
      ("q1 0 d1 1\n", "judgements or a run"),
      ("query-id\tcorpus-id\tscore\nq\td\t1\n", "judgements or a run"),
      ("{\"id\": 1, \"words\": \"x\"}\n", "The first entry has \"id\", \"words\""),
      ("0\tx\n1\ty\tz\n", "data:2: the line has 3 columns"),
      ("{\"id\": \"a\", \"text\": \"x\"}\n{\"text\": \"y\"}\n", "data:2: there is no \"id\""),
      (
        "{\"id\": \"a\", \"text\": \"x\"}\n{\"id\": \"b\", \"text\": 7}\n",
        "data:2: the document's text is not a text"
      ),
      ("{\"id\": \"a\", \"text\": \"x\"}\n{oops\n", "data:2:"), ("", "empty"),
      ("PAR1xxx", "Parquet"), ("docid\tAbstractText\n7\tx\n", "--corpus-text"),
      ("red fox\tA fox.\n", "data:1: the first column has \"red fox\", which has blanks"),
      ("fox\tA fox.\nred fox\tAnother.\n", "data:2: the first column has \"red fox\""),
      ("\tA fox.\n", "data:1: the first column is empty"),
      ("7\tA fox.\n\tAnother.\n", "data:2: the first column is empty"),
    ])
  func refused(_ text: String, _ reason: String) {
    let found = message { _ = try corpus(text) }
    #expect(found?.contains(reason) == true, "\(found ?? "read")")
  }

  @Test("A text on each line is a document only in a file that is called .txt")
  func plainText() throws {
    #expect(try corpus("one\n\ntwo\n", file: "texts.txt").documents.map(\.id) == ["1", "3"])
  }

  @Test("A name that the user gives counts before the usual ones")
  func namedFields() throws {
    var fields = CollectionFields()
    fields.documentText = "words"
    fields.documentID = "key"
    var corpus = Corpus()
    try CollectionReader(fields: fields).read(
      source("{\"id\": 1, \"key\": 2, \"text\": \"x\", \"words\": \"y\"}\n"), into: &corpus)
    #expect(corpus.documents == [Corpus.Document(id: "2", title: nil, text: "y")])
  }

  @Test(
    "Each layout of queries is read",
    arguments: [
      "{\"_id\": \"1\", \"text\": \"Why?\", \"metadata\": {}}\n",
      "{\"query_id\": 1, \"query\": \"Why?\", \"answers\": [\"Because.\", \"No Answer Present.\"]}\n",
      "1\tWhy?\n", "qid\tquery\n1\tWhy?\n", "[{\"id\": \"1\", \"question\": \"Why?\"}]",
    ])
  func queryLayouts(_ text: String) throws {
    let list = try CollectionReader().queries(source(text))
    #expect(list.queries.map(\.text) == ["Why?"] && list.queries[0].id == "1")
    #expect(list.queries[0].answers == (text.contains("Because") ? ["Because."] : []))
  }

  @Test("Two queries with one id are refused; the same query twice is one")
  func repeatedQueries() throws {
    #expect(try CollectionReader().queries(source("1\tWhy?\n1\tWhy? \n")).queries.count == 1)
    let found = message { _ = try CollectionReader().queries(source("1\tWhy?\n1\tHow?\n")) }
    #expect(found?.contains("data:2: another query has the id \"1\"") == true)
  }

  @Test("MS MARCO's lines of queries with passages are one query each, and their passages a corpus")
  func top1000() throws {
    let file = try source("7\t1\twhy\tone text\n7\t2\twhy\tanother text\n8\t1\thow\tone text\n")
    #expect(CollectionReader.hasQueriesWithPassages(file))
    var corpus = Corpus()
    let list = try CollectionReader().queriesWithPassages(file, into: &corpus)
    #expect(list.queries.map(\.id) == ["7", "8"] && corpus.documents.map(\.id) == ["1", "2"])
    for other in [
      "7\t0\tp1\t1\n", "7\thttp://x\ttitle\ttext\n", "1\tx\n", "qid\tquery\tcategory\tsource\n",
      "qid\tquery\tpassage\tlabel\n1\twhy\tone\t1\n", "q1\twhy\tanimals\tweb\n",
      "7\ta query\tanimals\tweb\n", "7\t1\twhy\t\n",
    ] {
      #expect(!CollectionReader.hasQueriesWithPassages(try source(other)), "\(other)")
    }
    let refusal = message {
      var corpus = Corpus()
      _ = try CollectionReader().queriesWithPassages(
        source("7\t1\twhy\tone\n8\tan id\thow\ttwo\n"), into: &corpus)
    }
    #expect(refusal?.contains("data:2: \"an id\" stands where") == true)
  }

  @Test("A table of queries with other columns has its queries read by their names")
  func otherColumns() throws {
    let list = try CollectionReader().queries(
      source("qid\tquery\tcategory\tsource\n1\twhy, text\tanimals\tweb\n"))
    #expect(list.queries == [SoughtQuery(id: "1", text: "why, text")])
  }

  @Test("Names that appear after the first fifty entries are not overlooked")
  func lateMembers() throws {
    let first = String(repeating: "{\"id\": \"0\", \"text\": \"x\", \"title\": null}\n", count: 50)
    let found = try corpus(first + "{\"id\": \"1\", \"title\": \"Bees\", \"text\": \"y\"}\n")
    #expect(found.documents.map(\.title) == [nil, "Bees"])
    let list = try CollectionReader().queries(
      source(
        String(repeating: "{\"id\": \"0\", \"query\": \"x\"}\n", count: 50)
          + "{\"id\": \"1\", \"query\": \"y\", \"answer\": \"z\"}\n"))
    #expect(list.queries[1].answers == ["z"])
    let refusal = message {
      _ = try corpus(
        String(repeating: "{\"text\": \"x\"}\n", count: 50) + "{\"id\": \"1\", \"text\": \"y\"}\n")
    }
    #expect(refusal?.contains("data:51: the entry has the document's id, and the first") == true)
    // The member of most entries holds the text.
    let most = try corpus(
      "{\"id\": 1, \"text\": null, \"contents\": \"a\"}\n{\"id\": 2, \"text\": \"b\", \"contents\": \"c\"}\n"
    )
    #expect(most.documents.map(\.text) == ["a", "c"])
  }

  @Test(
    "Upper and lower case of usual names do not count, and a flag names a column as it is written")
  func cases() throws {
    let found = try corpus("ID\tTitle\tText\na\tBees\tThey dance, text.\n")
    #expect(found.documents == [Corpus.Document(id: "a", title: "Bees", text: "They dance, text.")])
    var fields = CollectionFields()
    fields.documentText = "AbstractText"
    var corpus = Corpus()
    try CollectionReader(fields: fields).read(
      source("docid\tAbstractText\n7\tThey dance.\n"), into: &corpus)
    #expect(corpus.documents == [Corpus.Document(id: "7", title: nil, text: "They dance.")])
    let refusal = message {
      var corpus = Corpus()
      try CollectionReader(fields: fields).read(source("7\tThey dance.\n"), into: &corpus)
    }
    #expect(refusal?.contains("--corpus-text \"AbstractText\" names nothing") == true)
  }
}
