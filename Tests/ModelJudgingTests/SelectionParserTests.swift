import TestSupport
import Testing
import ModelJudging
import ModelInterfaces
import Concurrency

@Suite struct SelectionParserTests {
  /// Replies of models to a request for a selection from 16 passages.
  static let selections: [(String, SelectionReading)] = [
    ("My selection:[[1],[3]]", .numbers([1, 3])),
    ("My selection: [[1], [3]].", .numbers([1, 3])),
    ("My selection:[1],[3]", .numbers([1, 3])),
    ("My selection: [1, 3]", .numbers([1, 3])),
    ("my selection : 1, 3", .numbers([1, 3])),
    ("[1] [3]", .numbers([1, 3])),
    ("[[1],[3]]", .numbers([1, 3])),
    ("[1, 3]", .numbers([1, 3])),
    ("1, 3", .numbers([1, 3])),
    ("1 and 3", .numbers([1, 3])),
    ("1. 3.", .numbers([1, 3])),
    ("7", .numbers([7])),
    ("Passages 1 and 3", .numbers([1, 3])),
    ("Passages 1 and 3 are relevant.", .numbers([1, 3])),
    ("Passages 2-4 are relevant.", .numbers([2, 3, 4])),
    ("[2-4]", .numbers([2, 3, 4])),
    ("[2]-[4]", .numbers([2, 3, 4])),
    ("Passages [2] to [4] fit.", .numbers([2, 3, 4])),
    ("- [1]\n- [3]\n", .numbers([1, 3])),
    ("1. [4]\n2. [2]", .numbers([4, 2])),
    ("1. Passage 4\n2. Passage 2", .numbers([4, 2])),
    ("**My selection:** [[1],[3]]", .numbers([1, 3])),
    ("```\nMy selection:[[1],[3]]\n```", .numbers([1, 3])),
    ("{\"selection\": [1, 3]}", .numbers([1, 3])),
    ("{\"selected_passages\": [\"1\", \"3\"]}", .numbers([1, 3])),
    ("[Passage 1], [Passage 3]", .numbers([1, 3])),
    ("[passage 1, passage 3]", .numbers([1, 3])),
    ("My selection:[[#1],[#3]]", .numbers([1, 3])),
    ("Sure! Here you go.\n\nMy selection:[[2]]\n\nLet me know if you need more.", .numbers([2])),
    ("My selection:[[1],[3]]. I left out [2] because it is about cars.", .numbers([1, 3])),
    ("Passage [2] is off topic, so\nMy selection:[[1],[3]]", .numbers([1, 3])),
    ("My selection:[[1]]\nWait, [4] fits too.\nMy selection:[[1],[4]]", .numbers([1, 4])),
    ("I selected [1] and [3].", .numbers([1, 3])),
    (
      "The selected passages are:\n- [1]: names the year\n- [3]: names the place", .numbers([1, 3])
    ),
    ("[1] is relevant. [2] is not relevant. [3] is relevant.", .numbers([1, 3])),
    ("[1] is not relevant, [2] is.", .numbers([2])),
    ("I choose [1], but not [2].", .numbers([1])),
    ("Relevant: [1], [3]. Not relevant: [2], [4].", .numbers([1, 3])),
    ("First I looked at [2].\n[1], [3]", .numbers([1, 3])),
    ("3 passages are relevant: [2], [5], [6].", .numbers([2, 5, 6])),
    ("My selection:[[3],[1],[3],[3]]", .numbers([3, 1])),
    ("My selection:[[0],[3],[17],[99999999999999999999]]", .numbers([3])),
    ("【1】, 【3】", .numbers([1, 3])),
    ("My selection：［［１］，［３］］", .numbers([1, 3])),
    ("[١] [٣]", .numbers([1, 3])),
    (
      "<think>[2] looks good, or [5]. My selection:[[2]]</think>\nMy selection:[[1]]", .numbers([1])
    ),
    // A reply that repeats a quoted passage, which has no square brackets.
    ("My selection:[[1]]\nOne passage says: My selection:((3))", .numbers([1])),
    ("My selection:[]", .nothing),
    ("My selection:[[]]", .nothing),
    ("My selection: None", .nothing),
    ("[]", .nothing),
    ("None", .nothing),
    ("none.", .nothing),
    ("None of the passages is relevant.", .nothing),
    ("None of the passages [1] to [5] is relevant.", .nothing),
    ("No passages are relevant to the question.", .nothing),
    ("No relevant passages.", .nothing),
    ("My selection: no passage", .nothing),
    // Other statements in a reply do not change its selection.
    ("Selected: [4], [5]\nNot selected: [1], [2], [3]", .numbers([4, 5])),
    ("My selection:[[4]]\n\nI did not select [1] and [2].", .numbers([4])),
    (
      "My selection:[[2],[5]]\n\nI selected [2] because it is deep, and [5] too.", .numbers([2, 5])
    ),
    ("My selection: 1, 5\n\nTotal selected: 2", .numbers([1, 5])),
    ("Selected passages (3 of 16): [1], [2], [5]", .numbers([1, 2, 5])),
    (
      "My selection:[[1],[3]]\n\nIf no passage is relevant, reply: My selection:[]",
      .numbers([1, 3])
    ),
    ("My selection:[[1],[2]]\n\nPassage 5 says \"My selection: none\".", .numbers([1, 2])),
    ("Keine.", .nothing),
    // Two lists, of which one has the rejected passages.
    ("[1], [3]\n\nRejected passages:\n[2], [4]", .numbers([1, 3])),
    ("Relevant passages:\n[1]\n[3]\n\nThese are not relevant:\n[2]\n[4]", .numbers([1, 3])),
    ("Irrelevant:\n[2]\n[4]\n\nRelevant:\n[1]\n[3]", .numbers([1, 3])),
    ("[1] Yes\n[2] No\n[3] Yes", .numbers([1, 3])),
    ("[1]: Yes / [2]: No", .numbers([1])),
    ("Neither [1] nor [2], but [3].", .numbers([3])),
    ("I can see that [2] and [5] are relevant.", .numbers([2, 5])),
    ("I'm sorry, but none of the passages is relevant.", .nothing),
    ("[1] (3 mentions)\n[4] (2 mentions)", .numbers([1, 4])),
    ("1. 4\n2. 2\n3. 7", .numbers([4, 2, 7])),
  ]

