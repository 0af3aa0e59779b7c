/// Points of a picture that are drawn in one colour.
package struct PointGroup: Sendable, Codable, Equatable {
  /// What the points have in common, such as their label; nil for all that have no group of their own.
  package var name: String?
  /// Whether the points are suspect, and so marked.
  package var flagged: Bool
  /// Number of points.
  package var count: Int
  /// The points as `x,y x,y …`, each coordinate a whole number from 0 to `PointGroup.scale`. In a text they
  /// take a fifth of the space that lists of numbers would.
  package var points: String

  /// The largest coordinate.
  package static let scale = 1000

  /// - Parameter points: coordinates, 0…1; what is outside is moved to the edge.
  package init(name: String?, flagged: Bool, points: [(x: Double, y: Double)]) {
    self.name = name
    self.flagged = flagged
    count = points.count
    self.points = points.map { "\(Self.scaled($0.x)),\(Self.scaled($0.y))" }.joined(separator: " ")
  }

  private static func scaled(_ share: Double) -> Int {
    Int((min(max(share, 0), 1) * Double(scale)).rounded())
  }
}

/// A map of records: similar ones lie near each other.
package struct MapFacts: Sendable, Codable, Equatable {
  /// The points by label, the label with the most records first, records with other labels last.
  package var groups: [PointGroup]
  /// Number of records on the map.
  package var shown: Int
  /// Number of records that could be on it.
  package var records: Int
  /// Which records are on the map, in a sentence.
  package var sampling: String
  /// What the two directions of the map are, in a sentence.
  package var axes: String

  package init(
    groups: [PointGroup], shown: Int, records: Int, sampling: String, axes: String
  ) {
    self.groups = groups
    self.shown = shown
    self.records = records
    self.sampling = sampling
    self.axes = axes
  }
}
