import Foundation
import Service
import Testing

@Suite("Service notifier") struct ServiceNotifierTests {
  func notifier(_ socket: ManagerSocket) -> ServiceNotifier {
    ServiceNotifier(
      environment: ["NOTIFY_SOCKET": socket.name], monotonicMicroseconds: { 123_456_789 })
  }

  @Test(arguments: [ManagerSocket.atPath, ManagerSocket.abstract])
  func everyMessageHasItsExactBytes(open: @Sendable () throws -> ManagerSocket) throws {
    let socket = try open()
    let notifier = notifier(socket)
    notifier.ready(status: "watching")
    notifier.ready()
    notifier.status("3 files, 1 waiting")
    notifier.watchdog()
    notifier.reloading()
    notifier.extendTimeout(.milliseconds(1_500))
    notifier.stopping(status: "finishing 2 files")
    notifier.stopping()
    #expect(
      socket.received() == [
        "READY=1\nSTATUS=watching", "READY=1", "STATUS=3 files, 1 waiting", "WATCHDOG=1",
        "RELOADING=1\nMONOTONIC_USEC=123456789", "EXTEND_TIMEOUT_USEC=1500000",
        "STOPPING=1\nSTATUS=finishing 2 files", "STOPPING=1",
      ])
  }

  @Test("a status is one assignment, whatever characters a file's name has")
  func statusIsOneAssignment() throws {
    let socket = try ManagerSocket.atPath()
    notifier(socket).status("a\nMAINPID=1\r\nWATCHDOG=trigger\0b\u{85}c\té")
    #expect(socket.received() == ["STATUS=a MAINPID=1  WATCHDOG=trigger b c é"])
  }

  @Test("a long status is cut, so that the manager does not drop READY=1 with it")
  func longStatusIsCut() throws {
    let socket = try ManagerSocket.atPath()
    notifier(socket).ready(status: String(repeating: "é", count: 10_000))
    let message = try #require(socket.received().first)
    #expect(message.hasPrefix("READY=1\nSTATUS=éé"))
    #expect(message.hasSuffix("é"))
    #expect(message.utf8.count < 1_100)
  }

  @Test func monotonicTimeIsThatOfTheSystem() throws {
    let socket = try ManagerSocket.atPath()
    ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name]).reloading()
    let message = try #require(socket.received().first)
    let time = try #require(message.split(separator: "=").last.flatMap { Int64($0) })
    #expect(time > 0)
    #expect(abs(SystemTime.monotonicMicroseconds - time) < 60_000_000)
  }

  @Test("a full socket does not block, and a state is sent once there is space")
  func fullSocketDoesNotBlock() throws {
    let socket = try ManagerSocket.atPath()
    let notifier = notifier(socket)
    for _ in 0..<5_000 { notifier.watchdog() }
    notifier.ready(status: "watching")
    notifier.status("lost")
    let early = socket.received()
    #expect(Set(early) == ["WATCHDOG=1"])
    #expect(early.count < 5_000)
    notifier.watchdog()
    notifier.watchdog()
    #expect(socket.received() == ["READY=1\nSTATUS=watching", "WATCHDOG=1", "WATCHDOG=1"])
  }

  @Test("of the states that could not be sent only the last is sent later")
  func onlyLastStateIsKept() throws {
    let socket = try ManagerSocket.atPath()
    let notifier = notifier(socket)
    for _ in 0..<5_000 { notifier.watchdog() }
    notifier.ready()
    notifier.stopping()
    _ = socket.received()
    notifier.status("last words")
    #expect(socket.received() == ["STOPPING=1", "STATUS=last words"])
  }

  @Test(arguments: [
    nil, "", "/", "@", "notify", "vsock:2:1", "/no/such/socket",
    "/" + String(repeating: "n", count: 108), "@" + String(repeating: "n", count: 108),
  ])
  func nothingHappensWithoutASocket(name: String?) {
    let notifier = ServiceNotifier(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:])
    notifier.ready(status: "watching")
    notifier.watchdog()
    notifier.stopping()
    #expect(notifier.watchdogInterval == nil)
  }

  @Test("a message reaches a socket with the longest possible name")
  func longestName() throws {
    let name = "@emend-\(UUID().uuidString)-"
    let socket = try ManagerSocket(name: name + String(repeating: "n", count: 108 - name.count))
    notifier(socket).ready()
    #expect(socket.received() == ["READY=1"])
  }

  @Test(
    arguments: [
      ("60000000", nil, Duration.seconds(30)),
      ("60000000", "4711", .seconds(30)),
      ("60000000", "1", nil),
      ("60000000", "", nil),
      ("3", nil, .microseconds(1)),
      ("1", nil, nil),
      ("0", nil, nil),
      ("-5", nil, nil),
      ("soon", nil, nil),
      ("18446744073709551615", nil, nil),
      (nil, "4711", nil),
    ] as [(String?, String?, Duration?)])
  func watchdogInterval(limit: String?, owner: String?, interval: Duration?) {
    var environment: [String: String] = [:]
    environment["WATCHDOG_USEC"] = limit
    environment["WATCHDOG_PID"] = owner
    let notifier = ServiceNotifier(environment: environment, process: 4711)
    #expect(notifier.watchdogInterval == interval)
  }

  @Test(arguments: [
    (Duration.zero, "0"), (.seconds(-3), "0"), (.nanoseconds(1_999), "1"),
    (.seconds(90), "90000000"), (.seconds(Int64.max), "31536000000000"),
  ])
  func extensionsOfTheTimeout(duration: Duration, microseconds: String) throws {
    let socket = try ManagerSocket.atPath()
    notifier(socket).extendTimeout(duration)
    #expect(socket.received() == ["EXTEND_TIMEOUT_USEC=\(microseconds)"])
  }

  @Test func noDescriptorStaysOpen() throws {
    let socket = try ManagerSocket.atPath()
    let notifier = notifier(socket)
    // Other tests open files at the same time, but far fewer than a leak would leave.
    let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    for _ in 0..<1_000 { notifier.watchdog() }
    let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    #expect(after < before + 500)
  }
}
