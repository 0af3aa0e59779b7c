/// Why a file that is named as a table cannot be read as one.
struct UnreadTable {
  let reason: String
  let remedy: String
  /// The line that shows it, from 1.
  let line: Int

  /// How many rows are compared with the header.
  private static let sampled = 20

  /// - Precondition: `Table` does not read the file.
  init(_ source: Source) {
    let bytes = source.bytes
    var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    while start < bytes.count, isSpace(bytes[start]) { start += 1 }
    var counter = LineCounter(bytes)
    line = counter.move(to: start)
    if bytes.contains(13), !bytes.contains(10) {
      reason = "the lines of the file end in CR alone, as old programs for Macs write them"
      remedy =
        "Convert it: \(FileProfile.conversion(of: source, by: "tr '\\r' '\\n'", reading: "< ", word: "lf"))"
      return
    }
    let candidates = Array(",\t;|".utf8).map { separator in
      (separator: separator, rows: Self.rows(bytes, from: start, separator))
    }
    let widths = candidates.map { (try? $0.rows.first?.cells.get()) ?? 1 }
    guard let place = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[place] > 1 else {
      reason = "the file is no table: its first line does not name two columns or more"
      remedy = "Put a header above the rows, such as text,label."
      return
    }
    let width = widths[place]
    let name = Self.words(candidates[place].separator)
    if let other = candidates.indices.first(where: { other in
      let rows = candidates[other].rows.dropFirst()
      return other != place && !rows.isEmpty && rows.allSatisfy { (try? $0.cells.get()) == width }
    }) {
      reason =
        "the cells of the header are separated by \(name), and those of the rows by "
        + Self.words(candidates[other].separator)
      remedy = "Separate all of them by the same sign."
      return
    }
    let odd = candidates[place].rows.dropFirst().first { (try? $0.cells.get()) != width }
    switch odd?.cells {
    case nil:
      reason = "the file cannot be read as a table: its first line is no header"
      remedy = "Put a header above the rows, such as text,label."
    case .failure(let fault):
      reason =
        "most rows cannot be read as the \(width) cells, separated by \(name), that the header has; line "
        + "\(counter.move(to: odd?.start ?? start)): \(fault.reason)"
      remedy = fault.remedy
    case .success(let count):
      reason =
        "the header has \(width) cells, separated by \(name), and most rows have more or fewer; line "
        + "\(counter.move(to: odd?.start ?? start)) has \(count)"
      if count > width {
        remedy =
          "Put a cell that contains the separator into double quotes, or name all columns in the header."
      } else if count == width - 1,
        Self.endsWithSeparator(bytes, from: start, candidates[place].separator)
      {
        remedy = "Remove the separator at the end of the header."
      } else {
        remedy = "Give each row as many cells as the header; a cell may be empty."
      }
    }
  }

  /// Where a row starts, and how many cells it has.
  private struct Row {
    let start: Int
    let cells: Result<Int, Fault>
  }

  private static func dialect(_ separator: UInt8) -> Table.Dialect {
    Table.Dialect(separator: separator, quoting: .doubled)
  }

  /// The first rows, the header among them.
  private static func rows(_ bytes: [UInt8], from start: Int, _ separator: UInt8) -> [Row] {
    var rows: [Row] = []
    var at = start
    while at < bytes.count, rows.count <= sampled {
      let end = lineEnd(in: bytes, from: at)
      defer { at = max(at, end) }
      guard !Table.isEmptyLine(bytes, at..<end) else { continue }
      do throws(Fault) {
        let row = try Table.row(bytes, from: at, dialect(separator))
        rows.append(Row(start: at, cells: .success(row.cells.count)))
        at = row.end
      } catch {
        rows.append(Row(start: at, cells: .failure(error)))
      }
    }
    return rows
  }

  private static func endsWithSeparator(
    _ bytes: [UInt8], from start: Int, _ separator: UInt8
  ) -> Bool {
    (try? Table.row(bytes, from: start, dialect(separator)))?.cells.last?.range.isEmpty ?? false
  }

  private static func words(_ separator: UInt8) -> String {
    switch separator {
    case 9: "tabs"
    case 0x3B: "semicolons"
    case 0x7C: "|"
    default: "commas"
    }
  }
}
