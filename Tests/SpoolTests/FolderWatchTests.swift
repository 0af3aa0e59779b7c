import Concurrency
import Foundation
import Spool
import SystemPackage
import TestSupport
import Testing

/// Real folders, the real kernel and the real `emend-events`. One after the other, because they are
/// about time.
@Suite("Folder watch", .serialized) final class FolderWatchTests {
  /// What the tests happen in; the watched folder is `inbox`, and `outside` is on the same file system.
  let root: String
  var inbox: String { root + "/inbox" }
  var outside: String { root + "/outside" }
  init() throws {
    root = NSTemporaryDirectory() + "emend-folder-watch-\(UUID().uuidString)"
    for path in [root, root + "/inbox", root + "/outside"] { try #require(mkdir(path, 0o755) == 0) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// Built beside the program that runs the tests.
  static let program: FilePath = {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return FolderWatch.program(beside: FilePath(link ?? ""))
  }()

  func watch(_ folder: String? = nil, program: FilePath = program) -> WatchLog {
    let backoff = Backoff(first: .milliseconds(20), longest: .milliseconds(20))
    return WatchLog(
      FolderWatch(folder: FilePath(folder ?? inbox), program: program, backoff: backoff))
  }

  /// A program of the test's own in place of the real one.
  func script(_ text: String) throws -> FilePath {
    let path = root + "/script"
    try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(filePath: path))
    try #require(chmod(path, 0o755) == 0)
    return FilePath(path)
  }

  // MARK: Each kind

  @Test("each deed in the folder is told as what it is, in order, with its name")
  func everyKind() throws {
    let hints = watch()
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
    let hints = watch()
    try hints.wait(for: [.watching])
    for name in names { try write(name, in: inbox) }
    try hints.wait(
      for: [.watching] + names.flatMap { [.appeared(name: $0), .written(name: $0)] })
  }

  @Test(
    "a folder can be named with a slash at the end or through a link", arguments: ["/", "-link"])
  func otherNames(ending: String) throws {
    try #require(symlink("inbox", "\(root)/inbox-link") == 0)
    let hints = watch(inbox + ending)
    try hints.wait(for: [.watching])
    try write("a", in: inbox)
    try hints.wait(
      for: [.watching, .appeared(name: bytes("a")), .written(name: bytes("a"))])
  }

  // MARK: The folder itself

  @Test("a folder that is not there yet is asked for once, and watched when it is made")
  func madeLater() throws {
    try #require(rmdir(inbox) == 0)
    let hints = watch()
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
    let hints = watch()
    try hints.wait(for: [.watching])
    for _ in 1...3 {
      hints.clear()
      try #require(rmdir(inbox) == 0)
      try hints.wait { $0.count == 2 }
      #expect(hints.all.first == .folderGone)
      #expect(hints.reasons.first?.contains("no such folder") == true)
      try #require(mkdir(inbox, 0o755) == 0)
      try hints.wait { $0.last == .watching }
      hints.clear()
      try write("a", in: inbox)
      try #require(unlink("\(inbox)/a") == 0)
      try hints.wait(for: [
        .appeared(name: bytes("a")), .written(name: bytes("a")), .removed(name: bytes("a")),
      ])
    }
  }

  @Test(
    "a folder that was removed and made again before anyone looked is another, even if its number is not"
  )
  func removedAndMadeAgainUnseen() throws {
    let hints = watch()
    try hints.wait(for: [.watching])
    try hints.holdingTheProgram {
      // File systems like to give the number that has just become free.
      try #require(rmdir(inbox) == 0)
      try #require(mkdir(inbox, 0o755) == 0)
    }
    try hints.wait(for: [.watching, .folderGone, .watching])
    try write("a", in: inbox)
    try hints.wait { $0.last == .written(name: bytes("a")) }
  }

  @Test("a folder that was removed while someone has it open is missed without an event")
  func removedWhileOpen() throws {
    let held = open(inbox, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try #require(held >= 0)
    defer { close(held) }
    let hints = watch()
    try hints.wait(for: [.watching])
    try #require(rmdir(inbox) == 0)
    try hints.wait { $0.contains(.folderGone) }
    try #require(mkdir(inbox, 0o755) == 0)
    try hints.wait { $0.last == .watching }
    #expect(hints.all.filter { $0 == .folderGone || $0 == .watching }.count == 3)
  }

  @Test(
    "after the folder was renamed the name is watched, and what was said of the old one is dropped")
  func renamedAway() throws {
    let hints = watch()
    try hints.wait(for: [.watching])
    // Held, so that all that follows is one batch in the library's buffer.
    try hints.holdingTheProgram {
      try write("seen", in: inbox)
      try #require(rename(inbox, "\(root)/away") == 0)
      try #require(mkdir(inbox, 0o755) == 0)
      for index in 1...100 { try write("stale-\(index)", in: "\(root)/away") }
    }

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
    let hints = watch()
    try hints.wait(for: [.watching])
    try hints.holdingTheProgram {
      try #require(rename(inbox, "\(root)/away") == 0)
      try #require(rename("\(root)/away", inbox) == 0)
    }
    try write("a", in: inbox)
    try hints.wait(
      for: [.watching, .appeared(name: bytes("a")), .written(name: bytes("a"))])
  }

  @Test("a folder that was renamed over the watched one is watched instead")
  func replacedAtOnce() throws {
    let hints = watch()
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
    let hints = watch("\(root)/name")
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
    let hints = watch()
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
    let hints = watch()
    try hints.wait(for: [.watching])
    try write("a", in: outside)
    try hints.holdingTheProgram {
      for _ in 0...Queue.limit / 2 {
        try #require(link("\(outside)/a", "\(inbox)/a") == 0)
        try #require(unlink("\(inbox)/a") == 0)
      }
    }
    try hints.wait { $0.suffix(2) == [.overflow, .watching] }
    hints.clear()
    try write("b", in: inbox)
    try hints.wait(for: [.appeared(name: bytes("b")), .written(name: bytes("b"))])
  }

  @Test("of ten thousand files at once each is told, or that events were lost")
  func manyFiles() throws {
    let hints = watch()
    try hints.wait(for: [.watching])
    let names = Set((1...10_000).map { bytes("file-\($0)") })
    // Nobody reads meanwhile: pipe and kernel have to keep it.
    for name in names { try write(name, in: inbox) }
    var told: Set<[UInt8]> = []
    var looked = 0
    try hints.wait { all in
      for case .written(let name) in all[looked...] { told.insert(name) }
      looked = all.count
      return told == names || all.contains(.overflow)
    }
  }

  @Test("two folders can be watched at once")
  func second() throws {
    let (first, second) = (watch(), watch(outside))
    try first.wait(for: [.watching])
    try second.wait(for: [.watching])
    try write("a", in: inbox)
    try write("b", in: outside)
    try first.wait(for: [.watching, .appeared(name: bytes("a")), .written(name: bytes("a"))])
    try second.wait(for: [.watching, .appeared(name: bytes("b")), .written(name: bytes("b"))])
  }

  @Test(
    "a process with many open files watches as well as any",
    .enabled(if: Descriptors.limit >= 4096, "the limit of open files is below 4096"))
  func manyDescriptors() throws {
    var many: [Int32] = []
    defer { for descriptor in many { close(descriptor) } }
    while many.count < 1100 {
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      try #require(descriptor >= 0)
      many.append(descriptor)
    }
    let hints = watch()
    try hints.wait(for: [.watching])
    try write("a", in: inbox)
    try hints.wait { $0.last == .written(name: bytes("a")) }
  }

  @Test("a file system that does not tell of every change is refused by its name")
  func silentFileSystem() throws {
    let hints = watch("/proc/self")
    try hints.wait { !$0.isEmpty }
    #expect(hints.reasons.first?.contains("proc does not tell of every change") == true)
    #expect(hints.reasons.first?.contains("--poll") == true)
  }

  @Test(
    "a limit of the kernel is told with the setting that raises it",
    .enabled(if: UserNamespace.isAllowed, "this user may have no namespace of its own"),
    arguments: [
      ("max_inotify_instances", "fs.inotify.max_user_instances"),
      ("max_inotify_watches", "fs.inotify.max_user_watches"),
    ])
  func kernelLimits(limit: String, setting: String) throws {
    let text = UserNamespace.command(limiting: limit, Self.program.string)
    let hints = watch(program: try script(text))
    try hints.wait { !$0.isEmpty }
    #expect(hints.reasons.first?.contains("sysctl \(setting)") == true, "\(hints.all)")
  }

  // MARK: The program

  @Test("a program that is killed is told of and started again; a scan finds what it missed")
  func killed() throws {
    let hints = watch()
    try hints.wait(for: [.watching])
    let process = try #require(hints.watch.process)
    try #require(kill(process, SIGKILL) == 0)
    try write("missed", in: inbox)
    let all = try hints.wait { $0.count == 3 }
    #expect(all.first == .watching && all.last == .watching)
    #expect(hints.reasons == ["signal 9, Killed"])
    #expect(hints.watch.process != process)
    try write("a", in: inbox)
    try hints.wait { $0.last == .written(name: bytes("a")) }
  }

  @Test("a program that is missing is told with a remedy, and works once it is there")
  func missing() throws {
    let program = FilePath(root + "/emend-events")
    let hints = watch(program: program)
    try hints.wait { !$0.isEmpty }
    #expect(hints.reasons.first?.hasPrefix("\(program): ") == true)
    #expect(hints.reasons.first?.contains("install") == true)
    try #require(symlink(Self.program.string, program.string) == 0)
    try hints.wait { $0.last == .watching }
    #expect(hints.all.count == 2)
  }

  @Test("the program is taken from beside the one that runs, else from lib/emend, and nowhere else")
  func place() throws {
    let files = FileManager.default
    let executable = FilePath(root + "/bin/emend")
    let places = ["/bin", "/lib/emend"].map { root + $0 }
    for place in places {
      try files.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    let first = FilePath(places[0] + "/emend-events")
    let second = FilePath(places[1] + "/emend-events")
    #expect(FolderWatch.program(beside: executable) == first)
    try #require(symlink(Self.program.string, second.string) == 0)
    #expect(FolderWatch.program(beside: executable) == second)
    try #require(symlink(Self.program.string, first.string) == 0)
    #expect(FolderWatch.program(beside: executable) == first)
  }

  @Test("a reason is told once, and each try waits longer than the one before")
  func backoff() throws {
    let begin = ContinuousClock.now
    let program = try script("echo no luck >&2; exit 1")
    let watch = FolderWatch(folder: FilePath(inbox), program: program, now: begin)
    var now = begin
    var hints: [FolderHint] = []
    for expected in [1, 2, 4, 8, 16, 30, 30] {
      #expect(watch.hints(at: now) == [])
      try #require(watch.process != nil)
      try eventually("the program ended") {
        hints += watch.hints(at: now)
        return watch.process == nil
      }
      let wait = now.duration(to: try #require(watch.nextStart)) / .seconds(1)
      #expect((0.74...1.26).contains(wait / Double(expected)), "\(wait) instead of \(expected)")
      // Too early by a moment.
      now += .seconds(wait * 0.99)
      #expect(watch.hints(at: now) == [])
      #expect(watch.process == nil)
      now += .seconds(wait * 0.02)
    }
    #expect(hints == [.unavailable(reason: "no luck")])
  }

  @Test("a program that writes something else is ended", arguments: ["printf 'rubbish\\0'", "yes"])
  func nonsense(command: String) throws {
    let hints = watch(program: try script("\(command); exec sleep 3600"))
    try hints.wait { !$0.isEmpty }
    #expect(hints.reasons.first?.contains("no record") == true)
  }

  @Test("a program that ends at once with status 0 is started again later, and not without end")
  func endWithoutAWord() throws {
    let started = ContinuousClock.now
    let watch = FolderWatch(
      folder: FilePath(inbox), program: try script("exit 0"),
      backoff: Backoff(first: .seconds(60), longest: .seconds(60)), now: started)
    defer { watch.stop() }
    #expect(watch.hints(at: started).isEmpty)
    var hints: [FolderHint] = []
    let hasEnded = waits {
      hints += watch.hints(at: started)
      return watch.process == nil
    }
    #expect(hasEnded)
    #expect(hints == [.unavailable(reason: "it ended with status 0")])
    #expect(watch.nextStart.map { $0 > started } == true)
  }

  @Test("the program ends with its parent, although somebody still reads what it writes")
  func endOfTheParent() throws {
    let (parent, output) = try run("'\(Self.program)' -- '\(inbox)' & wait")
    try #require(try read(output, until: 0) == bytes("ready"))
    try #require(kill(parent, SIGKILL) == 0)
    // The end of the file comes when all have gone that could write.
    #expect(try read(output, until: 0) == [])
    close(output)
    waitpid(parent, nil, 0)
  }

  @Test("the program ends when nobody reads what it writes, although nothing happens")
  func endOfTheReader() throws {
    let (process, output) = try run("exec '\(Self.program)' -- '\(inbox)'")
    try #require(try read(output, until: 0) == bytes("ready"))
    close(output)
    var status: Int32 = -1
    try eventually("the program ended") { waitpid(process, &status, WNOHANG) == process }
    #expect(status == 0)
  }

  @Test("SIGTERM ends the program even where its parent ignores that")
  func termination() throws {
    let (process, output) = try run("trap '' TERM PIPE; exec '\(Self.program)' -- '\(inbox)'")
    try #require(try read(output, until: 0) == bytes("ready"))
    try #require(kill(process, SIGTERM) == 0)
    var status: Int32 = -1
    try eventually("the program ended") { waitpid(process, &status, WNOHANG) == process }
    #expect(status == SIGTERM)
    close(output)
  }

  @Test("the program keeps no descriptor that it was not meant to have")
  func inheritedDescriptors() throws {
    let (process, output) = try run("exec 7<'\(root)' '\(Self.program)' -- '\(inbox)'")
    try #require(try read(output, until: 0) == bytes("ready"))
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
    #expect(names.sorted() == ["0", "1", "2", "3"])
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    close(output)
  }

  @Test("stopping closes everything, any number of times")
  func startedOften() throws {
    let pipes = Descriptors.count(of: "pipe:")
    for round in 1...50 {
      let hints = watch()
      try hints.wait(for: [.watching])
      let process = try #require(hints.watch.process)
      if round.isMultiple(of: 2) { hints.watch.stop() }
      hints.watch.stop()
      #expect(hints.watch.hints(at: .now + .seconds(3600)) == [])
      #expect(WatchLog.state(of: process) == nil, "after round \(round)")
    }
    // Others in this process have pipes, too; fifty leaked pairs would be a hundred.
    try eventually("pipes closed") { Descriptors.count(of: "pipe:") < pipes + 50 }
  }

  @Test("a watch that nobody holds ends its program")
  func letGo() throws {
    var process: pid_t = 0
    do {
      let hints = watch()
      try hints.wait(for: [.watching])
      process = try #require(hints.watch.process)
    }
    #expect(WatchLog.state(of: process) == nil)
  }

  /// Starts a shell command whose standard output can be read.
  private func run(_ command: String) throws -> (process: pid_t, output: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    var process: pid_t = 0
    let words = ["sh", "-c", command]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    try #require(posix_spawn(&process, "/bin/sh", &actions, nil, &arguments, environ) == 0)
    return (process, ends[0])
  }

  /// What can be read before a byte, or before the end.
  private func read(_ descriptor: Int32, until end: UInt8) throws -> [UInt8] {
    var found: [UInt8] = []
    while true {
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let limit = Int32(Tier.waitLimit / .milliseconds(1))
      guard poll(&request, 1, limit) == 1 else { throw TimedOut(description: "nothing came") }
      var byte: UInt8 = 0
      guard Foundation.read(descriptor, &byte, 1) == 1, byte != end else { return found }
      found.append(byte)
    }
  }
}
