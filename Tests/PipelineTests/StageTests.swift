import Concurrency
import Foundation
import ModelInterfaces
import Records
import Report
import Rules
import Synchronization
import Testing
import Vectors

@testable import Pipeline

/// A repair in stages, with files in memory.
struct StagedRepair {
  var rules = extractiveRules()
  var rowsPerPart = 7
  var encoder: any Encoder = StubEncoder()
  /// Changes what a stage reads.
  var damaged: @Sendable (StagePart.Kind, [UInt8]) -> [UInt8] = { $1 }

  private func repair(_ models: any ModelSource) -> DatasetRepair {
    DatasetRepair(
      rules: rules, fields: FieldMapping(), mode: nil, threads: 2, models: models)
  }

  func wholeRun(_ source: Source) throws -> RepairedDataset {
    try repair(StubModels(encoder: encoder)).run(source)
  }

  /// The content of the file of vectors, encoded part by part.
  func vectors(_ source: Source) throws -> [UInt8] {
    let list = try repair(StubModels(encoder: nil)).texts(of: source)
    let lines = try list.lines.split(separator: UInt8(ascii: "\n")).map(Array.init)
    var vectors: [UInt8] = []
    // The last part first, since the order is of no consequence.
    for start in stride(from: 1, to: lines.count, by: 5).reversed() {
      let part = [lines[0]] + lines[start..<min(start + 5, lines.count)]
      let texts = try TextList(lines: Array(part.joined(separator: [10])), file: "texts")
      vectors += try StoredEncoder.part(texts.texts, by: encoder).bytes
    }
    return vectors
  }

  func spaces(_ source: Source, _ encoder: StoredEncoder?) throws -> [[UInt8]] {
    let written = Mutex<[[UInt8]]>([])
    let recorder = SpaceRecorder(rowsPerPart: rowsPerPart) { space, part in
      let bytes = try part.bytes
      written.withLock { files in
        if files.count < space { files.append([]) }
        files[space - 1] += bytes
      }
    }
    let models = StagedModels(StubModels(encoder: nil), vectors: encoder, neighbours: [])
    try repair(models).recordSpaces(of: source, by: recorder)
    return written.withLock { $0 }
  }

  /// The lists of one space: each part searched for the rows of each part.
  func lists(_ space: [UInt8]) throws -> [UInt8] {
    var reader = stageReader(space, .space)
    var parts: [SpacePart] = []
    while let part = try reader.next() { parts.append(SpacePart(part)) }
    var lists: [UInt8] = []
    // Half of the parts one by one, and the others together.
    for indexes in parts.prefix(2).map({ [$0] }) + [Array(parts.dropFirst(2).reversed())] {
      var search = try SpaceSearch(queries: parts.reversed(), file: "queries")
      try search.search(indexes, file: "index", threads: 1)
      for part in search.lists { lists += try part.bytes }
    }
    return lists
  }

  func run(_ source: Source) throws -> RepairedDataset {
    let written = damaged(.vectors, try vectors(source))
    let encoder =
      written.isEmpty ? nil : try StoredEncoder(file: "vectors", content: Data(written))
    let graphs = try spaces(source, encoder).map { space in
      try StoredNeighbours(
        stageReader(damaged(.neighbours, try lists(damaged(.space, space))), .neighbours))
    }
    let models = StagedModels(StubModels(encoder: nil), vectors: encoder, neighbours: graphs)
    return try repair(models).run(source)
  }
}

func stageReader(_ bytes: [UInt8], _ kind: StagePart.Kind) -> StageReader {
  var offset = 0
  return StageReader(file: "\(kind)", kind: kind) { count in
    let end = min(bytes.count, offset + count)
    defer { offset = end }
    return Data(bytes[offset..<end])
  }
}

@Suite("Stages") struct StageTests {
  enum Dataset: String, CaseIterable {
    case labels, trustedCopies, pairs, lists, vectors, mixed, oneLabelled, unlabelledText

