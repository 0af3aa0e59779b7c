// SPDX-License-Identifier: MIT
//
// emend-events: tells what happens in one folder, on standard output.
//
//     emend-events [--] FOLDER
//     emend-events --version
//
// Every record is `KIND NUL` or `KIND SP NAME NUL`. NAME is the bytes of the entry's name within the
// folder, which may hold spaces and newlines. Kinds:
//
//     ready           the watch is in place; what happened before was not seen
//     written NAME    a file that had been open for writing was closed
//     moved-in NAME   something was renamed into the folder, or within it to this name
//     appeared NAME   something was made: a file, a hard link, a folder, a symbolic link
//     removed NAME    something was deleted or renamed away
//     overflow        events were lost; the program ends
//     gone            FOLDER no longer leads to the watched folder; the program ends
//
// Exit status: 0 after `overflow` or `gone`, 64 for a wrong command line, 1 where the folder cannot be
// watched: one line on standard error says why and what to do about it. SIGTERM ends the program, and
// so does the end of its parent or of the reader of its standard output.
//
// It is a program of its own because libinotifytools is under version 2 of the GPL, which binds the
// program that is linked with it. The library also has one descriptor per process and static buffers,
// and it ends the process if that descriptor is 1024 or more. In a process of its own this harms
// nothing else. Two more behaviours of version 3.22.6 matter here: `next_event(0)` waits for ever, so we
// call `next_events(0, 1)`, which does not wait; and a watch cannot be removed reliably, so each process
// makes only one.

#define _GNU_SOURCE
#include <errno.h>
#include <inotifytools/inotifytools.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// The same as emend's; a test compares them.
#define VERSION "0.11.0"

// Everything that may make an entry ready, take it away, or move the folder. Not IN_MODIFY, which
// would come with every write. Not IN_EXCL_UNLINK, which would hide the closing of a file that was
// written without a name and linked afterwards.
#define EVENTS                                                                                     \
  (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF |         \
   IN_MOVE_SELF | IN_ONLYDIR)

// How often the name and the reader are looked at where no event asks for it, in seconds.
#define CHECK_INTERVAL 1

static const char *folder;

_Noreturn static void fail(const char *reason, const char *remedy) {
  fprintf(stderr, "%s: %s; %s\n", folder, reason, remedy);
  exit(1);
}

// Ends because a system call failed.
_Noreturn static void fail_call(const char *operation, int code) {
  const char *remedy = "it is tried again";
  if (code == ENOENT) fail("there is no such folder", "make it");
  if (code == ENOTDIR) fail("this is no folder", "put one in its place");
  if (code == EMFILE && strcmp(operation, "inotify_init") == 0)
    remedy = "raise the limit of watchers (sysctl fs.inotify.max_user_instances) or of open files "
             "(ulimit -n)";
  else if (code == ENOSPC)
    remedy = "raise the limit of watched folders (sysctl fs.inotify.max_user_watches)";
  else if (code == EMFILE || code == ENFILE)
    remedy = "raise the limit of open files (ulimit -n)";
  else if (code == EACCES || code == EPERM)
    remedy = "make the folder readable to this user";
  char reason[256];
  snprintf(reason, sizeof reason, "%s: %s", operation, strerror(code));
  fail(reason, remedy);
}

