// CCurl owns single HTTP exchanges with libcurl. It opens the library at run time, so that commands that
// ask no server work without it and do not have to load the thirty libraries that it needs. It knows nothing
// of models or of what is asked.
#pragma once

#include <stddef.h>

/// Opens the library. May be called again, and from any thread. Returns 0, or -1 with the reason in `reason`.
int emend_curl_open(char *reason, size_t size);

/// The parts of an http or https address. The library itself parses it, so the address that is checked is
/// the one that is asked.
typedef struct {
  char scheme[8];
  /// Without the brackets of an IPv6 address.
  char host[256];
  char port[8];
  char path[1024];
  /// Whether the address has a user, a password, a query, a fragment or a zone.
  int has_more;
} emend_url;

/// Parses an address. Returns 0, or -1 where `text` is not one or a part is too long.
int emend_url_parse(const char *text, emend_url *url);

/// The network addresses of a host.
typedef struct {
  /// In numbers, separated by commas, in the order of the system's preference; IPv6 in brackets. Addresses
  /// for which there is no room are left out.
  char addresses[1024];
  /// Whether all addresses, also those left out, are loopback addresses of this machine.
  int is_loopback;
} emend_resolution;

/// Asks the system for the addresses of a host; a host that is written in numbers is only parsed. Returns
/// 0, or -1 with the reason in `reason`.
int emend_resolve(const char *host, emend_resolution *resolution, char *reason, size_t size);

typedef struct {
  const char *url;
  /// Each is `Name: value`.
  const char *const *headers;
  size_t header_count;
  /// The body of a POST request; NULL for a GET request.
  const void *body;
  size_t body_count;
  /// `host:port:addresses`, which is used instead of asking the system; NULL to ask it.
  const char *pin;
  /// Whether only connections to this machine may be opened, whatever addresses the host has.
  int loopback_only;
  long connect_timeout_ms;
  long timeout_ms;
  /// The most bytes of the answer's body. The exchange stops where a limit is passed.
  size_t body_limit;
  /// The most bytes of the answer's headers.
  size_t header_limit;
} emend_http_request;

typedef enum {
  EMEND_HTTP_ANSWERED,
  EMEND_HTTP_UNREACHABLE,
  EMEND_HTTP_TIMED_OUT,
  EMEND_HTTP_TOO_LARGE,
  /// The connection ended early, or the answer is not HTTP.
  EMEND_HTTP_BROKEN,
} emend_http_outcome;

typedef struct {
  emend_http_outcome outcome;
  /// Why there is no answer.
  char reason[512];
  int status;
  /// The seconds after which the server asks to be tried again; 0 where it says nothing.
  long retry_after_seconds;
  char content_type[128];
  /// The address to which the server redirects; it is not followed.
  char location[512];
  char *body;
  size_t body_count;
} emend_http_answer;

/// Asks once and waits for the answer on this thread. It follows no redirect and uses no proxy, no signals
/// and no environment variables. The library must be open.
void emend_http_ask(const emend_http_request *request, emend_http_answer *answer);

/// Frees the body of an answer.
void emend_http_answer_free(emend_http_answer *answer);
