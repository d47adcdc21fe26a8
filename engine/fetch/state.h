/* fetch/state.h - how the fetch of one row of a list ended: exactly one of these, for every row.
 *
 * Transient ones may end otherwise another time: they are tried again with back-off, and once more
 * by `data fetch --again transient`.
 */
#ifndef VT_FETCH_STATE_H
#define VT_FETCH_STATE_H
#include "base/base.h"

typedef enum {
    VT_STATE_OK,           /* a JPEG, whole, and of the declared SHA-256 where one is declared */
    VT_STATE_BAD_URL,      /* empty, malformed, or of a scheme that is not allowed */
    VT_STATE_ADDRESS,      /* the host is at a private, loopback or otherwise local address */
    VT_STATE_ROBOTS,       /* X-Robots-Tag forbids it */
    VT_STATE_REDIRECTS,    /* too many, or to a scheme that is not allowed; from https to http */
    VT_STATE_HTTP_4XX,     /* the server refuses: detail has the status */
    VT_STATE_TOO_LARGE,    /* declared or sent more than --bytes-max */
    VT_STATE_NOT_JPEG,     /* other bytes; detail says what they look like */
    VT_STATE_TRUNCATED,    /* a JPEG without an end */
    VT_STATE_HASH,         /* not of the declared SHA-256; detail has that of what came */
    VT_STATE_TLS,          /* no certificate that is trusted, or no terms: detail says why */
    VT_STATE_FILE,         /* file: cannot be read */
    VT_STATE_DNS,          /* transient: no address for the host */
    VT_STATE_CONNECT,      /* transient: refused, unreachable */
    VT_STATE_TIMEOUT,      /* transient: not done within --timeout */
    VT_STATE_STALLED,      /* transient: too slow for --stall seconds */
    VT_STATE_CUT_SHORT,    /* transient: the connection ended before all had come */
    VT_STATE_PROTOCOL,     /* transient: no HTTP that can be read */
    VT_STATE_HTTP_5XX,     /* transient: the server is in trouble (and 408, 425) */
    VT_STATE_RATE_LIMITED, /* transient: 429, or Retry-After longer than this program waits */
    VT_STATE_COUNT
} vt_state;

const char *vt_state_name(vt_state state); /* ok, bad_url, ...: as states files have it */
const char *vt_state_text(vt_state state); /* for people, a few plain words */
int vt_state_transient(vt_state state);
/* 1, and *state, where name (length bytes) is that of a state. */
int vt_state_named(vt_state *state, const char *name, isize length);
#endif
