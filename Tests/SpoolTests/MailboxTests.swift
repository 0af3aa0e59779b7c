import Foundation
import Spool
import TestSupport
import Testing

/// What ends the daemon's one wait.
@Suite("Mailbox") struct MailboxTests {
  private let never = ContinuousClock.now + Tier.waitLimit

  @Test("a message from another thread ends the wait, and none is lost")
  func messages() throws {
    let mailbox = try Mailbox<Int>(capacity: 8)
    Thread { for number in 0..<1000 { mailbox.put(number) } }.start()
    var taken: [Int] = []
    while taken.count < 1000, .now < never {
      let some = mailbox.take(until: never)
      #expect(some.count <= 8)
      taken += some
    }
    #expect(taken == Array(0..<1000))
  }

  @Test("what can be read from the other descriptor ends the wait, and so does the deadline")
  func otherInput() throws {
    let mailbox = try Mailbox<Int>()
    #expect(mailbox.take(until: .now - .seconds(1)) == [])
    #expect(mailbox.take(until: .now + .milliseconds(5)) == [])
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    // Its writer goes, as a program does that ends.
    close(ends[1])
    #expect(mailbox.take(until: never, orInputAt: ends[0]) == [])
    #expect(.now < never)
  }

  @Test("once it is closed nobody waits to leave a message")
  func closed() throws {
    let mailbox = try Mailbox<Int>(capacity: 1)
    mailbox.put(1)
    mailbox.close()
    for number in 2...5 { mailbox.put(number) }
    #expect(mailbox.take(until: .now) == [1])
  }
}