  /// Replies without a usable statement.
  static let unreadable = [
    "[1] is not relevant. [2] is irrelevant.", "All passages except [4] are relevant.",
    "", "   \n", "I'm sorry, but I can't help with that.",
    "I'm sorry, but I can't help with document 4.", "I am unable to assess passage 2.",
    "I cannot judge [3].", "My selection:[[i],[j]]", "[17]", "[0]",
    "[-1]", "My selection:[[99]]", "The answer is Paris.", "In 1999 the bridge had 3 lanes.",
    "I found 3 relevant passages.", "[Smith 2]", "<think>[1] is good, and [2]",
    "1. Paris is the capital of France.\n2. It lies on the Seine.", "yes", "[", "]]]][[[[", "🙂",
  ]

  static let rankings: [(String, SelectionReading)] = [
    ("[2] > [1] > [3]", .numbers([2, 1, 3])),
    ("My ranking:[2] > [1] > [3]", .numbers([2, 1, 3])),
    ("[2]>[1]>[3]", .numbers([2, 1, 3])),
    ("2 > 1 > 3", .numbers([2, 1, 3])),
    ("Passage 2 > Passage 1", .numbers([2, 1])),
    ("[2 > 1 > 3]", .numbers([2, 1, 3])),
    ("Ranking: [[2],[1],[3]]", .numbers([2, 1, 3])),
    ("1. [2]\n2. [1]\n3. [3]", .numbers([2, 1, 3])),
    ("1. 2\n2. 1\n3. 3", .numbers([2, 1, 3])),
    ("My ranking:\n1) 2\n2) 1\n3) 3", .numbers([2, 1, 3])),
    ("I prefer [2]. So: [2] > [3] > [1], since [1] adds nothing.", .numbers([2, 3, 1])),
    ("[2] > [2] > [2] > [9] > [1]", .numbers([2, 1])),
    ("[2] ＞ [1]", .numbers([2, 1])),
    ("My ranking:[2] > [1] > [3]\n\nI ranked [2] highest.", .numbers([2, 1, 3])),
  ]

  @Test(arguments: selections)
  func readsSelections(reply: String, reading: SelectionReading) {
    #expect(SelectionParser(count: 16).reading(of: Reply(text: reply)) == reading)
  }

  @Test(arguments: unreadable)
  func reportsUnreadableReplies(reply: String) {
    guard case .unreadable = SelectionParser(count: 16).reading(of: Reply(text: reply)) else {
      Issue.record("read something out of \(reply)")
      return
    }
  }

  @Test(arguments: rankings)
  func readsRankings(reply: String, reading: SelectionReading) {
    #expect(SelectionParser(count: 3, form: .ranking).reading(of: Reply(text: reply)) == reading)
  }

  @Test func readsListsThatWereCutOff() {
    func reading(_ text: String) -> SelectionReading {
      SelectionParser(count: 16).reading(of: Reply(text: text, wasCut: true))
    }
    #expect(reading("My selection:[[1],[3],[") == .numbers([1, 3]))
    #expect(reading("My selection:[[1],[3],[1") == .numbers([1, 3]))
    #expect(reading("1, 3, 1") == .numbers([1, 3]))
    guard case .unreadable = reading("The passage [2] talks about") else {
      Issue.record("read a selection from prose that was cut off")
      return
    }
  }

  @Test(arguments: 0..<400)
  func randomTextGivesOnlyPassagesThatExist(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    let pieces = [
      "[", "]", "[[", "]]", "1", "3", "17", "0", ",", " ", "\n", ">", ":", "selection", "My ",
      "none",
      "not", ".", "-", "passage ", "<think>", "</think>", "é", "🙂", "\u{0}", "９", "is", "and", "\"",
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...60, using: &generator) {
      if Int.random(in: 0..<4, using: &generator) == 0 {
        let bytes = (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }
        text += String(decoding: bytes, as: UTF8.self)
      } else {
        text += pieces.randomElement(using: &generator) ?? ""
      }
    }
    for form in [SelectionParser.Form.selection, .ranking] {
      for wasCut in [false, true] {
        let parser = SelectionParser(count: 5, form: form)
        if case .numbers(let numbers) = parser.reading(of: Reply(text: text, wasCut: wasCut)) {
          #expect(!numbers.isEmpty)
          #expect(numbers.allSatisfy { (1...5).contains($0) })
          #expect(Set(numbers).count == numbers.count)
        }
      }
    }
  }

  @Test(arguments: ["[", "[[1],", "1 a ", "[1] x ", "selection 1 ", "not ", "<think>", "[1, "])
  func longRepliesAreReadInTime(piece: String) {
    func duration(_ count: Int) -> Duration {
      let reply = Reply(text: String(repeating: piece, count: count), wasCut: true)
      let times = (0..<3).map { _ in
        processorTime { _ = SelectionParser(count: 16).reading(of: reply) }
      }
      return times.min() ?? .zero
    }
    // Sixteen times as long; quadratic work would take 256 times as long.
    #expect(duration(4_000) < duration(250) * 80)
  }
}
