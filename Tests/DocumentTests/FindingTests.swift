import Assessments
import Testing

/// docs/FINDINGS.md, compared with the code.
struct FindingTests {
  @Test func theTableListsEveryFindingWithItsSeverity() throws {
    let tree = try Tree.shared.get()
    let row = try Pattern(#"^\| `([a-z-]+)` \| (\w+) \|"#)
    var listed: [String] = []
    for line in try tree.lines("docs/FINDINGS.md") {
      for match in row.matches(in: line) {
        listed.append("\(match.groups[1]) \(match.groups[2])")
      }
    }
    let codes = FindingCode.allCases.map { "\($0.rawValue) \($0.severity.rawValue)" }
    #expect(Set(listed).count == listed.count, "a code has two rows")
    #expect(Set(listed) == Set(codes))
  }
}
