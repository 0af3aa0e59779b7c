/// Finds the records that have the same content as a trusted record.
enum TrustedDuplicates {
  /// For every record that is not trusted: the first trusted record with the same content, if all
  /// trusted records with that content agree on one label.
  ///
  /// Only identical content counts, by `AnnotatedSet.contents`. Similar vectors do not count: an
  /// encoder can give nearly the same vector to texts that differ in a word, a number or a character
  /// that it does not know.
  /// - Complexity: O(n).
  static func found(in data: AnnotatedSet) -> [Int: Int] {
    guard data.trusted.contains(true), !data.targets.isMultiLabel else { return [:] }
    // For each content: the first trusted record, and whether all trusted records agree with it.
    var trusted: [Int32: (first: Int, isUnanimous: Bool)] = [:]
    for row in data.contents.indices where data.trusted[row] && data.contents[row] >= 0 {
      let known = trusted[data.contents[row]] ?? (row, true)
      let agrees = data.targets.single(known.first) == data.targets.single(row)
      trusted[data.contents[row]] = (known.first, known.isUnanimous && agrees)
    }
    var duplicates: [Int: Int] = [:]
    for row in data.contents.indices where !data.trusted[row] {
      guard let source = trusted[data.contents[row]], source.isUnanimous else { continue }
      duplicates[row] = source.first
    }
    return duplicates
  }
}
