/// What the number counts by which people find a record in a file.
package enum RecordPlaces: String, Sendable, Codable {
  /// The number of the line on which the record starts, from 1.
  case line
  /// The number of the record, from 1, in a file where several may start on one line.
  case record

  /// The word at the start of a sentence.
  package var title: String {
    switch self {
    case .line: "Line"
    case .record: "Record"
    }
  }
}
