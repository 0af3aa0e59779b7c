import LabelQuality
import Report
import Vectors

/// Places records on a plane so that similar ones lie near each other.
///
/// The axes are the two directions in which the means of the labels differ most: the principal components of
/// the label means, each weighted by its number of records (as in the first step of linear discriminant
/// analysis; Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, section 4.3.3). Where
/// the means have fewer than two directions, as with two labels, principal components of the vectors take their
/// place.
struct RecordMap {
  /// Records with their places in the axes of the vectors' principal components.
  private let vectors: any VectorRows
  private let targets: Targets

  /// The most points that are drawn.
  static let mostPoints = 5_000
  /// The most points of flagged records, so that the others still show where labels lie.
  static let mostFlagged = 500
  /// The most labels with a colour of their own: more colours cannot be told apart.
  static let mostColours = 8
  /// The most labels whose means decide about the axes; the largest count.
  private static let mostMeans = 200
  /// With fewer records there is nothing to see.
  private static let fewestRecords = 10
  /// The share of points on each side that may lie on the edge, so that a few far ones do not press all
  /// others together.
  private static let edgeShare = 0.005
  /// A direction in which the means differ by less than this share of the first one is rounding noise.
  private static let leastSpread = 1e-6

  /// - Parameter projected: every record in the axes of the principal components, the largest first.
  init(projected: any VectorRows, targets: Targets) {
    vectors = projected
    self.targets = targets
  }

  /// The map; nil where there are too few records or dimensions.
  ///
  /// - Parameters:
  ///   - isFlagged: whether each record's label is suspect.
  ///   - isUsable: whether each record's vector says something; the others are not on the map.
  ///   - order: flagged records, the first to look at first.
  ///   - names: the labels by number.
  /// - Complexity: O(n d).
  func facts(
    isFlagged: [Bool], isUsable: [Bool], order: [Int], names: [String]
  ) -> MapFacts? {
    let usable = targets.annotated.map(Int.init).filter { isUsable[$0] }
    guard usable.count >= Self.fewestRecords, vectors.columns >= 2 else { return nil }
    let flagged = order.filter { isFlagged[$0] && isUsable[$0] }
    let shownFlagged = Set(flagged.prefix(Self.mostFlagged))
    let others = usable.filter { !isFlagged[$0] }
    let room = Self.mostPoints - shownFlagged.count
    let step = max(1, (others.count + room - 1) / room)
    let shownOthers = stride(from: 0, to: others.count, by: step).map { others[$0] }
    let shown = (shownOthers + shownFlagged).sorted()
    let (first, second, fromMeans) = axes(over: usable)
    let drawn = vectors.gathered(shown.map(Int32.init))
    let xs = scaled(shown.indices.map { along(first, drawn.row($0)) })
    let ys = scaled(shown.indices.map { along(second, drawn.row($0)) })

    var counts = [Int](repeating: 0, count: targets.labelCount)
    for row in usable { for label in targets.of(row) { counts[Int(label)] += 1 } }
    let ranked = counts.indices.sorted { (counts[$0], $1) > (counts[$1], $0) }
    var colour = [Int](repeating: Self.mostColours, count: targets.labelCount)
    for (place, label) in ranked.prefix(Self.mostColours).enumerated() { colour[label] = place }
    let empty = [(x: Double, y: Double)]()
    var points = [[(x: Double, y: Double)]](repeating: empty, count: 2 * (Self.mostColours + 1))
    for (place, row) in shown.enumerated() {
      // Of several labels, the most frequent one has the colour.
      let group = targets.of(row).map { colour[Int($0)] }.min() ?? Self.mostColours
      points[2 * group + (isFlagged[row] ? 1 : 0)].append((xs[place], ys[place]))
    }
    let groups = points.indices.compactMap { index -> PointGroup? in
      guard !points[index].isEmpty else { return nil }
      let name = index / 2 < Self.mostColours ? names[ranked[index / 2]] : nil
      return PointGroup(name: name, flagged: index % 2 == 1, points: points[index])
    }
    return MapFacts(
      groups: groups, shown: shown.count, records: usable.count,
      sampling: Self.sampling(
        flagged: flagged.count, shownFlagged: shownFlagged.count, step: step),
      axes: Self.words(fromMeans))
  }

  /// What the two directions are, in words.
  ///
  /// - Parameter fromMeans: how many of them the means of the labels gave.
  private static func words(_ fromMeans: Int) -> String {
    switch fromMeans {
    case 2...: "the two directions in which the means of the labels differ most"
    case 1:
      "across, the direction in which the means of the labels differ; up, of those at a right angle to it, the "
        + "one nearest to that in which the records differ most"
    default:
      "the two directions in which the records differ most, since the means of the labels do not"
    }
  }

