import Digests
import Records
import Synchronization

/// Where a run keeps its output until it is published: in memory, or in a file where it is large.
package protocol OutputStore: AnyObject, Sendable {
  func append(_ piece: [UInt8]) throws
  /// SHA-256 of all bytes so far, in lower-case hexadecimal.
  var digest: String { get }
  /// All bytes at once.
  var bytes: [UInt8] { get throws }
}

/// Keeps an output in memory.
package final class MemoryStore: OutputStore {
  private let kept = Mutex<[UInt8]>([])

  package init() {}

  package func append(_ piece: [UInt8]) { kept.withLock { $0 += piece } }
  package var digest: String { Digest.hexadecimal(of: bytes) }
  package var bytes: [UInt8] { kept.withLock { $0 } }
}

/// The place of each of a file's records among its annotations or its queries, which go through separate
/// pipelines.
struct RecordOrder {
  enum Place {
    case annotation(Int)
    case query(Int)
  }

  /// By record, its place among those of its kind; empty where all are of one kind.
  private let places: [Int32]
  private let isQuery: [Bool]
  private let isQueryAlone: Bool

  init(_ records: [Record]) {
    let queries = records.count { $0.isQuery }
    isQueryAlone = queries == records.count
    guard queries > 0, queries < records.count else {
      places = []
      isQuery = []
      return
    }
    var next: (annotation: Int32, query: Int32) = (0, 0)
    var places: [Int32] = []
    for record in records {
      places.append(record.isQuery ? next.query : next.annotation)
      if record.isQuery { next.query += 1 } else { next.annotation += 1 }
    }
    self.places = places
    isQuery = records.map(\.isQuery)
  }

  func place(of number: Int) -> Place {
    guard !places.isEmpty else { return isQueryAlone ? .query(number) : .annotation(number) }
    return isQuery[number] ? .query(Int(places[number])) : .annotation(Int(places[number]))
  }
}
