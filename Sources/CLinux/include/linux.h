// Five Linux calls that Swift's Glibc module does not show.
#pragma once

/// Renames a file unless the new name is taken (EEXIST); one step, so that a crash never leaves two
/// names. EINVAL where the file system cannot. Returns 0, or -1 with errno.
int emend_rename_no_replace(const char *from, const char *to);

/// Whether somebody on this machine has the file open for writing: 1 yes, 0 no, -1 it cannot be told
/// (errno), for instance because the file belongs to another user.
int emend_is_open_for_writing(int descriptor);

/// Has the kernel kill this process when the thread that made it ends. Returns 0, or -1 with errno.
int emend_die_with_parent(void);

/// Closes all descriptors but the standard ones: some libraries open theirs so that children inherit
/// them.
void emend_close_inherited(void);

/// A pipe that children do not inherit: ends[0] is read from. Returns 0, or -1 with errno.
int emend_pipe(int ends[2]);
