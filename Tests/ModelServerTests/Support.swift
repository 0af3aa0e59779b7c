import Foundation
import ModelServer
import Synchronization
import TestSupport
import UnrulyServer
import ModelInterfaces

/// A clock that records waits and lets them pass at once.
final class RecordingClock: Sendable {
  private let state = Mutex<(now: Duration, waits: [Duration])>((.zero, []))

  var waits: [Duration] { state.withLock(\.waits) }

  var clock: ServerClock {
    ServerClock(
      now: { self.state.withLock(\.now) },
      wait: { duration in
        self.state.withLock {
          $0.now += duration
          $0.waits.append(duration)
        }
      })
  }
}

let question = Conversation(system: "Be brief.", user: "Is it?", maximumTokens: 8)

/// A proxy that the environment of this process names from before the first request to the end, because
/// a test cannot change the environment safely while other tests read it.
enum EnvironmentProxy {
  static let shared: UnrulyServer? = {
    guard let proxy = try? UnrulyServer(.reply("from the proxy")) else { return nil }
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
      setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
    }
    return proxy
  }()
}

/// A generator for a server's address; its waits pass at once.
func generator(
  _ base: String, clock: RecordingClock = RecordingClock(), environment: [String: String] = [:],
  _ change: (inout ServerSettings) -> Void = { _ in }
) throws -> ServerTextGenerator {
  _ = EnvironmentProxy.shared
  var settings = ServerSettings(base: base, model: "small")
  settings.connectTimeout = Tier.waitLimit
  settings.requestTimeout = Tier.waitLimit
  change(&settings)
  return try ServerTextGenerator(settings, environment: environment, clock: clock.clock)
}

/// The error of asking a generator; nil if it replies.
func failure(of generator: ServerTextGenerator) -> GenerationError? {
  do throws(GenerationError) {
    _ = try generator.reply(to: question)
    return nil
  } catch { return error }
}
