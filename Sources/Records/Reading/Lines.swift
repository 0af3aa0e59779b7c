/// U+FEFF in UTF-8, which some programs write at the start of a file.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// Whether JSON treats a byte as whitespace.
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

/// Whether a line has nothing but whitespace.
func isBlank(_ line: Span<UInt8>) -> Bool {
  for index in line.indices where !isSpace(line[index]) { return false }
  return true
}

/// The end of the line that starts at `start`, after its line feed.
func lineEnd(in bytes: [UInt8], from start: Int) -> Int {
  bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
}
