#include "fetch/net.h"
#include "base/heap.h"
#include "fetch/ending.h"
#include "fetch/local.h"
#include "fetch/robots.h"
#include "fetch/url.h"
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { BODY_KEPT = 1 << 20 }; /* a larger buffer is given back after its download */

typedef struct transfer {
    vt_net *net;
    CURL *easy;
    struct transfer *next; /* in the list of idle ones, or of those that are done */
    void *context;
    vt_net_sink sink; /* put NULL: the body is kept */
    vt_buffer body;
    isize bytes;
    vt_state state; /* what this side decided while it ran; OK: nothing */
    int http;       /* of the last response */
    double after_s; /* Retry-After */
    char detail[VT_ENDING_DETAIL];
    char robots[64];            /* the directive of the current response; "" none */
    char said[CURL_ERROR_SIZE]; /* by libcurl */
} transfer;

struct vt_net {
    vt_net_options options;
    CURLM *multi;
    transfer *all; /* [parallel] */
    transfer *idle, *done, *taken;
    int busy;
    int64_t received;
};

/* ---- what libcurl asks while it works ---- */

static int allowed(const vt_net_options *o, const struct sockaddr *address)
{
    if (o->allow_private || !vt_address_refusal(address)) return 1;
    for (int i = 0; i < o->networks_used; i++)
        if (vt_network_holds(&o->networks[i], address)) return 1;
    return 0;
}

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    transfer *t = context;
    (void)purpose;
    if (allowed(&t->net->options, &to->addr))
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    char text[64];
    vt_address_text(&to->addr, text);
    t->state = VT_STATE_ADDRESS;
    (void)snprintf(t->detail, sizeof t->detail, "%s is %s", text, vt_address_refusal(&to->addr));
    errno = EACCES;
    return CURL_SOCKET_BAD;
}

/* What follows the name of a header, where the line has that; or NULL. */
static const char *header_value(const char *line, size_t bytes, const char *name)
{
    size_t length = strlen(name);
    return bytes > length && strncasecmp(line, name, length) == 0 ? line + length : NULL;
}

/* From https nothing leads to http, on whichever hop: a certificate would have been verified for
 * nothing. */
static int to_plain(const transfer *t, const char *line, size_t bytes)
{
    char *from = NULL;
    const char *place = header_value(line, bytes, "location:"), *end = line + bytes;
    while (place && place < end && isspace((unsigned char)*place)) place++;
    return place && header_value(place, (size_t)(end - place), "http:") &&
           curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &from) == CURLE_OK && from &&
           strncasecmp(from, "https:", 6) == 0;
}

static size_t stop(transfer *t, vt_state state)
{
    t->state = state;
    return CURL_WRITEFUNC_ERROR;
}

static size_t on_header(char *line, size_t one, size_t bytes, void *context)
{
    transfer *t = context;
    const vt_net_options *o = &t->net->options;
    (void)one;
    if (header_value(line, bytes, "http/")) t->robots[0] = '\0';
    if (to_plain(t, line, bytes)) {
        (void)snprintf(t->detail, sizeof t->detail, "from https to http");
        return stop(t, VT_STATE_REDIRECTS);
    }
    const char *robots = header_value(line, bytes, "x-robots-tag:");
    if (!robots) return bytes;
    isize length = 0;
    const char *found =
        vt_robots_refusal(robots, (isize)(line + bytes - robots), o->agent, o->robots, &length);
    if (found) (void)snprintf(t->robots, sizeof t->robots, "%.*s", (int)length, found);
    return bytes;
}

static long status_of(const transfer *t)
{
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Bodies of refusals and of redirects are passed over. */
static size_t on_body(char *data, size_t one, size_t bytes, void *context)
{
    transfer *t = context;
    vt_error err;
    (void)one;
    long status = status_of(t);
    if (status < 200 || status >= 300) return bytes;
    if (t->robots[0]) return stop(t, VT_STATE_ROBOTS);
    t->net->received += (int64_t)bytes;
    if (t->sink.put)
        return t->sink.put(t->context, data, (isize)bytes) ? bytes : CURL_WRITEFUNC_ERROR;
    if (t->net->options.bytes_max > 0 &&
        (int64_t)t->bytes + (int64_t)bytes > t->net->options.bytes_max)
        return stop(t, VT_STATE_TOO_LARGE);
    if (vt_buffer_reserve(&t->body, t->bytes + (isize)bytes, &err) != VT_OK)
        return stop(t, VT_STATE_TOO_LARGE);
    if (bytes > 0) memcpy((char *)t->body.data + t->bytes, data, bytes);
    t->bytes += (isize)bytes;
    return bytes;
}

/* ---- opening ---- */

static int set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    static const long web = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, web) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, web) == CURLE_OK;
#endif
}

