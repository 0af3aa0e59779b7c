// libinotifytools ships no pkg-config file; the module map links it. The event structure is the
// kernel's.
#include <inotifytools/inotifytools.h>
#include <sys/inotify.h>
