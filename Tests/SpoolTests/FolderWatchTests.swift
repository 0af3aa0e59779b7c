import Foundation
import Spool
import Synchronization
import Testing

/// Real folders and the real kernel. One after the other, because a process can watch one folder; a
/// suite that watches a folder in this process belongs in here.
@Suite("Folder watch", .serialized) final class FolderWatchTests: Sendable {
  /// What the tests happen in; the watched folder is `inbox`, and `outside` is on the same file system.
  let root: String
  var inbox: String { root + "/inbox" }
  var outside: String { root + "/outside" }
  let hints = HintLog()

  init() throws {
    root = NSTemporaryDirectory() + "emend-folder-watch-\(UUID().uuidString)"
    for path in [root, root + "/inbox", root + "/outside"] { try #require(mkdir(path, 0o755) == 0) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A watch that writes down what it is told and, where `gate` is given, waits at it each time.
  func watch(_ folder: String? = nil, gate: Gate? = nil) -> FolderWatch {
    FolderWatch(folder: folder ?? inbox, retryInterval: .milliseconds(20)) { [hints] hint in
      hints.add(hint)
      gate?.pass()
    }
  }

  // MARK: Each kind

  @Test("each deed in the folder is told as what it is, in order, with its name")
  func everyKind() throws {
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])

    try write("a", in: inbox)
    try write("b", in: outside)
    try #require(rename("\(outside)/b", "\(inbox)/b") == 0)
    try #require(link("\(inbox)/a", "\(inbox)/c") == 0)
    try #require(mkdir("\(inbox)/d", 0o755) == 0)
    try #require(symlink("/nowhere", "\(inbox)/e") == 0)
    try #require(unlink("\(inbox)/c") == 0)
    try #require(rename("\(inbox)/b", "\(inbox)/f") == 0)
    try #require(rename("\(inbox)/a", "\(outside)/a") == 0)
    try #require(rmdir("\(inbox)/d") == 0)
    try write("f", in: inbox)

    try hints.wait(for: [
      .watching,
      .appeared(name: bytes("a")), .written(name: bytes("a")),
      .movedIn(name: bytes("b")),
      .appeared(name: bytes("c")),
      .appeared(name: bytes("d")),
      .appeared(name: bytes("e")),
      .removed(name: bytes("c")),
      .removed(name: bytes("b")), .movedIn(name: bytes("f")),
      .removed(name: bytes("a")),
      .removed(name: bytes("d")),
      .written(name: bytes("f")),
    ])
  }

  @Test("names come as the bytes they are")
  func rawNames() throws {
    let names: [[UInt8]] = [
      [0xFF, 0xFE, 0x80], [0xC3], bytes("a\nb"), bytes(" "), bytes(".hidden"), bytes("x"),
      bytes("fifteen-letters"), bytes("sixteen-letters."), bytes("né.jsonl"),
      [UInt8](repeating: 0xE9, count: 255),
    ]
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    for name in names { try write(name, in: inbox) }
    try hints.wait(
      for: [.watching] + names.flatMap { [.appeared(name: $0), .written(name: $0)] })
  }

  @Test(
    "a folder can be named with a slash at the end or through a link", arguments: ["/", "-link"])
  func otherNames(ending: String) throws {
    try #require(symlink("inbox", "\(root)/inbox-link") == 0)
    let watch = watch(inbox + ending)
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try write("a", in: inbox)
    try hints.wait(
      for: [.watching, .appeared(name: bytes("a")), .written(name: bytes("a"))])
  }

  // MARK: The folder itself

  @Test("a folder that is not there yet is asked for once, and watched when it is made")
  func madeLater() throws {
    try #require(rmdir(inbox) == 0)
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    let first = try hints.wait { $0.count == 1 }
    guard case .unavailable(let reason) = first.first else {
      Issue.record("\(first)")
      return
    }
    #expect(reason.contains(inbox) && reason.contains("no such folder"))

    try write("inbox", in: root)
    let second = try hints.wait { $0.count == 2 }
    guard case .unavailable(let reason) = second.last else {
      Issue.record("\(second)")
      return
    }
    #expect(reason.contains("no folder"))

    try #require(unlink(inbox) == 0)
    try #require(mkdir(inbox, 0o755) == 0)
    let third = try hints.wait { $0.last == .watching }
    // Between the file and the folder nothing may have been there.
    #expect((3...4).contains(third.count), "\(third)")
    try write("a", in: inbox)
    try hints.wait { $0.last == .written(name: bytes("a")) }
  }

  @Test("a folder that was removed is watched again when it is made again")
  func removedAndMadeAgain() throws {
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    for _ in 1...3 {
      hints.clear()
      try #require(rmdir(inbox) == 0)
      try hints.wait(for: [.folderGone])
      try #require(mkdir(inbox, 0o755) == 0)
      try hints.wait(for: [.folderGone, .watching])
      try write("a", in: inbox)
      try #require(unlink("\(inbox)/a") == 0)
      try hints.wait(for: [
        .folderGone, .watching, .appeared(name: bytes("a")), .written(name: bytes("a")),
        .removed(name: bytes("a")),
      ])
    }
  }

