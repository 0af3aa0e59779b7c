import Report

/// Points in colours, the suspect ones with a ring.
struct PointPicture {
  let groups: [PointGroup]
  let figureID: String
  let axes: (across: String, up: String)?

  /// The name of points without a group of their own.
  private static let others = "other labels"

  private func paths(_ flagged: Bool) -> [Markup] {
    groups.filter { $0.flagged == flagged }.map { group in
      let data = group.points.split(separator: " ").compactMap { point -> Markup? in
        let parts = point.split(separator: ",").compactMap { Int($0) }
        guard parts.count == 2 else { return nil }
        return "M\(parts[0]) \(PointGroup.scale - parts[1])h0"
      }
      let colour = "c\(place(of: group.name))"
      let ring: Markup = flagged ? "<path class=\"ring\" d=\"\(data)\"/>" : ""
      return "\(ring)<path class=\"dot \(colour)\" d=\"\(data)\"/>"
    }
  }

  /// The names in the order of their first group.
  private var names: [String?] {
    var names: [String?] = []
    for group in groups where !names.contains(group.name) { names.append(group.name) }
    return names
  }

  private func place(of name: String?) -> String {
    guard let name, let place = names.firstIndex(of: name) else { return "other" }
    return String(place)
  }

  var markup: Markup {
    let legend = names.map { name -> Markup in
      let count = groups.filter { $0.name == name }.reduce(0) { $0 + $1.count }
      let shown: Markup = name.map { "\(name: $0)" } ?? "\(Self.others)"
      return
        "<li><span class=\"key c\(place(of: name))\"></span> \(shown) (\(Wording.grouped(count)))</li>"
    }
    let ring: Markup =
      groups.contains(where: \.flagged)
      ? "<li><span class=\"key ring\"></span> with a dark ring: suspect</li>" : ""
    let names = axes.map { axes -> Markup in
      "<text class=\"axis big\" x=\"500\" y=\"1050\">\(axes.across)</text><text class=\"axis big\" transform=\"translate(-30 500) rotate(-90)\">\(axes.up)</text>"
    }
    return """
      <div class="beside"><svg class="points" viewBox="-60 -20 1080 1090" \(Figure.image(figureID))>
      <rect class="ground" x="-12" y="-12" width="1024" height="1024"/>
      \(paths(false))\(paths(true))\(names ?? "")</svg>
      <ul class="legend">\(legend)\(ring)</ul></div>
      """
  }
}

/// The map of the records.
struct MapPicture {
  let map: MapFacts

  var figure: Markup {
    let suspects = map.groups.filter(\.flagged).reduce(0) { $0 + $1.count }
    return Figure(
      id: "map", title: "A map of the records",
      summary: """
        \(Wording.grouped(map.shown)) of \(Wording.counted(map.records, "record")), of which \(Wording.grouped(suspects)) are \
        suspect. A suspect among points of another colour is near records with another label.
        """,
      content: PointPicture(groups: map.groups, figureID: "map", axes: nil).markup,
      caption: """
        Records with similar texts lie near each other, as far as two directions can show it; the vectors have hundreds. \
        The directions: \(map.axes). Shown: \(map.sampling). The colours are those of the most frequent labels.
        """
    ).markup
  }
}
