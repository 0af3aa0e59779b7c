import AtomicFiles

extension SpoolCounters {
  /// The counters in Prometheus' text format, as node_exporter's textfile collector reads it.
  ///
  /// - Parameters:
  ///   - heartbeat: the time of writing, in seconds since 1970. It shows when the daemon last ran.
  ///   - isPaused: whether all work waits until a failure has passed.
  package func prometheusText(heartbeat: Double, isPaused: Bool) -> String {
    var text = ""
    func metric(_ name: String, _ kind: String, _ help: String, _ value: String) {
      text += "# HELP emend_\(name) \(help)\n# TYPE emend_\(name) \(kind)\nemend_\(name) \(value)\n"
    }
    func counter(_ name: String, _ help: String, _ value: Int) {
      metric(name, "counter", help, "\(value)")
    }
    func gauge(_ name: String, _ help: String, _ value: Double) {
      metric(name, "gauge", help, value == value.rounded() ? "\(Int(value))" : "\(value)")
    }
    counter("files_seen_total", "Files taken from the inbox.", seen)
    counter("files_done_total", "Files repaired and published.", done)
    counter("files_failed_total", "Files that went to the failed folder.", failed)
    counter(
      "files_skipped_total", "Files skipped because the same content was done before.", skipped)
    counter(
      "files_quarantined_total", "Files given up because they took more than one file may.",
      quarantined)
    counter("files_abandoned_total", "Files that changed while they were read.", abandoned)
    counter("files_released_total", "Files given back to the inbox.", released)
    counter("files_reclaimed_total", "Files taken over from daemons that died.", reclaimed)
    counter("retries_total", "Tries put off after a failure that may pass.", retried)
    counter("worker_deaths_total", "Workers that died.", workerDeaths)
    counter("overflows_total", "Times that the kernel lost events.", overflows)
    counter("rescans_total", "Times that the whole inbox was looked through.", rescans)
    counter("records_total", "Records in published files.", records)
    counter("records_rejected_total", "Lines that could not be used.", rejected)
    text += "# HELP emend_stage_seconds_total Seconds spent in each stage.\n"
    text += "# TYPE emend_stage_seconds_total counter\n"
    for (stage, value) in seconds.sorted(by: { $0.key < $1.key }) {
      text += "emend_stage_seconds_total{stage=\"\(stage)\"} \(value)\n"
    }
    gauge("queue_files", "Files that wait, in the inbox or to be tried again.", Double(queued))
    gauge("working_files", "Files in work.", Double(working))
    text += "# HELP \(Self.progressMetric) How much of its stage is done, of each file in work.\n"
    text += "# TYPE \(Self.progressMetric) gauge\n"
    for (name, progress) in progress.sorted(by: { $0.key.description < $1.key.description }) {
      text +=
        "\(Self.progressMetric){file=\"\(Self.labelValue(name))\",stage=\"\(progress.stage)\"} "
        + "\(progress.percent)\n"
    }
    gauge("waiting_files", "Files that wait until a failure passes.", Double(waiting))
    gauge(
      "obstructed_files", "Files that wait for a fault or a server, are stuck or took too much.",
      Double(obstructed))
    gauge("ignored_files", "Entries of the inbox that are ignored.", Double(ignored))
    gauge("oldest_file_age_seconds", "Age of the oldest file that is not done.", oldestAge)
    gauge("records_per_second", "Records a second, over the last minute.", recordsPerSecond)
    gauge("ledger_bytes", "Size of the ledger.", Double(ledgerBytes))
    gauge("work_paused", "1 while all work is paused by a failure.", isPaused ? 1 : 0)
    gauge("heartbeat_timestamp_seconds", "When the daemon last wrote the metrics.", heartbeat)
    return text
  }

  static let progressMetric = "emend_stage_progress_percent"

  /// A file's name as the value of a label: one line without quotes or backslashes of its own.
  static func labelValue(_ name: FileName) -> String {
    name.description.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }
}
