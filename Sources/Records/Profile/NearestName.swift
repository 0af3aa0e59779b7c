/// Finds the name that a user probably meant.
package enum NearestName {
  /// The choice nearest to `word`; `nil` where none is near. A choice is near with at most one edit per
  /// three characters (one edit is always allowed), or where one of the two words begins with the other. Of
  /// two equally near choices the longer one is returned, because people leave letters out more often than
  /// they add some.
  package static func nearest(to word: String, among choices: [String]) -> String? {
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

  /// The number of edits between two words: insertions, deletions, substitutions and swaps of neighbouring
  /// characters (optimal string alignment). `Int.max` for words of 100 characters or more.
  package static func edits(_ left: String, _ right: String) -> Int {
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
