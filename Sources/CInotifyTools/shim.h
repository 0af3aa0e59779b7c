// libinotifytools ships no pkg-config file; the module map links it. The event structure is the
// kernel's, and so is the number of the file system, which says whether events can be relied on.
#include <inotifytools/inotifytools.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
