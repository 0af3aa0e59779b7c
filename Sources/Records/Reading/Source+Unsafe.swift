import CZlib
import CZstd
import Foundation

// The calls to C: reading a file descriptor, zlib and zstd. Each function appends to one array; the
// decompressors report the offset at which they stopped.

/// The number of bytes per call: large enough that the number of calls does not matter, and small compared
/// with a dataset.
private let chunkSize = 1 << 20

extension Source {
  /// The bytes of a file as they are on disk, or of standard input where `path` is `-`.
  static func content(ofFile path: String) throws(InputError) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }

    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw unreadable(path, EISDIR)
    }
    var content: [UInt8] = []
    var expected = max(Int(status.st_size), 0) + 1
    while true {
      var failure: Int32 = 0
      let wanted = max(expected, chunkSize)
      // The size is only a hint: a file may grow, and a pipe has no size.
      let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        var got = 0
        repeat {
          got = Foundation.read(descriptor, buffer.baseAddress, wanted)
        } while got < 0 && errno == EINTR
        if got < 0 { failure = errno }
        count = max(got, 0)
      }
      if failure != 0 { throw unreadable(path, failure) }
      if piece.isEmpty { return content }
      if content.isEmpty { content = piece } else { content += piece }
      expected = 0
    }
  }

  private static func unreadable(_ path: String, _ code: Int32) -> InputError {
    let remedy =
      switch code {
      case ENOENT: "Check the spelling of the path."
      case EACCES, EPERM: "Allow this user to read it, for instance with chmod."
      case EISDIR where CollectionContent.isFolder(path):
        "It is a collection in BEIR's layout, whose queries have no passages yet; find their candidates first: "
          + "emend mine \(ShellFileName(path).text)"
      case EISDIR: "Name the files inside it."
      default: "Check the disk, or copy the file elsewhere and try again."
      }
    return InputError(
      file: path, reason: "cannot be read: \(String(cString: strerror(code)))", remedy: remedy)
  }
}

/// Decompresses a gzip file. The contents of several members are joined, as gzip itself does.
/// - Parameter limit: the most bytes that the file may unpack to.
func inflated(_ content: [UInt8], file: String, limit: Int) throws(InputError) -> [UInt8] {
  var output: [UInt8] = []
  var input = content
  let result: (consumed: Int, problem: String?) = input.withUnsafeMutableBufferPointer { source in
    var stream = z_stream()
    // 15 bits of window, +16: gzip only.
    guard
      inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return (0, "zlib could not start") }
    defer { inflateEnd(&stream) }
    var piece = [UInt8](repeating: 0, count: chunkSize)
    var consumed = 0
    var memberEnded = false
    while true {
      if memberEnded {
        // Zeros after the last member are harmless padding, which is common on tapes.
        if source[consumed...].allSatisfy({ $0 == 0 }) { return (consumed, nil) }
        inflateReset(&stream)
        memberEnded = false
      }
      let offered = min(source.count - consumed, Int(Int32.max))
      stream.next_in = source.baseAddress.map { $0 + consumed }
      stream.avail_in = UInt32(offered)
      let code = piece.withUnsafeMutableBufferPointer { target in
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return inflate(&stream, Z_NO_FLUSH)
      }
      consumed += offered - Int(stream.avail_in)
      output.append(contentsOf: piece[..<(piece.count - Int(stream.avail_out))])
      if output.count > limit { return (consumed, nil) }
      switch code {
      case Z_STREAM_END: memberEnded = true
      case Z_OK: continue
      case Z_BUF_ERROR: return (consumed, "the gzip data end too early")
      default: return (consumed, "the gzip data are damaged")
      }
    }
  }
  if let problem = result.problem {
    throw damaged(file, problem, at: result.consumed, test: "gzip -t", produced: output.count)
  }
  guard output.count <= limit else { throw tooLarge(file, content.count, limit, "gzip -d") }
  return output
}

/// Decompresses a zstd file. The contents of several frames are joined.
/// - Parameter limit: the most bytes that the file may unpack to.
func zstandardDecompressed(
  _ content: [UInt8], file: String, limit: Int
) throws(InputError) -> [UInt8] {
  var output: [UInt8] = []
  var needsTooLargeWindow = false
  let result: (consumed: Int, problem: String?) = content.withUnsafeBufferPointer { source in
    guard let stream = ZSTD_createDStream() else { return (0, "zstd could not start") }
    defer { ZSTD_freeDStream(stream) }
    // `zstd --long=31` asks for windows up to 2 GB; the default limit is 128 MB.
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 31)
    var piece = [UInt8](repeating: 0, count: chunkSize)
    var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
    while true {
      let before = input.pos
      var written = 0
      let code = piece.withUnsafeMutableBytes { target in
        var buffer = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        defer { written = buffer.pos }
        return ZSTD_decompressStream(stream, &buffer, &input)
      }
      output.append(contentsOf: piece[..<written])
      if output.count > limit { return (input.pos, nil) }
      if ZSTD_isError(code) != 0 {
        // The file is whole, but this program or this machine has not the memory that it asks for.
        needsTooLargeWindow = [
          ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_memory_allocation,
        ]
        .contains(ZSTD_getErrorCode(code))
        return (
          input.pos, "the zstd data are damaged (\(String(cString: ZSTD_getErrorName(code))))"
        )
      }
      if code == 0, input.pos == input.size { return (input.pos, nil) }
      if input.pos == input.size, written == 0, input.pos == before {
        return (input.pos, "the zstd data end too early")
      }
    }
  }
  if needsTooLargeWindow {
    throw InputError(
      file: file, byte: result.consumed,
      reason:
        "the zstd data need more memory to be unpacked (a larger window) than emend gives them",
      remedy:
        "Unpack it with zstd -d --memory=4096MB, and give the plain file or compress it again "
        + "without --long and --ultra.")
  }
  if let problem = result.problem {
    throw damaged(file, problem, at: result.consumed, test: "zstd -t", produced: output.count)
  }
  guard output.count <= limit else { throw tooLarge(file, content.count, limit, "zstd -d") }
  return output
}

private func tooLarge(
  _ file: String, _ packed: Int, _ limit: Int, _ command: String
) -> InputError {
  InputError(
    file: file,
    reason: "its \(packed) bytes unpack to more than \(limit), which is more than emend unpacks",
    remedy: "If it is a dataset all the same, unpack it (\(command)) and give the plain file.")
}

private func damaged(
  _ file: String, _ problem: String, at offset: Int, test: String, produced: Int
) -> InputError {
  InputError(
    file: file, byte: offset, reason: "\(problem), after \(produced) bytes of text",
    remedy: "Fetch or compress the file again; `\(test)` tells whether it is whole.")
}
