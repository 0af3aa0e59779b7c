/// Where the calibration of a query's utility comes from.
package enum CalibrationSource: Sendable, Hashable {
  /// From the development sets.
  case shipped
  /// From the labels of the file's other queries: the query is labelled itself, and its own labels and
  /// those of its fold had no part.
  case refittedOutOfFold
  /// From the labels of all labelled queries of the file: the query is not one of them.
  case refitted
}
