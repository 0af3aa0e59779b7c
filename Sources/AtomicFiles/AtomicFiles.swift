// AtomicFiles owns the wrappers around Linux' system calls on files, and publication: finished
// bytes appear in a folder whole or not at all, whenever the process ends. It also owns the rules
// of file names: which names are datasets, markers or unfinished files, and how a name is numbered
// or cut. It knows nothing of records, nor of what a watched folder does with a file.
