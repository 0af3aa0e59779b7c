// CLinux owns seven Linux calls that Swift's Glibc module does not offer. It knows nothing of
// emend's files or processes.

#pragma once

/// Renames a file, unless the new name exists (EEXIST). It is one step, so a crash never leaves two
/// names. EINVAL if the file system cannot do it. Returns 0, or -1 with errno.
int emend_rename_no_replace(const char *from, const char *to);

/// Whether a process on this machine has the file open for writing: 1 yes, 0 no, -1 if the kernel
/// does not tell (errno), for instance because the file belongs to another user.
int emend_is_open_for_writing(int descriptor);

/// Makes the kernel kill this process when the thread that started it ends. Returns 0, or -1 with
/// errno.
int emend_die_with_parent(void);

/// Closes all descriptors but the three standard ones. Some libraries open descriptors that child
/// processes inherit.
void emend_close_inherited(void);

/// A pipe that children do not inherit: ends[0] is read from. Returns 0, or -1 with errno.
int emend_pipe(int ends[2]);

/// A descriptor that stands for what lies at a path, without opening it (O_PATH): nothing is read,
/// and neither a FIFO's writer nor a device notices. A symbolic link is not followed. Returns -1
/// with errno.
int emend_open_reference(const char *path);

/// The same for a path relative to an open folder, with symbolic links followed as long as they stay
/// beneath that folder and lead through no magic link of /proc. EXDEV if the path leaves the folder,
/// ENOSYS if the kernel is older than 5.6.
int emend_open_reference_beneath(int folder, const char *path);