// On these file systems the kernel does not report changes that other machines make: a watch succeeds,
// and then stays silent. By the kernel's number (statfs(2), linux/magic.h). FUSE is included because we
// cannot tell a remote FUSE file system, such as sshfs, from a local one.
static const struct {
  uint32_t type;
  const char *name;
} silent_file_systems[] = {
    {0x6969, "NFS"},       {0x517B, "SMB"},       {0xFE534D42, "SMB"},
    {0xFF534D42, "CIFS"},  {0x01021997, "9P"},    {0x65735546, "FUSE"},
    {0x00C36400, "Ceph"},  {0x5346414F, "AFS"},   {0x6B414653, "AFS"},
    {0x73757245, "Coda"},  {0x01161970, "GFS2"},  {0x7461636F, "OCFS2"},
    {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"}, {0x786F4256, "a VirtualBox folder"},
    {0xBACBACBC, "a VMware folder"}, {0x9FA0, "proc"},
};

static void refuse_silent_file_system(void) {
  struct statfs status;
  if (statfs(folder, &status) != 0) fail_call("statfs", errno);
  for (size_t index = 0; index < sizeof silent_file_systems / sizeof *silent_file_systems; index++) {
    // The field is signed on some machines; the numbers have 32 bits.
    if ((uint32_t)status.f_type != silent_file_systems[index].type) continue;
    char reason[256];
    snprintf(reason, sizeof reason, "%s does not tell of every change",
             silent_file_systems[index].name);
    fail(reason, "look at the folder now and then (emend watch --poll)");
  }
}

// Whether the path still leads to the watched folder: a watch follows the folder, not its name. If we
// cannot find out, we assume yes and keep the watch.
static bool is_still(const struct stat *watched) {
  struct stat status;
  if (stat(folder, &status) != 0) return errno != ENOENT && errno != ENOTDIR && errno != ELOOP;
  return status.st_dev == watched->st_dev && status.st_ino == watched->st_ino;
}

// Ends where nobody reads any more, although nothing is written.
static void check_reader(void) {
  struct pollfd reader = {.fd = STDOUT_FILENO};
  if (poll(&reader, 1, 0) > 0 && reader.revents & (POLLERR | POLLHUP | POLLNVAL)) exit(0);
}

// A record stays in the buffer of standard output until that is full or there is nothing else to do.
static void tell(const char *kind, const struct inotify_event *event) {
  fputs(kind, stdout);
  if (event) fprintf(stdout, " %s", event->name);
  putchar('\0');
}

static void flush(void) {
  if (fflush(stdout) != 0 || ferror(stdout)) exit(0);
}

// Says why the watch ends, and ends.
_Noreturn static void end(const char *kind) {
  tell(kind, NULL);
  flush();
  exit(0);
}

static time_t seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return time.tv_sec;
}

// Passes one event on; ends with the watch.
static void pass_on(const struct inotify_event *event, const struct stat *watched) {
  // The kernel may have dropped the watch as well and not been able to say so.
  if (event->mask & IN_Q_OVERFLOW) end("overflow");
  if (event->mask & (IN_DELETE_SELF | IN_UNMOUNT | IN_IGNORED)) end("gone");
  if (event->mask & IN_MOVE_SELF && !is_still(watched)) end("gone");
  if (event->len == 0) return;
  if (event->mask & IN_CLOSE_WRITE) tell("written", event);
  if (event->mask & IN_MOVED_TO) tell("moved-in", event);
  if (event->mask & IN_CREATE) tell("appeared", event);
  if (event->mask & (IN_DELETE | IN_MOVED_FROM)) tell("removed", event);
}

// Undoes what was inherited: descriptors, among which there may be some that others wait to see
// closed, and signals that the parent ignores or blocks.
static void start_afresh(void) {
  close_range(3, ~0U, 0);
  if (!freopen("/dev/null", "r", stdin)) fclose(stdin);
  const int signals[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
    signal(signals[index], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // The parent may have ended before the next line. We detect that by its end of the pipe; getppid()
  // would not do, because under a subreaper it does not become 1.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  check_reader();
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "--version") == 0) {
    puts("emend-events " VERSION "\n"
         "Source: MIT licence. This program, as linked with libinotifytools: GPL-2.0-only.");
    return 0;
  }
  if (count == 3 && strcmp(arguments[1], "--") == 0) arguments++, count--;
  if (count != 2 || arguments[1][0] == '\0') {
    fputs("usage: emend-events [--] FOLDER\n", stderr);
    return 64;
  }
  folder = arguments[1];
  start_afresh();

  struct stat watched;
  if (stat(folder, &watched) != 0) fail_call("stat", errno);
  if (!S_ISDIR(watched.st_mode)) fail_call("stat", ENOTDIR);
  refuse_silent_file_system();
  if (inotifytools_initialize() != 1) fail_call("inotify_init", inotifytools_error());
  if (inotifytools_watch_file(folder, EVENTS) != 1)
    fail_call("inotify_add_watch", inotifytools_error());
  // The watch may have gone to another folder than the one that was looked at.
  if (!is_still(&watched)) fail("the folder was replaced just now", "it is tried again");
  tell("ready", NULL);
  flush();

  time_t checked = seconds();
  while (true) {
    struct inotify_event *event = inotifytools_next_events(0, 1);
    if (!event) {
      flush();
      event = inotifytools_next_event(CHECK_INTERVAL);
    }
    if (event)
      pass_on(event, &watched);
    else if (inotifytools_error() != 0 && inotifytools_error() != EINTR)
      fail_call("inotify", inotifytools_error());
    if (seconds() - checked < CHECK_INTERVAL) continue;
    checked = seconds();
    check_reader();
    if (!is_still(&watched)) end("gone");
  }
}
