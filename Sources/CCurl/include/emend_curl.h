// One HTTP exchange, by libcurl. The library is opened at run time, so that what asks no server works
// without it and does not pay for loading the thirty libraries behind it.
#pragma once

#include <stddef.h>

/// Opens the library; free to call again, from any thread. Returns 0, or -1 with the reason in `reason`.
int emend_curl_open(char *reason, size_t size);

/// The parts of an http or https address, as the library itself reads them, so that what is checked is
/// what is asked.
typedef struct {
  char scheme[8];
  /// Without the brackets of an IPv6 address.
  char host[256];
  char port[8];
  char path[1024];
  /// Whether there is a user, a password, a query or a fragment.
  int has_more;
} emend_url;

/// Returns 0, or -1 where it is no such address.
int emend_url_parse(const char *text, emend_url *url);

/// What a host is called on the network.
typedef struct {
  /// As numbers, separated by commas, in the order of the system's preference; IPv6 in brackets.
  char addresses[1024];
  /// Whether all of them are this machine's own.
  int is_loopback;
} emend_resolution;

/// Asks the system; a host written as numbers is only read. Returns 0, or -1 with `reason`.
int emend_resolve(const char *host, emend_resolution *resolution, char *reason, size_t size);

typedef struct {
  const char *url;
  /// `Name: value` each.
  const char *const *headers;
  size_t header_count;
  /// NULL asks with GET.
  const void *body;
  size_t body_count;
  /// `host:port:addresses`, which takes the place of resolving; NULL to resolve.
  const char *pin;
  /// Opens no connection but to this machine, whatever the address or its resolution says.
  int loopback_only;
  long connect_timeout_ms;
  long timeout_ms;
  /// An answer that is longer is broken off.
  size_t body_limit;
  size_t header_limit;
} emend_http_request;

typedef enum {
  EMEND_HTTP_ANSWERED,
  EMEND_HTTP_UNREACHABLE,
  EMEND_HTTP_TIMED_OUT,
  EMEND_HTTP_TOO_LARGE,
  /// The connection ended early or what came is not HTTP.
  EMEND_HTTP_BROKEN,
} emend_http_outcome;

typedef struct {
  emend_http_outcome outcome;
  /// Why it was not answered.
  char reason[512];
  int status;
  /// Seconds that the server asks to be left alone; 0 where it says nothing.
  long retry_after_seconds;
  char content_type[128];
  /// Where it redirects to; nobody went there.
  char location[512];
  char *body;
  size_t body_count;
} emend_http_answer;

/// Asks once and waits for the answer, on this thread. Follows no redirect, uses no proxy and neither
/// signals nor the environment. The library must be open.
void emend_http_ask(const emend_http_request *request, emend_http_answer *answer);

/// Frees the body.
void emend_http_answer_free(emend_http_answer *answer);
