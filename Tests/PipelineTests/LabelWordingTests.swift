import Testing

@testable import Pipeline

@Suite("Label wording") struct LabelWordingTests {
  @Test(
    "a name becomes plain words",
    arguments: [
      ("sport", "sport"), ("world_news", "world news"), ("bookFlight", "book flight"),
      ("bookFlight_v2", "book flight v2"), ("Component-Whole(e2,e1)", "component whole"),
      ("Cause-Effect(e1,e2)", "cause effect"), ("per:city.of/birth", "per city of birth"),
      ("USAToday", "usatoday"), ("area51Base", "area51 base"), ("  two   words ", "two words"),
      ("Sci/Tech", "sci tech"), ("éÉté", "é été"), ("___", ""), ("", ""), ("3", "3"),
    ])
  func plain(name: String, words: String) {
    #expect(LabelWording.plain(name) == words)
  }

  @Test("without a description, the name and a sentence about it give the meaning")
  func nameAlone() {
    #expect(
      LabelWording.texts(name: "worldNews", about: nil, examples: [])
        == ["world news", "This text is about world news"])
    #expect(
      LabelWording.texts(name: "worldNews", about: "", examples: ["An example."])
        == ["world news", "This text is about world news", "An example."])
  }

  @Test("a description and the examples replace the name; without examples it counts twice")
  func described() {
    #expect(
      LabelWording.texts(name: "x", about: "Matches and teams.", examples: [])
        == ["Matches and teams.", "Matches and teams."])
    #expect(
      LabelWording.texts(name: "x", about: "Matches and teams.", examples: ["One.", "Two."])
        == ["Matches and teams.", "One.", "Two."])
  }
}
