// What a worker process sets up for itself before it touches a file.

#pragma once

#include <stdint.h>

/// Limits this process: no core dump, since one would hold users' texts, and at most so many bytes of
/// memory of its own (RLIMIT_DATA: heap and other private memory that can be written to; files mapped
/// for reading, such as models, do not count). 0 bytes: no limit of memory. Returns 0, or -1 with errno.
int emend_limit_process(uint64_t bytes);

/// Ends this process with `status` in place of a signal if it crashes because it gets no more memory:
/// Swift's allocations trap and C++'s abort when they fail.
void emend_exit_without_memory(int status);

/// Whether this process has come near its limit of memory, or gets no more: 1 or 0. For errors of
/// libraries that say no more than that something failed.
int emend_memory_is_short(void);

/// Runs this process's program anew, with the same arguments and standard streams; nothing of its memory
/// is left. Returns only if that is impossible: -1 with errno.
int emend_run_anew(void);
