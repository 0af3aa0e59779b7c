// Finds the functions of libcurl by name at run time. The library's own header gives their types, so a
// wrong signature does not compile.
#define _GNU_SOURCE
// The header's type checks are macros around direct calls, but here every call goes through a pointer.
#define CURL_DISABLE_TYPECHECK
#include "emend_curl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// The header defines macros with these names, which would also replace the names of our pointers.
#undef curl_easy_setopt
#undef curl_easy_getinfo

// clang-format off
#define EACH_FUNCTION(X)  \
  X(curl_global_init)     \
  X(curl_easy_init)       \
  X(curl_easy_setopt)     \
  X(curl_easy_getinfo)    \
  X(curl_easy_perform)    \
  X(curl_easy_strerror)   \
  X(curl_easy_cleanup)    \
  X(curl_slist_append)    \
  X(curl_slist_free_all)  \
  X(curl_url)             \
  X(curl_url_set)         \
  X(curl_url_get)         \
  X(curl_url_cleanup)     \
  X(curl_free)
// clang-format on

#define DECLARE(name) __typeof__(&name) name;
static struct {
  void *handle;
  EACH_FUNCTION(DECLARE)
} lib;

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static int open_locked(char *reason, size_t size) {
  if (lib.handle != NULL) return 0;
  // Debian builds the library with OpenSSL and with GnuTLS. git needs the second one, so it is nearly
  // always installed.
  void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    snprintf(reason, size, "%s", dlerror());
    return -1;
  }
#define BIND(name)                                                  \
  *(void **)&lib.name = dlsym(handle, #name);                       \
  if (lib.name == NULL) {                                           \
    snprintf(reason, size, "the library has no function %s", #name); \
    dlclose(handle);                                                \
    return -1;                                                      \
  }
  EACH_FUNCTION(BIND)
  if (lib.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    snprintf(reason, size, "the library does not start");
    dlclose(handle);
    return -1;
  }
  lib.handle = handle;
  return 0;
}

int emend_curl_open(char *reason, size_t size) {
  pthread_mutex_lock(&opening);
  int result = open_locked(reason, size);
  pthread_mutex_unlock(&opening);
  return result;
}

// Copies one part of an address; a missing part becomes an empty text. Returns -1 where it does not fit.
static int copy_part(CURLU *parsed, CURLUPart part, unsigned flags, char *place, size_t size) {
  char *text = NULL;
  place[0] = 0;
  if (lib.curl_url_get(parsed, part, &text, flags) != CURLUE_OK) return 0;
  int length = snprintf(place, size, "%s", text);
  lib.curl_free(text);
  return length >= 0 && (size_t)length < size ? 0 : -1;
}

static int has_part(CURLU *parsed, CURLUPart part) {
  char *text = NULL;
  if (lib.curl_url_get(parsed, part, &text, 0) != CURLUE_OK) return 0;
  lib.curl_free(text);
  return 1;
}

int emend_url_parse(const char *text, emend_url *url) {
  CURLU *parsed = lib.curl_url();
  if (parsed == NULL) return -1;
  int result = -1;
  if (lib.curl_url_set(parsed, CURLUPART_URL, text, 0) == CURLUE_OK &&
      copy_part(parsed, CURLUPART_SCHEME, 0, url->scheme, sizeof url->scheme) == 0 &&
      copy_part(parsed, CURLUPART_HOST, 0, url->host, sizeof url->host) == 0 &&
      copy_part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT, url->port, sizeof url->port) == 0 &&
      copy_part(parsed, CURLUPART_PATH, 0, url->path, sizeof url->path) == 0 &&
      url->host[0] != 0) {
    url->has_more = has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD) ||
                    has_part(parsed, CURLUPART_QUERY) || has_part(parsed, CURLUPART_FRAGMENT) ||
                    has_part(parsed, CURLUPART_ZONEID);
    size_t length = strlen(url->host);
    if (url->host[0] == '[' && url->host[length - 1] == ']') {
      url->host[length - 1] = 0;
      memmove(url->host, url->host + 1, length - 1);
    }
    result = 0;
  }
  lib.curl_url_cleanup(parsed);
  return result;
}

