/// Content that emend does not read, recognised by its bytes and never by the file's name.
///
/// Each kind has the words that say what it is, and the one command that makes a file of it that emend reads.
struct ForeignContent {
  /// What the content is, such as "a Git-LFS pointer, not the data".
  let reason: String
  /// What to do, with the command.
  let remedy: String

  /// The kind of content that emend cannot read; nil where it may be text with records.
  /// - Parameter file: the file as the user named it, for the commands; `-` for standard input.
  init?(_ bytes: ArraySlice<UInt8>, file: String) {
    let found = Self.bySignature(bytes, file) ?? Self.byText(bytes, file) ?? Self.binary(bytes)
    guard let found else { return nil }
    self = found
  }

  private init(_ reason: String, _ remedy: String) {
    self.reason = reason
    self.remedy = remedy
  }

  // MARK: - Signatures

  private static func bySignature(_ bytes: ArraySlice<UInt8>, _ file: String) -> ForeignContent? {
    let path = ShellFileName(file).text
    let target = ShellFileName(file == "-" ? "data.jsonl" : "\(file).jsonl").text
    let converted = ShellFileName(file).withWord("utf8")
    func starts(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
    func starts(_ magic: String) -> Bool { bytes.starts(with: magic.utf8) }
    /// A command of pandas that reads the file with `reader` and writes JSON lines.
    func pandas(_ reader: String) -> String {
      "python3 -c \"import sys, pandas; pandas.\(reader)(sys.argv[1]).to_json(sys.argv[2], "
        + "orient='records', lines=True, force_ascii=False)\" \(path) \(target)"
    }
    if starts([0xFF, 0xFE, 0, 0]) || starts([0, 0, 0xFE, 0xFF]) {
      return ForeignContent(
        "the file is UTF-32", "Convert it: iconv -f UTF-32 -t UTF-8 \(path) > \(converted)")
    }
    if starts([0xFF, 0xFE]) || starts([0xFE, 0xFF]) {
      return ForeignContent(
        "the file is UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 \(path) > \(converted)")
    }
    if let order = byteOrder(of: bytes) {
      return ForeignContent(
        "the file is UTF-16 without a byte-order mark",
        "Convert it: iconv -f UTF-16\(order) -t UTF-8 \(path) > \(converted)")
    }
    if starts("PK\u{3}\u{4}") || starts("PK\u{5}\u{6}") { return zip(bytes, path, pandas) }
    if starts("PAR1") {
      return ForeignContent("the file is Parquet", "Convert it: \(pandas("read_parquet"))")
    }
    if starts("ARROW1") || starts("FEA1") {
      return ForeignContent(
        "the file is an Arrow (Feather) file", "Convert it: \(pandas("read_feather"))")
    }
    if starts([0xFF, 0xFF, 0xFF, 0xFF]) {
      return ForeignContent(
        "the file is an Arrow stream, as the library datasets stores them",
        "Convert it: python3 -c \"import sys, datasets; datasets.Dataset.from_file(sys.argv[1])"
          + ".to_json(sys.argv[2], force_ascii=False)\" \(path) \(target)")
    }
    if starts([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
      return ForeignContent(
        "the file is an old Excel or Office file",
        "Save it as CSV UTF-8 in the program that wrote it, or convert it: \(pandas("read_excel"))")
    }
    if starts("SQLite format 3\u{0}") {
      return ForeignContent(
        "the file is an SQLite database",
        "Export its table: sqlite3 -header -csv \(path) 'SELECT * FROM TABLE' > data.csv "
          + "(.tables lists the tables)")
    }
    if bytes.count > 2, starts([0x80]), (2...5).contains(bytes[bytes.startIndex + 1]) {
      return ForeignContent(
        "the file is a Python pickle",
        "A pickle can run any program when it is opened; where you trust it, convert it: "
          + pandas("read_pickle"))
    }
    for (magic, name, command) in compressed where starts(magic) {
      return ForeignContent("the file is \(name)", "Unpack it: \(command) \(path)")
    }
    let tape = bytes.dropFirst(257)
    if tape.starts(with: "ustar".utf8) {
      return ForeignContent(
        "the file is a tar archive", "Unpack it and name the files in it: tar -xf \(path)")
    }
    for (magic, name, remedy) in others where starts(magic) {
      return ForeignContent("the file is \(name)", remedy)
    }
    return nil
  }

  private static let compressed: [(magic: [UInt8], name: String, command: String)] = [
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "7z x"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "xz -dk"),
    (Array("BZh".utf8), "bzip2", "bzip2 -dk"),
    ([0x04, 0x22, 0x4D, 0x18], "lz4", "lz4 -d"), (Array("LZIP".utf8), "lzip", "lzip -dk"),
    (Array("Rar!".utf8), "a RAR archive", "unrar x"),
    ([0x1F, 0x9D], "a file of compress", "uncompress -k"),
    ([0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50], "snappy", "snzip -dk"),
  ]

  private static let others: [(magic: [UInt8], name: String, remedy: String)] = [
    (
      Array("%PDF-".utf8), "PDF",
      "Export the records from where the PDF was made, as CSV or JSON lines."
    ),
    (Array("{\\rtf".utf8), "RTF, a text processor's format", "Save it as plain text in UTF-8."),
    (
      [0x93] + Array("NUMPY".utf8), "a NumPy array",
      "Write the texts and labels as CSV or JSON lines."
    ),
    ([0x89] + Array("HDF\r\n".utf8), "HDF5", "Export its table as CSV or JSON lines."),
    (Array("Obj\u{1}".utf8), "Avro", "Export it as JSON lines: avro-tools tojson."),
    (Array("ORC".utf8) + [0x0A], "ORC", "Export it as CSV or JSON lines."),
    (Array("GGUF".utf8), "a language model", "Name a file of records."),
    ([0x7F] + Array("ELF".utf8), "a program", "Name a file of records."),
    ([0x89] + Array("PNG".utf8), "an image", "Name a file of records."),
    ([0xFF, 0xD8, 0xFF], "an image", "Name a file of records."),
    (Array("GIF8".utf8), "an image", "Name a file of records."),
  ]

  /// Tells apart what is stored as a zip archive, by the names of its members.
  private static func zip(
    _ bytes: ArraySlice<UInt8>, _ path: String, _ pandas: (String) -> String
  ) -> ForeignContent {
    // The list of members stands at the end of an archive; some names are at the start, too.
    let ends = [bytes.prefix(1 << 16), bytes.suffix(1 << 16)]
    func has(_ name: String) -> Bool { ends.contains { contains($0, Array(name.utf8)) } }
    if has("xl/workbook") || has("xl/worksheets") {
      return ForeignContent(
        "the file is an Excel workbook (XLSX)",
        "Save it as CSV UTF-8 in Excel, or convert it: \(pandas("read_excel"))")
    }
    if has("opendocument.spreadsheet") {
      return ForeignContent(
        "the file is an OpenDocument spreadsheet",
        "Save it as CSV in the program that wrote it, or convert it: \(pandas("read_excel"))")
    }
    if has("word/document") {
      return ForeignContent(
        "the file is a Word document", "Write the texts and labels as CSV or JSON lines.")
    }
    return ForeignContent(
      "the file is a zip archive", "Unpack it and name the files in it: unzip \(path)")
  }

  private static func contains(_ bytes: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
    guard bytes.count >= part.count, let first = part.first else { return false }
    var at = bytes.startIndex
    let last = bytes.endIndex - part.count
    while at <= last {
      if bytes[at] == first, bytes[at...].starts(with: part) { return true }
      at += 1
    }
    return false
  }

  /// `LE` or `BE` where the text has a NUL beside every ASCII character; nil where it has not.
  private static func byteOrder(of bytes: ArraySlice<UInt8>) -> String? {
    let head = bytes.prefix(64)
    guard head.count >= 8 else { return nil }
    var zeros = [0, 0]
    for (place, byte) in head.enumerated() where byte == 0 { zeros[place % 2] += 1 }
    let pairs = head.count / 2
    if zeros[1] * 4 >= pairs * 3, zeros[0] == 0 { return "LE" }
    if zeros[0] * 4 >= pairs * 3, zeros[1] == 0 { return "BE" }
    return nil
  }

  // MARK: - Texts

  private static func byText(_ bytes: ArraySlice<UInt8>, _ file: String) -> ForeignContent? {
    let start = bytes.first == byteOrderMark[0] ? bytes.dropFirst(byteOrderMark.count) : bytes
    let head = start.drop { isSpace($0) }.prefix(256)
    let text = String(decoding: head, as: UTF8.self).lowercased()
    let path = ShellFileName(file).text
    if text.hasPrefix("version https://git-lfs.github.com/spec/") {
      return ForeignContent(
        "the file is a Git-LFS pointer, not the data",
        "Fetch the data in the repository: git lfs pull --include \(path)")
    }
    if ["<!doctype html", "<html", "<head", "<body"].contains(where: text.hasPrefix) {
      return ForeignContent(
        "the file is a web page (HTML), not data",
        "A download may have ended at a page to sign in, or at an error; fetch the file itself again."
      )
    }
    if text.hasPrefix("__label__") {
      let target = ShellFileName(file == "-" ? "data.tsv" : "\(file).tsv").text
      return ForeignContent(
        "the file is in fastText's format",
        "Convert it, where each line has one label: (printf 'label\\ttext\\n'; "
          + "sed -E 's/^__label__([^ ]+) +/\\1\\t/' \(path)) > \(target)")
    }
    if text.hasPrefix("<?xml") || text.hasPrefix("<!--") {
      return ForeignContent("the file is XML", "Export the records as CSV, JSON or JSON lines.")
    }
    return nil
  }

  /// Content with NUL bytes near its start that is no kind that is known here. A line of JSON with a stray
  /// NUL byte is a matter of that line.
  private static func binary(_ bytes: ArraySlice<UInt8>) -> ForeignContent? {
    let start = bytes.first == byteOrderMark[0] ? bytes.dropFirst(byteOrderMark.count) : bytes
    let head = start.prefix(1 << 12)
    guard let first = head.first(where: { !isSpace($0) }), first != UInt8(ascii: "{"),
      first != UInt8(ascii: "["), head.contains(0), !head.contains(UInt8(ascii: "{"))
    else { return nil }
    return ForeignContent(
      "the file is binary, of a kind that emend does not know",
      "Export the records as CSV, JSON or JSON lines in UTF-8.")
  }
}

/// A file's name as one word of a shell's command.
struct ShellFileName {
  let text: String

