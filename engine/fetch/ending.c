#include "fetch/ending.h"
#include <curl/curl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static vt_state of_status(long status)
{
    if (status == 429) return VT_STATE_RATE_LIMITED;
    if (status == 408 || status == 425 || status >= 500) return VT_STATE_HTTP_5XX;
    return status >= 400 ? VT_STATE_HTTP_4XX : VT_STATE_OK;
}

static vt_state of_timeout(const vt_ending *e)
{
    if (!e->asked) return VT_STATE_CONNECT;
    /* Its clocks differ by a millisecond or two. */
    return e->limit_s > 0 && e->took_s >= 0.99 * e->limit_s ? VT_STATE_TIMEOUT : VT_STATE_STALLED;
}

/* That the other side hung up, or was reset, while keys were agreed on: libcurl has one code for
 * this and for two sides that know no common way, and OpenSSL's words for it. */
static int hung_up(const char *text)
{
    return strstr(text, "SSL_connect:") || strstr(text, "unexpected eof") ||
           strstr(text, "reset by peer");
}

static vt_state of_code(const vt_ending *e)
{
    switch (e->code) {
    case CURLE_OK:
        return of_status(e->http);
    case CURLE_URL_MALFORMAT:
        return VT_STATE_BAD_URL;
    case CURLE_TOO_MANY_REDIRECTS:
        return VT_STATE_REDIRECTS;
    case CURLE_UNSUPPORTED_PROTOCOL: /* of a redirect, or an answer without a status */
        return e->http >= 300 ? VT_STATE_REDIRECTS : VT_STATE_PROTOCOL;
    case CURLE_FILESIZE_EXCEEDED:
        return VT_STATE_TOO_LARGE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return VT_STATE_DNS;
    case CURLE_COULDNT_CONNECT:
        return VT_STATE_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return of_timeout(e);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return VT_STATE_CUT_SHORT;
    case CURLE_SSL_CONNECT_ERROR:
        return hung_up(e->text) ? VT_STATE_CUT_SHORT : VT_STATE_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CIPHER:
        return VT_STATE_TLS;
    default:
        return VT_STATE_PROTOCOL;
    }
}

static const char *of_certificate(long verdict)
{
    switch (verdict) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "certificate not trusted: self-signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "certificate not trusted: signed by an unknown authority";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "certificate expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "certificate not valid yet";
    /* libcurl compares names itself, and leaves OpenSSL's verdict as it was before. */
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "certificate of another host";
    default:
        return X509_verify_cert_error_string(verdict);
    }
}

static const char *detail_of(const vt_ending *e, vt_state state)
{
    if (state == VT_STATE_CUT_SHORT && e->code == CURLE_SSL_CONNECT_ERROR)
        return "in the TLS handshake";
    if (state == VT_STATE_TLS && e->code == CURLE_SSL_CONNECT_ERROR)
        return strstr(e->text, "version") ? "no version of TLS that both sides speak"
                                          : "no terms that both sides agree on in the handshake";
    if (state == VT_STATE_TLS && e->code == CURLE_PEER_FAILED_VERIFICATION && e->verdict >= 0)
        return of_certificate(e->verdict);
    return "";
}

vt_state vt_ending_state(const vt_ending *ending, char detail[VT_ENDING_DETAIL])
{
    vt_state state = of_code(ending);
    (void)snprintf(detail, VT_ENDING_DETAIL, "%s", detail_of(ending, state));
    return state;
}
