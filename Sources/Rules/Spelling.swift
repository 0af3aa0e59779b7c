/// Finds what somebody may have meant.
enum Spelling {
  /// The choice nearest to `word`, if any is near: at most one edit in three characters, or the
  /// same beginning. Of two equally near the longer, as letters are dropped more than added.
  static func nearest(to word: String, among choices: [String]) -> String? {
    let word = word.lowercased()
    func isNear(_ choice: String, _ edits: Int) -> Bool {
      let shorter = min(word.count, choice.count)
      return edits <= max(1, shorter / 3)
        || shorter > 2 && (word.hasPrefix(choice) || choice.hasPrefix(word))
    }
    return choices.map { (choice: $0, edits: edits(word, $0.lowercased())) }
      .filter { isNear($0.choice.lowercased(), $0.edits) }
      .min { ($0.edits, -$0.choice.count) < ($1.edits, -$1.choice.count) }?.choice
  }

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
  static func edits(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left), Array(right))
    guard a.count < 100, b.count < 100 else { return Int.max }
    var table = [[Int]](repeating: Array(0...b.count), count: a.count + 1)
    for i in 0...a.count { table[i][0] = i }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    for i in 1...a.count {
      for j in 1...b.count {
        var best = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        best = min(best, table[i - 1][j] + 1, table[i][j - 1] + 1)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, table[i - 2][j - 2] + 1)
        }
        table[i][j] = best
      }
    }
    return table[a.count][b.count]
  }
}
