import Testing

@testable import LabelQuality

@Suite("Tables of probabilities") struct LabelProbabilitiesTests {
  static let values: [Float] = [0.7, 0.2, 0.1, 1e-5, 0.99999, 0, 3e-7, 0.5, 1]

  @Test(
    "What was written is read, whole records and single numbers, in both forms",
    arguments: [false, true])
  func reading(isCompact: Bool) {
    let table = LabelProbabilities(rows: 4, labelCount: 3, isCompact: isCompact)
    table.write(Array(Self.values[3...]), from: 2)
    table.write(Array(Self.values[..<3]), from: 1)
    var record: [Float] = [9]
    table.read(0, into: &record)
    #expect(record == [0, 0, 0])
    for row in 1..<4 {
      table.read(row, into: &record)
      for label in 0..<3 {
        let value = Self.values[(row - 1) * 3 + label]
        #expect(abs(table[row, label] - value) <= (isCompact ? max(value / 2048, 3e-8) : 0))
        #expect(record[label] == table[row, label])
      }
    }
  }

  @Test("Very many records are kept in half of the memory, others in single precision")
  func forms() {
    let value: Float = 0.333_333_34
    for (rows, isExact) in [
      (Evidence.largestInMemory, true), (Evidence.largestInMemory + 1, false),
    ] {
      let table = LabelProbabilities(rows: rows, labelCount: 1)
      table.write([value], from: rows - 1)
      #expect((table[rows - 1, 0] == value) == isExact)
    }
  }
}