    var source: Source {
      get throws {
        let lines = texts(64).enumerated().map { row, text -> String in
          let label = row % 9 == 4 ? "cooking" : text.subject
          switch self {
          case .labels: return annotationLine(text.text, row % 7 == 3 ? nil : label, id: "\(row)")
          case .trustedCopies:
            let copied = row % 4 == 0 ? "the same soup" : text.text
            return
              #"{"text": "\#(copied)", "label": "\#(label)", "trusted": \#(row % 16 == 0)}"#
          case .pairs:
            return
              #"{"text": "\#(text.text)", "text_b": "\#(text.subject) day", "label": "\#(label)"}"#
          case .lists: return #"{"text": "\#(text.text)", "labels": ["\#(label)", "all"]}"#
          case .vectors:
            let numbers = StubEncoder().vector(text.text).prefix(6).map { "\($0)" }
            return
              #"{"vector": [\#(numbers.joined(separator: ", "))], "label": "\#(label)"}"#
          case .mixed:
            return row % 5 == 1
              ? queryLine(id: "q\(row)") : annotationLine(text.text, label, id: "\(row)")
          case .oneLabelled: return annotationLine(text.text, row == 3 ? label : nil, id: "\(row)")
          case .unlabelledText:
            // Characters that are easily lost between programs.
            return annotationLine(
              "\(text.text) \\u0000 \\u2028 é 𝄞 / \\\\ \\n", label, id: "\(row)")
          }
        }
        return try PipelineTests.source(lines, file: "\(rawValue).jsonl")
      }
    }
  }

  @Test("stages on parts give the bytes of one run", arguments: Dataset.allCases)
  func stagesGiveTheSameBytes(dataset: Dataset) throws {
    let source = try dataset.source
    var staged = StagedRepair()
    if dataset == .trustedCopies {
      staged.rules.trusted = TrustCondition(field: "trusted", values: ["true"])
    }
    let whole = try staged.wholeRun(source)
    let parts = try staged.run(source)
    #expect(try parts.output == whole.output)
    #expect(try parts.report.json() == whole.report.json())
    #expect(parts.encodedCount == 0)
  }

  @Test("what the encoder cuts or does not know is told as in one run")
  func encoderRemarksAreKept() throws {
    // Ten texts of words that one of the encoders does not know.
    let source = try PipelineTests.source(
      texts(64).enumerated().map { row, text in
        annotationLine(row < 54 ? text.text : "ብር ዝና \(row) ባን", text.subject, id: "\(row)")
      })
    for encoder in [StubEncoder(maximumWords: 3), CaseTests.AsciiEncoder()] as [any Encoder] {
      let staged = StagedRepair(encoder: encoder)
      let whole = try staged.wholeRun(source)
      let parts = try staged.run(source)
      #expect(try parts.output == whole.output)
      #expect(try parts.report.json() == whole.report.json())
    }
  }

  @Test func textsAreEncodedOnce() throws {
    let lines = (0..<20).map { annotationLine("the same", $0 < 10 ? "a" : "b", id: "\($0)") }
    let list = try DatasetRepair(
      rules: extractiveRules(), fields: FieldMapping(), mode: nil, threads: 1, models: StubModels()
    ).texts(of: source(lines))
    #expect(list.texts.count(where: { $0 == "the same" }) == 1)
    #expect(list.texts.count == 5)
  }

  @Test("the first line of the texts says which member holds the label")
  func labelIsNamed() throws {
    func label(_ lines: [String], _ fields: FieldMapping = FieldMapping()) throws -> [String]? {
      let list = try DatasetRepair(
        rules: extractiveRules(), fields: fields, mode: nil, threads: 1, models: StubModels()
      ).texts(of: source(lines))
      return try TextList(lines: list.lines, file: "-").label
    }
    func lines(_ value: (Int) -> String) -> [String] {
      (0..<12).map { "{\"text\": \"text \($0)\", \(value($0))}" }
    }
    // The first line may have none.
    let usual = lines { $0 == 0 ? "\"label\": null" : "\"label\": \"\($0 % 2)\"" }
    #expect(try label(usual) == ["label"])
    let inside = lines { "\"answers\": [{\"a.b\": {\"caf\\u00e9\": \"\($0 % 2)\"}}]" }
    var fields = FieldMapping()
    fields.label = "answers[-1].a.b.café"
    #expect(try label(inside, fields) == ["answers", "a.b", "café"])
    #expect(try label((0..<3).map { queryLine(id: "q\($0)") }) == nil)
  }

