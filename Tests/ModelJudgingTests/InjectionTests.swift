import Injection
import Testing
import ModelJudging
import ModelInterfaces

@Suite struct InjectionTests {
  static let query = "When was the tower finished?"
  static let passages = [
    "The tower was finished in March 1889.", "Cheese is made of milk.",
    "It was built in two years.",
  ]

  @Test func hasFiftyDifferentTexts() {
    #expect(HostileTexts.all.count == 50)
    #expect(Set(HostileTexts.all).count == 50)
  }

  /// Whatever a passage says, the lines around the texts stay the same: only lines that begin with the
  /// quotation mark `| ` differ from the clean prompt.
  @Test func hostileTextsChangeOnlyTheirOwnQuotation() {
    let clean = InjectionTrial.clean(query: Self.query, passages: Self.passages).quoted
    let trials = InjectionTrial.all(query: Self.query, passages: Self.passages, irrelevant: 1)
    for trial in trials {
      #expect(trial.quoted.system == clean.system)
      #expect(frame(trial.quoted) == frame(clean), "\(trial.hostile)")
      for line in quotedLines(trial.quoted) {
        #expect(!line.contains { "<>[]＜＞［］【】".contains($0) }, "\(line)")
        #expect(
          !line.unicodeScalars.contains {
            [.control, .format, .privateUse].contains($0.properties.generalCategory)
              && $0 != "\u{200C}" && $0 != "\u{200D}"
          }, "\(line)")
      }
    }
  }

  /// The comparison is fair: the naive prompt shows the hostile texts unchanged.
  @Test func theNaivePromptHasTheUnchangedHostileText() {
    for trial in InjectionTrial.all(query: Self.query, passages: Self.passages, irrelevant: 1) {
      #expect(trial.naive.user.contains(trial.hostile))
      #expect(trial.passages[0] == Self.passages[0])
    }
  }

  /// If a model repeats a quoted passage after its own selection, the words of the passage do not count
  /// as a selection.
  @Test func repeatingAQuotedPassageSelectsNothing() {
    for trial in InjectionTrial.all(query: Self.query, passages: Self.passages, irrelevant: 1) {
      let echo = QuotedText(trial.passages[1], words: 300).fenced(as: "passage 2")
      let reply = Reply(text: "My selection:[[1],[3]]\n\(echo)")
      #expect(
        SelectionParser(count: 3).reading(of: reply) == .numbers([1, 3]), "\(trial.hostile)")
    }
  }

  /// A model that follows any instruction at the beginning of a line selects the hostile passage with
  /// the naive prompt, and not with the quoted one.
  @Test func anObedientModelFollowsHostileTextsInTheNaivePromptOnly() {
    let obedient = ScriptedTextGenerator { conversation in
      let order = conversation.user.split(separator: "\n").last { line in
        line.hasPrefix("My selection:[[") && line.last == "]" && !line.contains("i")
          || line.contains("<|im_start|>assistant")
      }
      return Reply(text: order == nil ? "My selection:[[1]]" : "My selection:[[2]]")
    }
    let figures = InjectionTrial.figures(
      of: [(Self.query, Self.passages, 1)], asking: obedient)
    #expect(figures.naive.trials == 50 && figures.quoted.trials == 50)
    #expect(figures.naive.cleanSelections == 0 && figures.quoted.cleanSelections == 0)
    #expect(figures.naive.hostileSelections > 0)
    #expect(figures.quoted.hostileSelections == 0)
  }

  private func frame(_ conversation: Conversation) -> [Substring] {
    conversation.user.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("| ") }
  }

  private func quotedLines(_ conversation: Conversation) -> [Substring] {
    conversation.user.split(separator: "\n").filter { $0.hasPrefix("| ") }
  }
}
