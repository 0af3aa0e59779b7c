import LabelQuality
package import Records

/// About how much memory a run takes, from what is known once the file is read.
///
/// The numbers were measured with `scripts/bench/scale.py`; docs/SCALE.md, "Memory". The vectors of the default
/// encoder are assumed. A run rarely takes more, and can take a third less where texts are short.
package struct MemoryEstimate: Sendable, Equatable {
  package let bytes: Int

  /// The program, the encoder's weights and what they work with.
  static let fixedBytes = 450 << 20
  /// For a record in a file in which all vectors are kept in single precision.
  static let bytesInSmallFile = 14_000
  /// For a record in a larger file.
  static let bytesInLargeFile = 3_600
  /// What one more text of a record takes more, as pairs have three and relations two.
  static let bytesPerFurtherText = 4_600

  package init(of reading: Reading) {
    let annotations = reading.records.filter { !$0.isQuery }
    let texts = annotations.reduce(0) { max($0, Representation.textCount(of: $1.content)) }
    let labels = Set(annotations.lazy.flatMap { $0.labels.lazy.map(\.name) }).count
    self.init(
      records: annotations.count, labels: labels, furtherTexts: max(0, texts - 1),
      fileBytes: reading.source.bytes.count)
  }

  init(records: Int, labels: Int, furtherTexts: Int, fileBytes: Int) {
    // Very many records have their vectors and probabilities in half precision.
    let each =
      records > Evidence.largestInMemory
      ? Self.bytesInLargeFile + furtherTexts * Self.bytesPerFurtherText / 2
        + labels * MemoryLayout<UInt16>.size
      : Self.bytesInSmallFile + furtherTexts * Self.bytesPerFurtherText
        + labels * MemoryLayout<Float>.size
    // The file itself, and its texts as strings.
    bytes = Self.fixedBytes + records * each + 2 * fileBytes
  }

  /// Refuses a file that needs more memory than it may take.
  ///
  /// - Throws: `InputError` with both sizes.
  package func require(atMost limit: Int, for source: Source) throws(InputError) {
    guard bytes > limit else { return }
    throw InputError(
      file: source.file,
      reason:
        "the work needs about \(Self.gigabytes(bytes)) of memory, and may take \(Self.gigabytes(limit))",
      remedy: "Split the file, or allow more with --memory.")
  }

  /// Such as `3.2 GB`, with 1,073,741,824 bytes each, as --memory takes them.
  package static func gigabytes(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + (1 << 30) - 1) >> 30
    return "\(tenths / 10).\(tenths % 10) GB"
  }
}
