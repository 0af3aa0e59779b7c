import Foundation
import SystemPackage

/// Who may change what lies in an inbox.
enum InboxRights {
  /// Why other users can take away or replace files that are not theirs; nil if they cannot.
  ///
  /// In a folder that others may write to, everybody who may do so can rename and remove every entry, also
  /// the folder of claims. The sticky bit keeps that to the owner of the entry and of the folder.
  static func fault(_ inbox: FilePath) -> (reason: String, remedy: String)? {
    var status = stat()
    let isThere = inbox.withPlatformString { stat($0, &status) } == 0
    guard isThere, status.st_mode & 0o022 != 0, status.st_mode & S_ISVTX == 0 else { return nil }
    let who = status.st_mode & 0o002 != 0 ? "everybody" : "every member of its group"
    return ("\(who) can rename and remove each file in the inbox", "chmod +t \(inbox)")
  }
}