/* Verification is said, not left to defaults, and nothing turns it off. A file of authorities
 * stands in for all of the system's. */
static int set_trust(CURL *easy, const vt_net_options *o)
{
    int good = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    if (!good || !o->ca_file) return good;
    return curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca_file) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
}

static int set_limits(CURL *easy, const vt_net_options *o)
{
    return curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, lround(1000 * o->timeout_s)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, lround(1000 * o->connect_s)) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)o->stall_rate) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)o->stall_s) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->bytes_max) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)o->redirects_max) == CURLE_OK;
}

static int set_up(transfer *t)
{
    const vt_net_options *o = &t->net->options;
    t->easy = curl_easy_init();
    return t->easy && set_protocols(t->easy) && set_limits(t->easy, o) && set_trust(t->easy, o) &&
           curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->said) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_PRIVATE, (char *)t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_USERAGENT, o->user_agent) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

vt_status vt_net_open(vt_net **out, const vt_net_options *options, vt_error *err)
{
    void *block = NULL;
    *out = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_net), err);
    if (status != VT_OK) return status;
    vt_net *net = block;
    net->options = *options;
    status = vt_heap_alloc(&block, options->parallel * (isize)sizeof(transfer), err);
    if (status != VT_OK) goto done;
    net->all = block;
    int good = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    net->multi = good ? curl_multi_init() : NULL;
    good = net->multi &&
           curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)options->parallel) == CURLM_OK;
    for (int i = options->parallel - 1; i >= 0 && good; i--) {
        transfer *t = &net->all[i];
        t->net = net;
        good = set_up(t);
        t->next = net->idle;
        net->idle = t;
    }
    if (!good) {
        status = vt_fail(err, VT_ERR_MEMORY, "libcurl cannot be set up for %d downloads",
                         options->parallel);
        goto done;
    }
    *out = net;
    net = NULL;
done:
    vt_net_close(&net);
    return status;
}

/* ---- downloads ---- */

static void read_file(transfer *t, const char *path)
{
    const char *why = "";
    t->state = vt_local_read(&t->body, &t->bytes, path, t->net->options.bytes_max, &why);
    t->net->received += t->bytes;
    (void)snprintf(t->detail, sizeof t->detail, "%s", why);
}

static void done(transfer *t)
{
    t->next = t->net->done;
    t->net->done = t;
}

static CURLcode begin(transfer *t, const char *target)
{
    CURLcode code = curl_easy_setopt(t->easy, CURLOPT_URL, target);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->sink.from);
    if (code != CURLE_OK) return code;
    int added = curl_multi_add_handle(t->net->multi, t->easy) == CURLM_OK;
    return added ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static void put_back(vt_net *net)
{
    transfer *t = net->taken;
    if (!t) return;
    if (t->body.bytes > BODY_KEPT) vt_buffer_finish(&t->body);
    t->next = net->idle;
    net->idle = t;
    net->taken = NULL;
}

vt_status vt_net_start(vt_net *net, const char *text, const vt_net_sink *sink, void *context,
                       vt_error *err)
{
    put_back(net);
    transfer *t = net->idle;
    const char *why = "";
    vt_url url;
    VT_ASSERT(t);
    net->idle = t->next;
    net->busy++;
    t->context = context;
    t->sink = sink ? *sink : (vt_net_sink){0};
    t->bytes = 0;
    t->state = VT_STATE_OK;
    t->http = 0;
    t->after_s = 0;
    t->detail[0] = t->robots[0] = t->said[0] = '\0';
    CURLcode code = CURLE_OK;
    if (!vt_url_read(&url, text, net->options.allow_file, &why)) {
        t->state = VT_STATE_BAD_URL;
        (void)snprintf(t->detail, sizeof t->detail, "%s", why);
        done(t);
    } else if (url.file) {
        read_file(t, url.target);
        done(t);
    } else {
        code = begin(t, url.target);
    }
    vt_url_finish(&url);
    if (code == CURLE_OK) return VT_OK;
    t->next = net->idle;
    net->idle = t;
    net->busy--;
    return vt_fail(err, VT_ERR_MEMORY, "libcurl takes no more downloads");
}

