import Testing

@testable import HTMLReport

@Suite("Numbers in words") struct WordingTests {
  @Test(
    "counts have commas",
    arguments: [
      (0, "0"), (999, "999"), (1_000, "1,000"), (-22_500, "−22,500"), (1_000_000, "1,000,000"),
    ])
  func counts(value: Int, text: String) { #expect(Wording.grouped(value) == text) }

  @Test(
    "shares are per cent, and none that is above 0 is called 0",
    arguments: [
      (0, "0 %"), (0.0001, "under 0.1 %"), (0.001, "0.1 %"), (0.0994, "9.9 %"), (0.0999, "10 %"),
      (0.5, "50 %"), (1, "100 %"),
    ])
  func shares(value: Double, text: String) {
    #expect(Wording.percent(value) == text.replacing(" %", with: "\u{A0}%"))
  }

  @Test(
    "decimals",
    arguments: [(0, ".00"), (0.256, ".26"), (1, "1.00"), (-0.5, "−.50"), (-0.001, ".00")])
  func decimals(value: Double, text: String) { #expect(Wording.decimal(value) == text) }

  @Test(
    "attributes have at most two decimals",
    arguments: [(3, "3"), (-0.25, "-0.25"), (12.5, "12.50"), (2.049, "2.05")])
  func attributes(value: Double, text: String) { #expect(Coordinate.text(value) == text) }

  @Test(
    "sizes",
    arguments: [
      (999, "999 bytes"), (52_600, "52 kB"), (1_250_000, "1.2 MB"), (34_000_000, "34 MB"),
    ])
  func sizes(bytes: Int, text: String) { #expect(Wording.size(bytes) == text) }
}
