import Testing
import Vectors

@testable import LabelQuality

@Suite("Trusted duplicates") struct TrustedDuplicatesTests {
  /// Records whose vectors are all equal, so that only their contents can tell them apart.
  private func found(
    labels: [Int32?], contents: [Int32]?, trusted: Set<Int>, isMultiLabel: Bool = false
  ) -> [Int: Int] {
    let data = AnnotatedSet(
      vectors: Matrix(
        rows: labels.count, columns: 1, storage: [Float](repeating: 1, count: labels.count)),
      targets: Targets(
        given: labels.map { $0.map { [$0] } }, labelCount: 3, isMultiLabel: isMultiLabel),
      words: nil, trusted: labels.indices.map(trusted.contains), votes: [:], meanings: nil,
      contents: contents)
    return TrustedDuplicates.found(in: data)
  }

  @Test("a record takes the trusted record with the same content")
  func sameContent() {
    #expect(
      found(labels: [0, 1, 2, 1], contents: [0, 1, 0, 1], trusted: [0, 3]) == [2: 0, 1: 3])
  }

  @Test("an equal vector with another content, or with an unknown one, is no duplicate")
  func equalVectors() {
    #expect(found(labels: [0, 1], contents: [0, 1], trusted: [0]).isEmpty)
    #expect(found(labels: [0, 1], contents: [-1, -1], trusted: [0]).isEmpty)
    #expect(found(labels: [0, 1], contents: nil, trusted: [0]).isEmpty)
  }

  @Test("where trusted records with the same content agree, the first of them is named")
  func severalThatAgree() {
    #expect(
      found(labels: [1, 2, 2, 2], contents: [0, 0, 0, 0], trusted: [1, 3]) == [0: 1, 2: 1])
  }

  @Test("trusted records with the same content and different labels prove nothing")
  func severalThatDisagree() {
    #expect(found(labels: [1, 2, 0, 2], contents: [0, 0, 0, 0], trusted: [1, 2, 3]).isEmpty)
    // The disagreement about one content does not touch another one.
    #expect(
      found(labels: [1, 2, 0, 2, 0], contents: [0, 0, 0, 1, 1], trusted: [1, 2, 3]) == [4: 3])
  }

  @Test("a trusted record is no duplicate of another one")
  func trustedRecordsStay() {
    #expect(found(labels: [0, 0], contents: [0, 0], trusted: [0, 1]).isEmpty)
  }

  @Test("a record without a label, or with the same label, is a duplicate too")
  func otherLabels() {
    #expect(found(labels: [0, nil, 0], contents: [0, 0, 0], trusted: [0]) == [1: 0, 2: 0])
  }

  @Test("without a trusted record, and for lists of labels, there are none")
  func none() {
    #expect(found(labels: [0, 1], contents: [0, 0], trusted: []).isEmpty)
    #expect(found(labels: [0, 1], contents: [0, 0], trusted: [0], isMultiLabel: true).isEmpty)
  }
}
