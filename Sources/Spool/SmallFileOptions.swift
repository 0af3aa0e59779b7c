/// Which files count as small, and when one is begun beside larger ones that hold all places.
///
/// Without this a file of twenty lines waits for an hour behind one of a million records.
package struct SmallFileOptions: Sendable {
  /// The most bytes of a small file, as it lies in the inbox. The worker compares the unpacked bytes with
  /// the same number.
  package var largestSize = Self.standardLargestSize
  /// How long the work on a small file may go on before the next small one is begun beside it. Beside a
  /// larger file it is begun at once.
  package var delay: Duration = Self.standardDelay

  package init() {}

  /// In bytes. Six hundred short texts, which one thread repairs within seconds (docs/SPOOL.md, "Small
  /// files").
  package static let standardLargestSize = 64 << 10
  /// Most small files are done by then, so that two in a row need no second process.
  package static let standardDelay: Duration = .seconds(1)
  /// After no worker for small files could be made, such as for want of descriptors, the next try waits so
  /// long.
  static let retryInterval: Duration = .seconds(60)
}
