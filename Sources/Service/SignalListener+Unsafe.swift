import Foundation

extension SignalListener {
  /// Whether the process ignores a signal since its start, because the program that started it
  /// wants so, as nohup does.
  package static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
