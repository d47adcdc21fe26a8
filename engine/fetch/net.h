/* fetch/net.h - many downloads at once, through the only file that calls libcurl.
 *
 * http and https, with certificates and host names verified, and no way round that; each
 * connection's address is looked at before it is made (address.h), redirects included. The
 * environment's proxies are not used: they would make connections that nobody looks at. file URLs
 * are read where that is allowed.
 *
 *     vt_net_start(net, url, &sink, job, err);
 *     vt_net_wait(net, seconds, err);
 *     while (vt_net_take(net, &result)) ...result.context is job...
 */
#ifndef VT_FETCH_NET_H
#define VT_FETCH_NET_H
#include "data/buffer.h"
#include "fetch/address.h"
#include "fetch/state.h"

enum { VT_NET_NETWORKS_MAX = 16 };

/* Text is borrowed while the net is open. */
typedef struct {
    int parallel;      /* downloads at once, at most */
    double timeout_s;  /* of one download; 0: none */
    double connect_s;  /* of its connection */
    int stall_s;       /* with less than stall_rate for that long it is given up */
    int stall_rate;    /* bytes/s */
    int64_t bytes_max; /* of a body that is kept; 0: none */
    int redirects_max;
    const char *ca_file; /* PEM: the authorities that are trusted; NULL: the system's */
    const char *user_agent;
    const char *agent;  /* by which robots directives know this program: lower case */
    const char *robots; /* directives that are heeded (robots.h) */
    int allow_file, allow_private;
    vt_network networks[VT_NET_NETWORKS_MAX]; /* that are allowed besides public addresses */
    int networks_used;
} vt_net_options;

/* Where bytes go that are not to be kept in memory: from is the first byte asked for (a server that
 * sends others than those ends as PROTOCOL), put is called with what comes, and gives 0 to stop. */
typedef struct {
    int64_t from;
    int (*put)(void *context, const void *data, isize bytes);
} vt_net_sink;

/* How a download ended. Borrowed until the next call of take or start. */
typedef struct {
    void *context;
    vt_state state;            /* OK: whole; the body itself is not looked at */
    int http;                  /* the last status; 0: none */
    double after_s;            /* how long the server asks to wait; 0: it does not */
    const char *detail;        /* "" where the state says it all; the same for the same cause */
    const unsigned char *body; /* of an OK one without a sink; NULL when empty */
    isize bytes;
} vt_net_result;

typedef struct vt_net vt_net;
VT_CHECKED vt_status vt_net_open(vt_net **out, const vt_net_options *options, vt_error *err);
/* At most options.parallel are under way (asserted). sink may be NULL. A URL that is no good comes
 * back as a result. VT_ERR_MEMORY. */
VT_CHECKED vt_status vt_net_start(vt_net *net, const char *url, const vt_net_sink *sink,
                                  void *context, vt_error *err);
/* Lets downloads go on, for up to that many seconds or until one is done. A signal ends it. An
 * error, too, where there is nothing to verify certificates with. */
VT_CHECKED vt_status vt_net_wait(vt_net *net, double seconds, vt_error *err);
int vt_net_take(vt_net *net, vt_net_result *result); /* 0: none is done */
int vt_net_busy(const vt_net *net);                  /* under way, or done and not taken */
int64_t vt_net_received(const vt_net *net);          /* bytes of bodies so far */
void vt_net_close(vt_net **net); /* gives up what is under way; sets NULL; NULL is fine */
#endif
