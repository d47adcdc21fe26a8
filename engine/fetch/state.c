#include "fetch/state.h"
#include <string.h>

static const struct {
    const char *name, *text;
} states[VT_STATE_COUNT] = {
    [VT_STATE_OK] = {"ok", "fetched"},
    [VT_STATE_BAD_URL] = {"bad_url", "no URL that may be fetched"},
    [VT_STATE_ADDRESS] = {"address", "at a private or local address"},
    [VT_STATE_ROBOTS] = {"robots", "forbidden by X-Robots-Tag"},
    [VT_STATE_REDIRECTS] = {"redirects", "redirected too often, or to what is not allowed"},
    [VT_STATE_HTTP_4XX] = {"http_4xx", "refused by the server"},
    [VT_STATE_TOO_LARGE] = {"too_large", "larger than --bytes-max"},
    [VT_STATE_NOT_JPEG] = {"not_jpeg", "not a JPEG"},
    [VT_STATE_TRUNCATED] = {"truncated", "a JPEG without an end"},
    [VT_STATE_HASH] = {"hash", "not of the declared SHA-256"},
    [VT_STATE_TLS] = {"tls", "not verified by TLS"},
    [VT_STATE_FILE] = {"file", "a file that cannot be read"},
    [VT_STATE_DNS] = {"dns", "no address for the host"},
    [VT_STATE_CONNECT] = {"connect", "no connection"},
    [VT_STATE_TIMEOUT] = {"timeout", "not done in time"},
    [VT_STATE_STALLED] = {"stalled", "too slow"},
    [VT_STATE_CUT_SHORT] = {"cut_short", "the connection ended too early"},
    [VT_STATE_PROTOCOL] = {"protocol", "no HTTP that can be read"},
    [VT_STATE_HTTP_5XX] = {"http_5xx", "the server is in trouble"},
    [VT_STATE_RATE_LIMITED] = {"rate_limited", "asked too often"},
};

const char *vt_state_name(vt_state state)
{
    return states[state].name;
}

const char *vt_state_text(vt_state state)
{
    return states[state].text;
}

int vt_state_transient(vt_state state)
{
    return state >= VT_STATE_DNS;
}

int vt_state_named(vt_state *state, const char *name, isize length)
{
    for (vt_state s = VT_STATE_OK; s < VT_STATE_COUNT; s++) {
        if ((isize)strlen(states[s].name) != length) continue;
        if (memcmp(states[s].name, name, (size_t)length) != 0) continue;
        *state = s;
        return 1;
    }
    return 0;
}
