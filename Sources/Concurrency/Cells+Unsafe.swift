/// A flat buffer that several threads fill, each at places of its own.
///
/// Two threads must not write into one Swift array at once, even at different places; into this
/// buffer they may. Readers must wait until all writers are done. `Parallel.chunks` ensures that,
/// because it returns only then.
package final class Cells<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  package let count: Int
  private let base: UnsafeMutablePointer<Element>

  package init(repeating element: Element, count: Int) {
    self.count = count
    base = .allocate(capacity: max(count, 1))
    base.initialize(repeating: element, count: count)
  }

  deinit { base.deallocate() }

  package subscript(index: Int) -> Element {
    @inline(__always) get {
      precondition(index >= 0 && index < count)
      return base[index]
    }
    @inline(__always) set {
      precondition(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  /// The cells of `range`, which only one thread may write at a time.
  package func slice(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// All cells, copied into an array.
  package var values: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
