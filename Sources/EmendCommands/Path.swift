/// A path as the user wrote it, split into folder and name. (Foundation's own split of an
/// `NSString` ends the process for names of one character.)
struct Path {
  /// The folder that the file is in; `.` if the path names none.
  let folder: String
  let name: String

  init(_ path: String) {
    guard let slash = path.lastIndex(of: "/") else {
      folder = "."
      name = path
      return
    }
    folder = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[path.index(after: slash)...])
  }
}
