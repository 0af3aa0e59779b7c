#define _GNU_SOURCE
#include "worker_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

int emend_limit_process(uint64_t bytes) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return -1;
  if (bytes == 0) return 0;
  struct rlimit memory;
  if (getrlimit(RLIMIT_DATA, &memory) != 0) return -1;
  // A limit that is lower already stays.
  if (memory.rlim_max == RLIM_INFINITY || memory.rlim_max > bytes) memory.rlim_max = bytes;
  memory.rlim_cur = memory.rlim_max;
  return setrlimit(RLIMIT_DATA, &memory);
}

// Calls only what a signal handler may call.
static int gets_no_memory(void) {
  const size_t size = 64 << 20;
  void *probe = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return 1;
  munmap(probe, size);
  return 0;
}

int emend_memory_is_short(void) {
  struct rlimit limit;
  struct rusage usage;
  if (gets_no_memory()) return 1;
  if (getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  // The peak, in KiB: by now a library may have given back what it had.
  return getrusage(RUSAGE_SELF, &usage) == 0 &&
         (uint64_t)usage.ru_maxrss * 1024 > limit.rlim_cur / 5 * 4;
}

static int memory_status;

// Calls only what a signal handler may call.
static void crashed(int number) {
  // The failed call has left ENOMEM, and the signal followed at once. Where another call came in between,
  // a request for some memory tells.
  if (errno == ENOMEM || gets_no_memory()) _exit(memory_status);
  // The handler was for one signal only: the default action follows.
  raise(number);
}

void emend_exit_without_memory(int status) {
  memory_status = status;
  // The thread's own stack may be what is used up.
  static char alternate[64 << 10];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_RESETHAND | SA_ONSTACK | SA_NODEFER};
  const int signals[] = {SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE};
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
    sigaction(signals[index], &action, NULL);
}

int emend_run_anew(void) {
  static char line[1 << 16];
  char *arguments[256];
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t size = read(file, line, sizeof line - 1);
  close(file);
  if (size <= 0) return -1;
  line[size] = 0;
  size_t count = 0;
  for (char *word = line; word < line + size && count < 255; word += strlen(word) + 1)
    arguments[count++] = word;
  arguments[count] = NULL;
  return execv("/proc/self/exe", arguments);
}
