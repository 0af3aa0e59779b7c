/// What a worker is for.
package enum WorkerKind: Sendable {
  /// Any file; `SpoolOptions.jobs` at a time.
  case ordinary
  /// Small files, while others hold all places of the ordinary workers. It may take less memory, and hands
  /// back what needs more.
  case forSmallFiles
}
