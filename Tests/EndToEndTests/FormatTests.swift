import Foundation
import Testing

/// Files of other programs, given to the real program.
struct FormatTests {
  @Test(
    "What other programs write is checked without a flag",
    arguments: [
      (
        "a.csv",
        "text,label\nred apples,fruit\ngreen peas,vegetable\nyellow pears,fruit\nfresh leeks,vegetable\n"
      ),
      (
        "a.json",
        #"[{"data": {"text": "a"}, "annotations": [{"result": [{"value": {"choices": ["x"]}}]}]}, {"data": {"text": "b"}, "annotations": [{"result": [{"value": {"choices": ["x"]}}]}]}]"#
      ),
      (
        "A.JSONL",
        "{\"prompt\": \"a\", \"completion\": \"x\"}\n{\"prompt\": \"b\", \"completion\": \"x\"}\n"
      ),
      ("c.json", "{\"text\": [\"a\", \"b\"], \"label\": [\"x\", \"x\"]}"),
    ])
  func checked(_ name: String, _ content: String) throws {
    let emend = try Emend()
    _ = try emend.write(Array(content.utf8), to: name)
    let outcome = try emend.run("check", name)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.text.contains("\(content.contains("peas") ? 4 : 2) records"),
      "\(outcome.text)")
    #expect(outcome.text.contains("0 without one"), "\(outcome.text)")
  }

  @Test("A path that cannot be read is refused before anything is read")
  func path() throws {
    let emend = try Emend()
    let outcome = try emend.run("check", "none.jsonl", "--text", "a..b")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--text: the path a..b"))
  }
}
