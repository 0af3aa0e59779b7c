#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int emend_rename_no_replace(const char *from, const char *to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int emend_is_open_for_writing(int descriptor) {
  // The kernel grants a read lease only while no process has the file open for writing. The lease
  // is given back at once. A writer that opens the file in between causes SIGIO, which the program
  // must ignore.
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return 0;
  }
  return errno == EAGAIN ? 1 : -1;
}

void emend_close_inherited(void) { close_range(3, ~0U, 0); }

int emend_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

int emend_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int emend_open_reference(const char *path) { return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

int emend_open_reference_beneath(int folder, const char *path) {
  struct open_how how = {
      .flags = O_PATH | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };
  return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}
