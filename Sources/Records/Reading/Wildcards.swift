/// Whether elements fit a pattern of pieces, of which some stand for any run of elements.
///
/// - Parameters:
///   - isRun: whether a piece stands for any number of elements.
///   - isMatch: whether another piece stands for an element.
/// - Complexity: O(elements × pieces), since only the last run is ever tried again.
package func fits<Element, Piece>(
  _ elements: some RandomAccessCollection<Element>, _ pieces: some RandomAccessCollection<Piece>,
  isRun: (Piece) -> Bool, isMatch: (Piece, Element) -> Bool
) -> Bool {
  let (elements, pieces) = (Array(elements), Array(pieces))
  var (at, place) = (0, 0)
  var retry: (at: Int, place: Int)?
  while at < elements.count {
    if place < pieces.count, isRun(pieces[place]) {
      retry = (at, place)
      place += 1
    } else if place < pieces.count, isMatch(pieces[place], elements[at]) {
      at += 1
      place += 1
    } else if let last = retry {
      retry = (last.at + 1, last.place)
      (at, place) = (last.at + 1, last.place + 1)
    } else {
      return false
    }
  }
  return pieces[place...].allSatisfy(isRun)
}