  @Test(
    "a folder that was removed and made again before anyone looked is another, even if its number is not"
  )
  func removedAndMadeAgainUnseen() throws {
    let gate = Gate()
    let watch = watch(gate: gate)
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    // File systems like to give the number that has just become free.
    try #require(rmdir(inbox) == 0)
    try #require(mkdir(inbox, 0o755) == 0)
    gate.open()
    try hints.wait(for: [.watching, .folderGone, .watching])
    try write("a", in: inbox)
    try hints.wait { $0.last == .written(name: bytes("a")) }
  }

  @Test("a folder that was removed while someone has it open is missed without an event")
  func removedWhileOpen() throws {
    let held = open(inbox, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try #require(held >= 0)
    defer { close(held) }
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try #require(rmdir(inbox) == 0)
    try hints.wait(for: [.watching, .folderGone])
    try #require(mkdir(inbox, 0o755) == 0)
    try hints.wait(for: [.watching, .folderGone, .watching])
  }

  @Test(
    "after the folder was renamed the name is watched, and what was said of the old one is dropped")
  func renamedAway() throws {
    // While the receiver waits, all that follows is one batch in the library's buffer.
    let gate = Gate()
    let watch = watch(gate: gate)
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try write("seen", in: inbox)
    try #require(rename(inbox, "\(root)/away") == 0)
    try #require(mkdir(inbox, 0o755) == 0)
    for index in 1...100 { try write("stale-\(index)", in: "\(root)/away") }
    gate.open()

    let before: [FolderHint] = [
      .watching, .appeared(name: bytes("seen")), .written(name: bytes("seen")), .folderGone,
      .watching,
    ]
    try hints.wait(for: before)
    try write("stale", in: "\(root)/away")
    try write("fresh", in: inbox)
    try hints.wait(
      for: before + [.appeared(name: bytes("fresh")), .written(name: bytes("fresh"))])
  }

  @Test("a folder that was renamed and back is still watched")
  func renamedAndBack() throws {
    let gate = Gate()
    let watch = watch(gate: gate)
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try #require(rename(inbox, "\(root)/away") == 0)
    try #require(rename("\(root)/away", inbox) == 0)
    gate.open()
    try write("a", in: inbox)
    try hints.wait(
      for: [.watching, .appeared(name: bytes("a")), .written(name: bytes("a"))])
  }

  @Test("a folder that was renamed over the watched one is watched instead")
  func replacedAtOnce() throws {
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try write("there", in: outside)
    try #require(rename(outside, inbox) == 0)
    try hints.wait(for: [.watching, .folderGone, .watching])
    try write("a", in: inbox)
    try hints.wait(for: [
      .watching, .folderGone, .watching, .appeared(name: bytes("a")), .written(name: bytes("a")),
    ])
  }

  @Test(
    "a name that leads elsewhere is noticed without an event, whether the old folder is quiet or busy",
    arguments: [false, true])
  func ledElsewhere(busy: Bool) throws {
    try #require(symlink("inbox", "\(root)/name") == 0)
    let watch = watch("\(root)/name")
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    let old = Writer(folder: inbox)
    if busy { old.begin() }
    defer { old.end() }
    try #require(symlink("outside", "\(root)/name.new") == 0)
    try #require(rename("\(root)/name.new", "\(root)/name") == 0)
    try hints.wait { $0.contains(.folderGone) && $0.last == .watching }
    try write("a", in: outside)
    let all = try hints.wait { $0.last == .written(name: bytes("a")) }
    #expect(all.suffix(4).first == .folderGone)
    #expect(all.count { $0 == .watching } == 2)
  }

  @Test(
    "a file system that was unmounted is gone, and what is under it is watched",
    .enabled(if: Mount.isAllowed, "only root may mount a tmpfs"))
  func unmounted() throws {
    try #require(Mount.begin(at: inbox))
    var isMounted = true
    defer { if isMounted { Mount.end(at: inbox) } }
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try write("a", in: inbox)
    let before: [FolderHint] = [
      .watching, .appeared(name: bytes("a")), .written(name: bytes("a")),
    ]
    try hints.wait(for: before)
    try #require(Mount.end(at: inbox))
    isMounted = false
    try hints.wait(for: before + [.folderGone, .watching])
    // Mounted over, the folder that is watched is another than the name leads to; no event says so.
    try #require(Mount.begin(at: inbox))
    isMounted = true
    try hints.wait(for: before + [.folderGone, .watching, .folderGone, .watching])
  }

  // MARK: Losing and lacking

  @Test(
    "events that were lost are told, and the watch goes on",
    .enabled(if: Queue.limit <= 200_000, "the kernel's queue is too long to fill in a test"))
  func overflow() throws {
    let gate = Gate()
    let watch = watch(gate: gate)
    watch.start()
    defer { watch.stop() }
    try hints.wait(for: [.watching])
    try write("a", in: outside)
    for _ in 0...Queue.limit / 2 {
      try #require(link("\(outside)/a", "\(inbox)/a") == 0)
      try #require(unlink("\(inbox)/a") == 0)
    }
    gate.open()
    try hints.wait { $0.suffix(2) == [.overflow, .watching] }
    hints.clear()
    try write("b", in: inbox)
    try hints.wait(for: [.appeared(name: bytes("b")), .written(name: bytes("b"))])
  }

  @Test("a second watch says why it cannot be, and takes over when the first stops")
  func second() throws {
    let first = watch()
    first.start()
    defer { first.stop() }
    try hints.wait(for: [.watching])

    let others = HintLog()
    let second = FolderWatch(folder: outside, retryInterval: .milliseconds(20)) { others.add($0) }
    second.start()
    defer { second.stop() }
    let told = try others.wait { !$0.isEmpty }
    guard case .unavailable(let reason) = told.first else {
      Issue.record("\(told)")
      return
    }
    #expect(reason.contains("one at a time"))
    // The first is as good as before.
    try write("a", in: inbox)
    try hints.wait(
      for: [.watching, .appeared(name: bytes("a")), .written(name: bytes("a"))])

    first.stop()
    try others.wait { $0.count == 2 && $0.last == .watching }
    try write("b", in: outside)
    try others.wait { $0.last == .written(name: bytes("b")) }
  }

  @Test(
    "where the library would end the process for want of a low descriptor, the watch waits for one",
    .enabled(if: Descriptors.limit >= 4096, "the limit of open files is below 4096"))
  func tooManyDescriptors() throws {
    var many: [Int32] = []
    defer { for descriptor in many { close(descriptor) } }
    while many.count < 1100 {
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      try #require(descriptor >= 0)
      many.append(descriptor)
    }
    let watch = watch()
    watch.start()
    defer { watch.stop() }
    let told = try hints.wait { !$0.isEmpty }
    guard case .unavailable(let reason) = told.first else {
      Issue.record("\(told)")
      return
    }
    #expect(reason.contains("1024"))
    for descriptor in many { close(descriptor) }
    many = []
    try hints.wait { $0.last == .watching }
  }

  @Test("file systems that do not tell of every change are known by their numbers")
  func silentFileSystems() {
    // statfs(2): NFS, CIFS, SMB2, 9P, FUSE; ext4, tmpfs, btrfs, XFS, overlay.
    for type: UInt32 in [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x6573_5546] {
      #expect(SilentFileSystem.name(ofType: type) != nil)
    }
    for type: UInt32 in [0xEF53, 0x0102_1994, 0x9123_683E, 0x5846_5342, 0x794C_7630] {
      #expect(SilentFileSystem.name(ofType: type) == nil)
    }
  }

  // MARK: Starting and stopping

  @Test("stopping closes everything at once, and it can be started again any number of times")
  func startedOften() throws {
    let pipes = Descriptors.count(of: "pipe:")
    let watch = watch()
    watch.stop()
    var slow = 0
    for round in 1...50 {
      hints.clear()
      watch.start()
      watch.start()
      try hints.wait(for: [.watching])
      #expect(Descriptors.count(of: "anon_inode:inotify") == 1)
      let begin = ContinuousClock.now
      watch.stop()
      if ContinuousClock.now - begin > .milliseconds(500) { slow += 1 }
      #expect(Descriptors.count(of: "anon_inode:inotify") == 0, "after round \(round)")
      watch.stop()
    }
    // Without the bell about half of them wait for the library's second.
    #expect(slow < 10)
    try eventually("threads ended") { Threads.count(named: "emend-folder") == 0 }
    // Others in this process have pipes, too; fifty leaked bells would be a hundred.
    try eventually("pipes closed") { Descriptors.count(of: "pipe:") < pipes + 50 }
    try write("a", in: inbox)
    #expect(hints.all == [.watching])
  }

  @Test("stopping does not wait for the retry interval")
  func stoppedWhileWaiting() throws {
    try #require(rmdir(inbox) == 0)
    let watch = FolderWatch(folder: inbox, retryInterval: .seconds(3600)) { [hints] in hints.add($0)
    }
    watch.start()
    try hints.wait { $0.count == 1 }
    let begin = ContinuousClock.now
    watch.stop()
    #expect(ContinuousClock.now - begin < .seconds(25))
  }

  @Test("a watch that nobody holds ends by itself")
  func letGo() throws {
    do {
      let watch = watch()
      watch.start()
      try hints.wait(for: [.watching])
    }
    try eventually("descriptor closed") { Descriptors.count(of: "anon_inode:inotify") == 0 }
  }
}
