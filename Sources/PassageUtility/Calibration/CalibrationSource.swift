/// Where the calibration of a query's utility comes from.
package enum CalibrationSource: Sendable, Hashable {
  /// Fitted to the development sets.
  case shipped
  /// Fitted to labels of the file's other queries. The query is labelled itself, and the fit did not
  /// use its labels or those of its fold.
  case refittedOutOfFold
  /// Fitted to the labels of all labelled queries of the file. The query is not one of them.
  case refitted
}