  /// Runs in stages and returns the error.
  private func failure(
    _ source: Source, _ damage: @escaping @Sendable (StagePart.Kind, [UInt8]) -> [UInt8]
  ) -> String {
    do {
      _ = try StagedRepair(damaged: damage).run(source)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "a damaged file is refused, whichever byte it is",
    arguments: [StagePart.Kind.vectors, .space, .neighbours])
  func damageIsFound(kind: StagePart.Kind) throws {
    let source = try Dataset.labels.source
    for place in [0, 5, 400, -40, -1] {
      let text = failure(source) { read, bytes in
        guard read == kind else { return bytes }
        var bytes = bytes
        bytes[place < 0 ? bytes.count + place : place] ^= 1
        return bytes
      }
      #expect(text.hasPrefix("\(kind): ") && text.contains("again"), "byte \(place): \(text)")
    }
    for end in [1, 33, 2_000] {
      let text = failure(source) { $0 == kind ? Array($1.dropLast(end)) : $1 }
      #expect(text.contains("again"), "without \(end) bytes: \(text)")
    }
    #expect(failure(source) { $0 == kind ? [] : $1 } != "none")
    #expect(
      failure(source) { $0 == kind ? Array("{\"text\": 1}\n".utf8) : $1 }.contains("header"))
  }

  @Test func listsMustCoverAllRowsOnce() throws {
    let source = try Dataset.labels.source
    @Sendable func parts(_ bytes: [UInt8]) -> [[UInt8]] {
      var reader = stageReader(bytes, .neighbours)
      var parts: [[UInt8]] = []
      while let part = try? reader.next(), let bytes = try? part.bytes { parts.append(bytes) }
      return parts
    }
    let missing = failure(source) { kind, bytes in
      kind == .neighbours ? Array(parts(bytes).dropFirst(3).joined()) : bytes
    }
    #expect(missing.contains("not searched"), "\(missing)")
    let twice = failure(source) { kind, bytes in
      kind == .neighbours ? bytes + parts(bytes)[0] : bytes
    }
    #expect(twice.contains("searched twice"), "\(twice)")
    // Only the first part was searched for, so the lists of the other rows are missing.
    let cut = failure(source) { kind, bytes in
      kind == .neighbours
        ? Array(
          parts(bytes).filter {
            String(decoding: $0.prefix(300), as: UTF8.self).contains("\"first\":0,")
          }
          .joined()) : bytes
    }
    #expect(cut.contains("missing"), "\(cut)")
  }

  /// The error of a run in which the parts of each file of lists are changed, each with a digest of its own.
  private func failure(
    _ source: Source,
    changing change: @escaping @Sendable (inout StagePart.Header, inout [UInt8]) -> Void
  ) -> String {
    failure(source) { kind, bytes in
      guard kind == .neighbours else { return bytes }
      var reader = stageReader(bytes, kind)
      var changed: [UInt8] = []
      while let part = try? reader.next() {
        var (header, payload) = (part.header, part.payload)
        change(&header, &payload)
        changed += (try? StagePart(header: header, payload: payload).bytes) ?? []
      }
      return changed
    }
  }

  @Test("lists that no search writes are refused, though their digest is right")
  func forgedListsAreRefused() throws {
    let source = try Dataset.labels.source
    #expect(failure(source) { _, _ in } == "none")
    let version = failure(source) { header, _ in header.version = 1 }
    #expect(version.contains("version 1 of the format, and this program reads version 2"))
    #expect(version.contains("again with emend stage fit and search, with one version of emend"))
    let silent = failure(source) { header, _ in header.candidates = nil }
    #expect(silent.contains("contradicts itself"), "\(silent)")
    for ranges in [[[0]], [[5, 3]], [[-1, 64]], [[0, 65]], [[0, 7, 64]]] {
      let text = failure(source) { header, _ in header.searched = ranges }
      #expect(text.contains("does not say which rows were searched"), "\(ranges): \(text)")
    }
    // The first row of a part itself, one behind the last row, and one before none.
    for number in [nil, 64, -2] as [Int32?] {
      let text = failure(source) { header, payload in
        let value = number ?? Int32(header.first)
        payload.replaceSubrange(0..<4, with: withUnsafeBytes(of: value.littleEndian, Array.init))
      }
      #expect(text.contains("a list has a row that does not exist"), "\(text)")
    }
    let short = failure(source) { header, payload in
      for place in stride(from: 0, to: payload.count, by: 8) where header.first == 0 {
        payload.replaceSubrange(place..<place + 4, with: [255, 255, 255, 255])
      }
    }
    #expect(short.contains("a list is too short"), "\(short)")
    let gap = failure(source) { header, _ in
      if header.searched == [[7, 14]] { header.searched = [[8, 14]] }
    }
    #expect(gap.contains("row 7 was not searched for the rows from 0 on"), "\(gap)")
    let other = failure(source) { header, payload in
      for place in stride(from: 4, to: payload.count, by: 8) { payload[place] ^= 1 }
    }
    #expect(other.contains("the neighbours of record 1 are not those of these records"), "\(other)")
  }