static int is_loopback_v4(const unsigned char *bytes) { return bytes[0] == 127; }

static int is_loopback(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    return is_loopback_v4((const unsigned char *)&v4->sin_addr);
  }
  if (address->sa_family == AF_INET6) {
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && is_loopback_v4(v6->s6_addr + 12));
  }
  return 0;
}

int emend_resolve(const char *host, emend_resolution *resolution, char *reason, size_t size) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  int code = getaddrinfo(host, NULL, &hints, &found);
  if (code != 0) {
    snprintf(reason, size, "%s", gai_strerror(code));
    return -1;
  }
  resolution->is_loopback = 1;
  size_t used = 0;
  resolution->addresses[0] = 0;
  for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
    // Every address is checked, even one for which there is no more room: a single address of another
    // machine is enough.
    if (!is_loopback(each->ai_addr)) resolution->is_loopback = 0;
    char numbers[64];
    if (getnameinfo(each->ai_addr, each->ai_addrlen, numbers, sizeof numbers, NULL, 0,
                    NI_NUMERICHOST) != 0)
      continue;
    char entry[72];
    snprintf(entry, sizeof entry, each->ai_family == AF_INET6 ? "[%s]" : "%s", numbers);
    size_t room = sizeof resolution->addresses - used;
    int length = snprintf(resolution->addresses + used, room, "%s%s", used > 0 ? "," : "", entry);
    if (length < 0 || (size_t)length >= room) {
      resolution->addresses[used] = 0;
      break;
    }
    used += (size_t)length;
  }
  freeaddrinfo(found);
  return 0;
}

// The state that the callbacks of one exchange share.
typedef struct {
  const emend_http_request *request;
  emend_http_answer *answer;
  size_t header_count;
  size_t room;
  int is_too_large;
  int is_refused;
} exchange;

// The first size of the body's buffer. Nearly all answers fit; for larger ones the size is doubled.
enum { FIRST_ROOM = 16 * 1024 };

static size_t take_body(char *bytes, size_t one, size_t count, void *context) {
  exchange *this = context;
  emend_http_answer *answer = this->answer;
  (void)one;
  if (count > this->request->body_limit - answer->body_count) {
    this->is_too_large = 1;
    return 0;
  }
  if (answer->body_count + count > this->room) {
    size_t room = this->room > 0 ? this->room : FIRST_ROOM;
    while (room < answer->body_count + count) room *= 2;
    char *body = realloc(answer->body, room);
    if (body == NULL) return 0;
    answer->body = body;
    this->room = room;
  }
  memcpy(answer->body + answer->body_count, bytes, count);
  answer->body_count += count;
  return count;
}

static size_t take_header(char *bytes, size_t one, size_t count, void *context) {
  exchange *this = context;
  (void)bytes;
  (void)one;
  this->header_count += count;
  if (this->header_count <= this->request->header_limit) return count;
  this->is_too_large = 1;
  return 0;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  exchange *this = context;
  (void)purpose;
  if (this->request->loopback_only && !is_loopback(&address->addr)) {
    this->is_refused = 1;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static emend_http_outcome outcome_of(CURLcode code, CURL *handle, const exchange *this) {
  curl_off_t connected = 0;
  if (this->is_too_large) return EMEND_HTTP_TOO_LARGE;
  switch (code) {
    case CURLE_OK:
      return EMEND_HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return EMEND_HTTP_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
      lib.curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &connected);
      return connected > 0 ? EMEND_HTTP_TIMED_OUT : EMEND_HTTP_UNREACHABLE;
    default:
      return EMEND_HTTP_BROKEN;
  }
}

// Performs the exchange with SIGPIPE blocked. Where a server closes a secure connection that is being
// written to, the system raises SIGPIPE, which ends a program that does not handle it. CURLOPT_NOSIGNAL
// tells the library to leave signals to its user.
static CURLcode perform_quietly(CURL *handle) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  int was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  CURLcode code = lib.curl_easy_perform(handle);
  struct timespec none = {0, 0};
  if (!was_pending) sigtimedwait(&pipe, NULL, &none);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code;
}

