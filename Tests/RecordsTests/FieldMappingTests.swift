import Foundation
import Testing

@testable import Records

/// How the report keeps what was read.
struct FieldMappingTests {
  @Test("Every field, and every other setting, comes back from the report's JSON")
  func roundTrip() throws {
    var options = ReadingOptions(
      canonicalNames: ["bills": "Billing"], trusted: TrustCondition(field: "gold", values: ["1"]))
    for (index, field) in FieldMapping.names.enumerated() {
      options.fields[keyPath: field.path] = "member \(index)"
    }
    options.layout.labelColumns = ["a", "b"]
    options.layout.passages = PassageLayout()
    options.layout.passages?.positive = ["pos"]
    options.layout.annotation = AnnotationLayout()
    options.labelSeparator = "|"
    options.noLabel = ["?"]
    options.folding.ignoresCase = true
    // The same strategies as those of the report.
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    #expect(try decoder.decode(ReadingOptions.self, from: encoder.encode(options)) == options)
  }

  @Test("Every part but the annotator has a usual name")
  func usualNames() {
    let without = FieldMapping.names.map(\.name).filter { FieldMapping.usualNames(of: $0).isEmpty }
    #expect(without == ["annotator"])
  }
}