  init(_ file: String) {
    guard file != "-" else {
      text = "FILE"
      self.file = "FILE"
      return
    }
    let isPlain = file.utf8.allSatisfy { byte in
      byte >= 0x80 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || "/._-+,:@%=".utf8.contains(byte)
    }
    text = isPlain && !file.isEmpty ? file : "'" + file.replacing("'", with: "'\\''") + "'"
    self.file = file
  }

  private let file: String

  /// The same name with a word before its ending: data.utf8.csv.
  func withWord(_ word: String) -> String {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else {
      return ShellFileName("\(file).\(word)").text
    }
    let ending = name[dot...]
    return ShellFileName("\(file.dropLast(ending.count)).\(word)\(ending)").text
  }
}

extension Source {
  /// Makes sure that the content may be text, whatever is written in it.
  ///
  /// - Throws: where it is empty, or of a kind that emend does not read.
  package func checkIsText() throws(InputError) {
    guard bytes.contains(where: { !isSpace($0) }) else {
      throw InputError(
        file: file, line: 1, byte: 0, reason: "the file is empty", remedy: "Check how it was made.")
    }
    if let foreign = ForeignContent(bytes[...], file: file) {
      throw InputError(file: file, reason: foreign.reason, remedy: foreign.remedy)
    }
  }
}