static void say(char *place, size_t size, const char *text) {
  snprintf(place, size, "%s", text != NULL ? text : "");
}

static void describe(CURL *handle, emend_http_answer *answer) {
  long status = 0;
  curl_off_t retry_after = 0;
  char *content_type = NULL;
  char *location = NULL;
  lib.curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  lib.curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  lib.curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &content_type);
  lib.curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &location);
  answer->status = (int)status;
  answer->retry_after_seconds = (long)retry_after;
  say(answer->content_type, sizeof answer->content_type, content_type);
  say(answer->location, sizeof answer->location, location);
}

void emend_http_ask(const emend_http_request *request, emend_http_answer *answer) {
  memset(answer, 0, sizeof *answer);
  answer->outcome = EMEND_HTTP_BROKEN;
  exchange this = {.request = request, .answer = answer};
  char detail[CURL_ERROR_SIZE] = "";
  struct curl_slist *headers = NULL;
  struct curl_slist *pins = NULL;
  CURL *handle = lib.curl_easy_init();
  int is_set = handle != NULL;

#define APPEND(list, text)                                       \
  do {                                                           \
    struct curl_slist *longer = lib.curl_slist_append(list, text); \
    if (longer == NULL)                                          \
      is_set = 0;                                                \
    else                                                         \
      list = longer;                                             \
  } while (0)
#define SET(option, value) \
  is_set = is_set && lib.curl_easy_setopt(handle, option, value) == CURLE_OK

  for (size_t i = 0; i < request->header_count; i++) APPEND(headers, request->headers[i]);
  if (request->pin != NULL) APPEND(pins, request->pin);
  SET(CURLOPT_URL, request->url);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(CURLOPT_HTTPHEADER, headers);
  SET(CURLOPT_RESOLVE, pins);
  // Signals belong to the whole process, and the resolver's time-out would otherwise use one.
  SET(CURLOPT_NOSIGNAL, 1L);
  // An empty text means no proxy, whatever the environment says.
  SET(CURLOPT_PROXY, "");
  SET(CURLOPT_NOPROXY, "*");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
  SET(CURLOPT_TIMEOUT_MS, request->timeout_ms);
  SET(CURLOPT_ERRORBUFFER, detail);
  SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  SET(CURLOPT_OPENSOCKETDATA, &this);
  SET(CURLOPT_HEADERFUNCTION, take_header);
  SET(CURLOPT_HEADERDATA, &this);
  SET(CURLOPT_WRITEFUNCTION, take_body);
  SET(CURLOPT_WRITEDATA, &this);
  if (request->body != NULL) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDS, request->body);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_count);
  }

  if (is_set) {
    CURLcode code = perform_quietly(handle);
    answer->outcome = outcome_of(code, handle, &this);
    describe(handle, answer);
    if (this.is_refused)
      say(answer->reason, sizeof answer->reason, "the address is not this machine's own");
    else if (code != CURLE_OK)
      say(answer->reason, sizeof answer->reason,
          detail[0] != 0 ? detail : lib.curl_easy_strerror(code));
  } else {
    say(answer->reason, sizeof answer->reason, "libcurl does not take the request's settings");
  }
  if (handle != NULL) lib.curl_easy_cleanup(handle);
  lib.curl_slist_free_all(headers);
  lib.curl_slist_free_all(pins);
}

void emend_http_answer_free(emend_http_answer *answer) {
  free(answer->body);
  answer->body = NULL;
}
