import Foundation
import Testing

@Suite("Manual") struct ManualTests {
  @Test func manualPageAgreesWithTheHelpTexts() throws {
    try Emend().tool(Emend.package.appending(path: "scripts/package/manual.py").path, "--check")
  }
}
