import AtomicFiles

/// Names of whole files that wait for a worker, in the order in which they are to be taken. A name may be out
/// of date: the caller looks whether its file still waits.
struct ReadyFiles {
  private var names: [FileName] = []
  /// The names before this position were removed.
  private var start = 0

  mutating func append(_ more: some Sequence<FileName>) { names += more }

  /// Removes the first name.
  mutating func popFirst() -> FileName? {
    guard start < names.count else { return nil }
    let name = names[start]
    removeFirst()
    return name
  }

  /// Removes names from the front for as long as a condition holds.
  mutating func dropFirst(while isOutdated: (FileName) -> Bool) {
    while start < names.count, isOutdated(names[start]) { removeFirst() }
  }

  /// - Complexity: amortised O(1): the array is cut only when half of it is removed.
  private mutating func removeFirst() {
    start += 1
    if start == names.count || start > 4096 && start * 2 > names.count {
      names.removeFirst(start)
      start = 0
    }
  }
}
