// AtomicFiles owns the system calls on files, one wrapper each, and publication: finished bytes appear in a
// folder whole or not at all, whenever the process ends. It knows nothing of records, and nothing of the
// watched folder.