  @Test("lists that were searched before a label moved from one record to another are refused")
  func staleListsAreRefused() throws {
    func labels(without unlabelled: Int) throws -> Source {
      try PipelineTests.source(
        texts(64).enumerated().map { row, text in
          annotationLine(text.text, row == unlabelled ? nil : text.subject, id: "\(row)")
        })
    }
    let staged = StagedRepair()
    let (before, now) = (try labels(without: 1), try labels(without: 2))
    let encoder = try StoredEncoder(file: "vectors", content: Data(staged.vectors(before)))
    func score(_ lists: [[UInt8]]) -> String {
      do {
        let models = StagedModels(
          StubModels(encoder: nil), vectors: encoder,
          neighbours: try lists.map { try StoredNeighbours(stageReader($0, .neighbours)) })
        _ = try DatasetRepair(
          rules: staged.rules, fields: FieldMapping(), mode: nil, threads: 1, models: models
        ).run(now)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    let stale = try staged.spaces(before, encoder).map { try staged.lists($0) }
    let fresh = try staged.spaces(now, encoder).map { try staged.lists($0) }
    #expect(score(fresh) == "none")
    for space in fresh.indices {
      var lists = fresh
      lists[space] = stale[space]
      let text = score(lists)
      #expect(text.contains("the lists are of other labels"), "space \(space + 1): \(text)")
      // A header that states these labels does not help.
      lists[space] = try relabelled(stale[space], as: fresh[space])
      let forged = score(lists)
      #expect(forged.contains("the lists are of other labels"), "space \(space + 1): \(forged)")
    }
    let mixed = score([stale[0] + fresh[0]])
    #expect(mixed.contains("several spaces or datasets"), "\(mixed)")
  }

  /// Lists with the candidates that the headers of others state.
  private func relabelled(_ lists: [UInt8], as others: [UInt8]) throws -> [UInt8] {
    var other = stageReader(others, .neighbours)
    let candidates = try other.next()?.header.candidates
    var reader = stageReader(lists, .neighbours)
    var bytes: [UInt8] = []
    while let part = try reader.next() {
      var header = part.header
      header.candidates = candidates
      bytes += try StagePart(header: header, payload: part.payload).bytes
    }
    return bytes
  }

  @Test("lists of parts that overlap are refused")
  func overlappingListsAreRefused() throws {
    let source = try Dataset.labels.source
    var staged = StagedRepair()
    let vectors = try StoredEncoder(file: "vectors", content: Data(staged.vectors(source)))
    let lists = try staged.lists(staged.spaces(source, vectors)[0])
    staged.rowsPerPart = 10
    let others = try staged.lists(staged.spaces(source, vectors)[0])
    func error(_ bytes: [UInt8]) -> String {
      do {
        _ = try StoredNeighbours(stageReader(bytes, .neighbours))
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(error(lists + others).contains("rows of two parts overlap"))
    var reader = stageReader(others, .neighbours)
    while let part = try reader.next() {
      guard part.header.first == 10 else { continue }
      #expect(try error(lists + part.bytes).contains("rows of two parts overlap"))
    }
    let wider = try staged.lists(staged.spaces(source, vectors)[1])
    #expect(error(lists + wider).contains("several spaces or datasets"))
  }

  @Test("parts of two spaces are not searched together")
  func spacesAreNotMixed() throws {
    let source = try Dataset.labels.source
    let staged = StagedRepair()
    let vectors = try StoredEncoder(file: "vectors", content: Data(staged.vectors(source)))
    let spaces = try staged.spaces(source, vectors).map { space in
      var reader = stageReader(space, .space)
      var parts: [SpacePart] = []
      while let part = try reader.next() { parts.append(SpacePart(part)) }
      return parts
    }
    #expect(throws: InputError.self) {
      try SpaceSearch(queries: [spaces[0][0], spaces[1][0]], file: "-")
    }
    var search = try SpaceSearch(queries: spaces[0], file: "-")
    #expect(throws: InputError.self) { try search.search(spaces[1], file: "-", threads: 1) }
  }

  @Test("a file of which a few parts are in memory at once gives the lists of one in memory")
  func indexesAreSearchedInPieces() throws {
    let source = try Dataset.labels.source
    let staged = StagedRepair()
    let vectors = try StoredEncoder(file: "vectors", content: Data(staged.vectors(source)))
    let space = try staged.spaces(source, vectors)[0]
    var reader = stageReader(space, .space)
    var parts: [SpacePart] = []
    while let part = try reader.next() { parts.append(SpacePart(part)) }
    func lists(_ bytesAtOnce: Int) throws -> [StagePart] {
      var search = try SpaceSearch(queries: parts, file: "-")
      var index = stageReader(space, .space)
      #expect(try search.search(all: &index, bytesAtOnce: bytesAtOnce, threads: 1))
      return search.lists
    }
    // All at once, part by part, and two parts at a time.
    let whole = try lists(.max)
    #expect(whole.count == 10 && whole.allSatisfy { $0.header.searched?.count == 10 })
    #expect(try lists(1) == whole)
    #expect(try lists(8 * parts[0].header.rowBytes) == whole)
  }

  @Test func filesOfAnotherDatasetAreRefused() throws {
    let source = try Dataset.labels.source
    let staged = StagedRepair()
    let other = try PipelineTests.source(
      (0..<64).map { annotationLine("match \($0)", $0 < 30 ? "a" : "b", id: "\($0)") })
    let vectors = try staged.vectors(other)
    #expect(
      failure(source) { $0 == .vectors ? vectors : $1 }.contains("there is no vector for the text"))
    let lists = try staged.lists(
      staged.spaces(other, StoredEncoder(file: "vectors", content: Data(vectors)))[0])
    let text = failure(source) { $0 == .neighbours ? lists : $1 }
    #expect(text.contains("are not those of") || text.contains("the lists are of"), "\(text)")
    let space = failure(source) { $0 == .neighbours ? vectors : $1 }
    #expect(space.contains("holds vectors, and neighbours are read here"), "\(space)")
  }

  @Test func vectorsOfTwoEncodersAreRefused() throws {
    let source = try Dataset.labels.source
    let more = try StagedRepair(encoder: StubEncoder(maximumWords: 3)).vectors(source)
    let text = failure(source) { $0 == .vectors ? $1 + more : $1 }
    #expect(text.contains("several encoders"), "\(text)")
  }

  @Test("lines that are no texts are refused by their number")
  func textLines() throws {
    #expect(throws: InputError.self) { try TextList(lines: Array("\"a\"\n".utf8), file: "-") }
    #expect(throws: InputError.self) { try TextList(lines: [], file: "-") }
    let lines = try TextList(["a", "b"], rules: RuleSet()).lines + Array("{}\n".utf8)
    let error = #expect(throws: InputError.self) { try TextList(lines: lines, file: "-") }
    #expect(error?.line == 4)

    // What the first line says goes with the texts.
    var rules = RuleSet()
    rules.encoder = "another"
    rules.precision = .fp32
    let list = try TextList(lines: TextList(["a"], rules: rules).lines, file: "-")
    #expect(list.rules.encoder == "another" && list.rules.precision == .fp32)
    let first = String(decoding: try TextList(["a"], rules: rules).lines, as: UTF8.self)
    for (old, new) in [("\"version\":1", "\"version\":2"), ("fp32", "fp64"), ("texts", "words")] {
      let changed = first.replacing(old, with: new)
      #expect(changed != first)
      #expect(throws: InputError.self) { try TextList(lines: Array(changed.utf8), file: "-") }
    }
  }
}
