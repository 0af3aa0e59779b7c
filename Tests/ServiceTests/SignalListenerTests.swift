import Dispatch
import Foundation
import Service
import Synchronization
import Testing

@Suite("Signal listener", .serialized) struct SignalListenerTests {
  @Test func handlerGetsEverySignalThatIsListenedTo() async {
    let (numbers, continuation) = AsyncStream.makeStream(of: Int32.self)
    let listener = SignalListener(to: [SIGUSR1, SIGUSR2]) { continuation.yield($0) }
    var iterator = numbers.makeAsyncIterator()
    for number in [SIGUSR1, SIGUSR2, SIGUSR1] {
      kill(getpid(), number)
      #expect(await iterator.next() == number)
    }
    withExtendedLifetime(listener) {}
  }

  @Test func ignoredSignalsAreReportedAsIgnored() {
    #expect(!SignalListener.isIgnored(SIGWINCH))
    SignalListener.ignore([SIGWINCH])
    #expect(SignalListener.isIgnored(SIGWINCH))
    signal(SIGWINCH, SIG_DFL)
    #expect(!SignalListener.isIgnored(SIGWINCH))
  }
}
