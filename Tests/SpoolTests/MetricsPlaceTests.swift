import AtomicFiles
import Foundation
import Spool
import SystemPackage
import Testing

@Suite("Places of metrics") struct MetricsPlaceTests {
  @Test("daemons with one state folder do not overwrite each other's metrics")
  func eachHasItsOwn() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "emend-metrics-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = FilePath(folder.appending(path: "emend.prom").path)
    let text = "# HELP emend_a b\nemend_a 1\nemend_b{stage=\"read\"} 2\n"
    let places = (0..<3).map { _ in MetricsPlace(path, files: Files()) }
    #expect(
      places.map { $0.path.lastComponent?.string } == [
        "emend.prom", "emend-2.prom", "emend-3.prom",
      ])
    #expect(places[0].labelled(text) == text)
    #expect(
      places[1].labelled(text)
        == "# HELP emend_a b\nemend_a{daemon=\"2\"} 1\nemend_b{daemon=\"2\",stage=\"read\"} 2\n")
  }
}