/* OpenSSL's verdict on the certificate; another library's numbers mean something else. */
static long verdict_of(const transfer *t)
{
    long verdict = -1;
    const curl_version_info_data *library = curl_version_info(CURLVERSION_NOW);
    if (library->ssl_version && strncmp(library->ssl_version, "OpenSSL", 7) == 0)
        (void)curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    return verdict;
}

static vt_state state_of(transfer *t, CURLcode code, long status)
{
    long asked = 0;
    curl_off_t us = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &asked);
    (void)curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &us);
    vt_ending ending = {.code = (int)code,
                        .http = status,
                        .asked = asked > 0,
                        .took_s = 1e-6 * (double)us,
                        .limit_s = t->net->options.timeout_s,
                        .verdict = verdict_of(t),
                        .text = t->said};
    vt_state state = vt_ending_state(&ending, t->detail);
    if ((state == VT_STATE_PROTOCOL || state == VT_STATE_TLS) && !t->detail[0])
        (void)snprintf(t->detail, sizeof t->detail, "%s", curl_easy_strerror(code));
    return state;
}

static void judge(transfer *t, CURLcode code)
{
    long status = status_of(t);
    curl_off_t after = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
    t->http = (int)status;
    t->after_s = (double)after;
    if (t->state == VT_STATE_ADDRESS && code == CURLE_OK) t->state = VT_STATE_OK;
    if (t->state == VT_STATE_OK) {
        t->state = state_of(t, code, status);
        if (t->state == VT_STATE_OK && t->robots[0]) t->state = VT_STATE_ROBOTS;
        if (t->state == VT_STATE_OK && (status < 200 || status >= 300)) {
            t->state = VT_STATE_REDIRECTS;
            (void)snprintf(t->detail, sizeof t->detail, "to nowhere");
        }
    }
    if (t->state == VT_STATE_ROBOTS) (void)snprintf(t->detail, sizeof t->detail, "%s", t->robots);
}

/* No certificate could be verified, of whatever host. */
static vt_status no_authorities(const vt_net *net, vt_error *err)
{
    if (net->options.ca_file)
        return vt_fail(err, VT_ERR_CONFIG, "%.200s: no certificates in PEM form to verify with",
                       net->options.ca_file);
    return vt_fail(err, VT_ERR_IO,
                   "this system has no certificates of authorities to verify https with; install "
                   "them (package ca-certificates), or name a file of them with --ca-file");
}

vt_status vt_net_wait(vt_net *net, double seconds, vt_error *err)
{
    int running = 0, left = 0;
    CURLMcode code = curl_multi_perform(net->multi, &running);
    CURLMsg *message = NULL;
    while (code == CURLM_OK && (message = curl_multi_info_read(net->multi, &left))) {
        char *private = NULL;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        transfer *t = (transfer *)(void *)private;
        CURLcode result = message->data.result;
        if (result == CURLE_SSL_CACERT_BADFILE) return no_authorities(net, err);
        judge(t, result);
        code = curl_multi_remove_handle(net->multi, t->easy);
        done(t);
    }
    if (code == CURLM_OK && !net->done)
        code = curl_multi_poll(net->multi, NULL, 0, (int)lround(1000 * seconds), NULL);
    if (code == CURLM_OK) return VT_OK;
    return vt_fail(err, code == CURLM_OUT_OF_MEMORY ? VT_ERR_MEMORY : VT_ERR_IO, "libcurl: %s",
                   curl_multi_strerror(code));
}

int vt_net_take(vt_net *net, vt_net_result *result)
{
    put_back(net);
    transfer *t = net->done;
    if (!t) return 0;
    net->done = t->next;
    net->taken = t;
    net->busy--;
    *result = (vt_net_result){.context = t->context,
                              .state = t->state,
                              .http = t->http,
                              .after_s = t->after_s,
                              .detail = t->detail,
                              .body = t->body.data,
                              .bytes = t->bytes};
    return 1;
}

int vt_net_busy(const vt_net *net)
{
    return net->busy;
}

int64_t vt_net_received(const vt_net *net)
{
    return net->received;
}

void vt_net_close(vt_net **net)
{
    vt_net *n = *net;
    if (!n) return;
    for (int i = 0; n->all && i < n->options.parallel; i++) {
        transfer *t = &n->all[i];
        if (t->easy && n->multi) (void)curl_multi_remove_handle(n->multi, t->easy);
        curl_easy_cleanup(t->easy);
        vt_buffer_finish(&t->body);
    }
    if (n->multi) (void)curl_multi_cleanup(n->multi);
    void *block = n->all;
    vt_heap_free(&block);
    block = n;
    vt_heap_free(&block);
    *net = NULL;
}
