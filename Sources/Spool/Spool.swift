// Spool owns the watched folder: it learns of new files, waits until they are whole, claims them,
// hands them to worker processes, tries again what may pass, puts the inputs away, and remembers
// the outcomes in a ledger. It knows the names, times and bytes of files, and what workers report
// about them. It knows nothing of records, of rules or of models, nor of how a worker repairs a
// file.
