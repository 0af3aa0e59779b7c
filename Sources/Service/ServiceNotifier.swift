// Service owns how a running emend is seen by the system around it: the service manager's
// notification protocol and log lines. It knows nothing of files or records.

/// Tells a service manager how the process is, by the protocol of `sd_notify(3)`.
package struct ServiceNotifier: Sendable {}