  /// Which records are shown, in a sentence without a full stop.
  private static func sampling(flagged: Int, shownFlagged: Int, step: Int) -> String {
    let suspects =
      shownFlagged < flagged ? "the \(shownFlagged) most suspect records" : "all suspect records"
    guard step > 1 else {
      return shownFlagged < flagged ? "\(suspects) and all that are not suspect" : "all records"
    }
    return "\(suspects) and one in \(step) of the others, evenly over the file"
  }

  /// Two directions at right angles, each of length 1, and how many of them the means of the labels gave.
  private func axes(over rows: [Int]) -> ([Double], [Double], fromMeans: Int) {
    let size = vectors.columns
    let means = labelMeans(over: rows)
    var gram = [Double](repeating: 0, count: means.count * means.count)
    for one in means.indices {
      for other in one..<means.count {
        var product = 0.0
        for column in 0..<size { product += means[one][column] * means[other][column] }
        gram[one * means.count + other] = product
        gram[other * means.count + one] = product
      }
    }
    let (values, directions) = symmetricEigen(gram, order: means.count)
    var found: [[Double]] = []
    for place in values.indices.prefix(2) where values[place] > Self.leastSpread * values[0] {
      var axis = [Double](repeating: 0, count: size)
      for (row, mean) in means.enumerated() {
        let weight = directions[place * means.count + row]
        for column in 0..<size { axis[column] += weight * mean[column] }
      }
      found.append(axis)
    }
    let fromMeans = found.count
    // The principal components themselves are the axes of the coordinates.
    for component in 0..<size where found.count < 2 {
      var axis = [Double](repeating: 0, count: size)
      axis[component] = 1
      found.append(axis)
    }
    let first = normalised(found[0])
    return (first, normalised(orthogonal(found[1], to: first)), fromMeans)
  }

  /// The mean of each label's records less that of all, times the root of its number of records.
  private func labelMeans(over rows: [Int]) -> [[Double]] {
    let size = vectors.columns
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: size), count: targets.labelCount)
    var counts = [Int](repeating: 0, count: targets.labelCount)
    var total = [Double](repeating: 0, count: size)
    var next = 0
    vectors.forEachBlock(threads: 1) { block, values in
      while next < rows.count, rows[next] < block.upperBound {
        let row = rows[next]
        let start = (row - block.lowerBound) * size
        for label in targets.of(row).map(Int.init) {
          counts[label] += 1
          for column in 0..<size { sums[label][column] += Double(values[start + column]) }
        }
        for column in 0..<size { total[column] += Double(values[start + column]) }
        next += 1
      }
    }
    let largest = counts.indices.filter { counts[$0] > 0 }
      .sorted { (counts[$0], $1) > (counts[$1], $0) }.prefix(Self.mostMeans)
    return largest.map { label in
      let count = Double(counts[label])
      return (0..<size).map { column in
        (sums[label][column] / count - total[column] / Double(rows.count)) * count.squareRoot()
      }
    }
  }

  private func along(_ axis: [Double], _ row: ArraySlice<Float>) -> Double {
    var sum = 0.0
    for (part, value) in zip(axis, row) { sum += part * Double(value) }
    return sum
  }

  /// `axis` without its part along `other`, which has length 1; a coordinate axis where nothing is left.
  private func orthogonal(_ axis: [Double], to other: [Double]) -> [Double] {
    for candidate in [axis] + (0..<2).map({ unit($0) }) {
      var part = 0.0
      for column in candidate.indices { part += candidate[column] * other[column] }
      let rest = candidate.indices.map { candidate[$0] - part * other[$0] }
      if length(rest) > 1e-3 * length(candidate) { return rest }
    }
    return unit(0)
  }

  private func unit(_ component: Int) -> [Double] {
    (0..<vectors.columns).map { $0 == component ? 1 : 0 }
  }

  private func normalised(_ axis: [Double]) -> [Double] {
    let length = length(axis)
    return length > 0 ? axis.map { $0 / length } : axis
  }

  private func length(_ axis: [Double]) -> Double {
    axis.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Coordinates as shares of the map, 0…1; a few may lie outside.
  private func scaled(_ values: [Double]) -> [Double] {
    let sorted = values.sorted()
    let cut = Int(Double(sorted.count) * Self.edgeShare)
    guard let low = sorted.dropFirst(cut).first, let high = sorted.dropLast(cut).last, high > low
    else { return values.map { _ in 0.5 } }
    return values.map { ($0 - low) / (high - low) }
  }
}
