import Testing
import ModelInterfaces

@Suite struct GenerationErrorTests {
  @Test func descriptionHasPlaceReasonAndRemedy() {
    let error = GenerationError(
      .timedOut, at: "http://localhost:8080", "no answer", remedy: "Wait.")
    #expect("\(error)" == "http://localhost:8080: no answer. Wait.")
  }
}
