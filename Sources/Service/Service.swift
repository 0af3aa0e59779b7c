// Service owns what the system around a running emend sees of it: log lines, and the messages to
// the service manager. It knows nothing of records, nor of the files that emend works on.
