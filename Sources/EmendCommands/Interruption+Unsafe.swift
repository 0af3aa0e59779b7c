import Foundation

extension Interruption {
  /// Whether a signal has not been turned off by who started us, as nohup does.
  static func isHeeded(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      != unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
