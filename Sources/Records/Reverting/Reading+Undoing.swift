extension Reading {
  /// Whether undoing may fail: a path by which a label is found again may lead elsewhere. In JSON lines whose
  /// labels have no path, our member is all that has to be found.
  package var isUndoingUncertain: Bool {
    container.kind != .lines || splices.contains { $0.labelPath != nil }
  }

  /// Undoes the run, and compares the bytes with the input. A table with odd quotes, or a list that is nearly
  /// something else, may be read differently once it has our columns or members.
  ///
  /// - Throws: where undoing would not give the input back, so that nothing is written.
  /// - Complexity: O(bytes).
  package func checkUndoing(_ output: [UInt8], _ rejected: [UInt8]) throws(InputError) {
    var isExact = false
    do throws(InputError) {
      let written = try Source(file: "output.jsonl", content: output)
      let aside =
        rejected.isEmpty ? nil : try Source(file: "rejected.jsonl", content: rejected)
      let undone = try Reverter().revert(output: written, rejected: aside).bytes
      isExact = try isSameContainer(written) && undone == restored
    } catch {
      // An output that cannot be read again cannot be undone either.
      isExact = false
    }
    guard !isExact else { return }
    throw InputError(
      file: source.file,
      reason: "the file cannot be written so that emend revert would give it back byte for byte",
      remedy: container.kind == .lines
        ? "Give the label a member of its own, outside lists, and name it (--label NAME)."
        : "Convert it to JSON lines, or put every cell of the table in double quotes.")
  }

  /// Whether an output is read as the container that was written: a table must not be cut into other cells.
  private func isSameContainer(_ written: Source) throws(InputError) -> Bool {
    guard case .table(let own) = container else { return true }
    guard case .table(let found) = try Container(written, options: options) else { return false }
    return found.dialect == own.dialect && found.width == own.width
      && found.names.prefix(found.width) == own.names.prefix(own.width)
  }
}
