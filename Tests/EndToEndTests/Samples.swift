import Foundation

/// Small datasets, the same on every run.
enum Samples {
  /// A random number generator of the tests' own, so that samples never change with a library.
  struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
  }

  /// A vector near the axis of its class, as JSON.
  static func vector(_ kind: Int, of kinds: Int, dimension: Int = 8, _ dice: inout Dice) -> String {
    let values = (0..<dimension).map { axis -> String in
      let base = axis % kinds == kind ? 1.0 : 0.0
      let thousandths = Int(((base + 0.3 * (dice.unit() - 0.5)) * 1000).rounded())
      return "\(Double(thousandths) / 1000)"
    }
    return "[\(values.joined(separator: ","))]"
  }

  /// Lines with ready vectors in `kinds` clusters; every `wrongEvery`th has the next cluster's
  /// label.
  static func vectors(
    _ count: Int, kinds: Int = 2, wrongEvery: Int = 10, dimension: Int = 8
  ) -> [String] {
    var dice = Dice(state: 42)
    return (0..<count).map { index in
      let kind = index % kinds
      let isWrong = index % wrongEvery == wrongEvery - 1
      let label = isWrong ? (kind + 1) % kinds : kind
      return "{\"id\": \"v\(index)\", \"label\": \"c\(label)\", \"vector\": "
        + "\(vector(kind, of: kinds, dimension: dimension, &dice))}"
    }
  }

  /// The bytes of a file with these lines.
  static func file(_ lines: [String]) -> [UInt8] {
    Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Requests to an assistant, by intent.
  static let intents: [(label: String, texts: [String])] = [
    (
      "play music",
      [
        "play some jazz from the seventies", "put on my workout playlist",
        "i want to hear the new album by adele", "start playing classical music",
        "shuffle songs by the beatles", "play the next track", "turn on some relaxing tunes",
        "could you play a rock song",
      ]
    ),
    (
      "weather",
      [
        "will it rain tomorrow in boston", "what is the forecast for the weekend",
        "is it going to snow tonight", "how hot will it get today",
        "do i need an umbrella this afternoon", "what is the temperature outside",
        "is a storm coming this week", "how windy is it in chicago",
      ]
    ),
    (
      "restaurant booking",
      [
        "book a table for two at an italian restaurant",
        "reserve a spot for dinner at eight tonight", "i need a reservation for a party of six",
        "get me a table at a sushi bar tomorrow", "book a brunch place for sunday",
        "find a steakhouse with a free table for four", "reserve a table on the terrace for lunch",
        "make a dinner reservation at the french bistro",
      ]
    ),
  ]

  /// Every text of `intents` with its label.
  static var requests: [(text: String, label: String)] {
    (0..<8).flatMap { place in intents.map { ($0.texts[place], $0.label) } }
  }

  /// A JSON string.
  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// `requests` as lines with labels; those in `wrong` have the next intent's label.
  static func classification(wrong: Set<Int> = []) -> [String] {
    requests.enumerated().map { index, request in
      let label = wrong.contains(index) ? intents[(index + 1) % 3].label : request.label
      return "{\"text\": \(quoted(request.text)), \"label\": \(quoted(label))}"
    }
  }
}
