/* What libcurl says of a download becomes a state, and a reason that is the same for one cause. */
#include "check.h"
#include "fetch/ending.h"
#include <curl/curl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

static void expect(vt_ending ending, vt_state state, const char *detail)
{
    char got[VT_ENDING_DETAIL] = "?";
    if (!ending.text) ending.text = "";
    CU_ASSERT_EQUAL(vt_ending_state(&ending, got), state);
    CU_ASSERT_STRING_EQUAL(got, detail);
}

static void refuse(long verdict, const char *detail)
{
    expect((vt_ending){.code = CURLE_PEER_FAILED_VERIFICATION, .verdict = verdict}, VT_STATE_TLS,
           detail);
}

static void a_certificate_is_refused_for_a_reason(void)
{
    refuse(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "certificate not trusted: self-signed");
    refuse(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
           "certificate not trusted: signed by an unknown authority");
    refuse(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
           "certificate not trusted: signed by an unknown authority");
    refuse(X509_V_ERR_CERT_HAS_EXPIRED, "certificate expired");
    refuse(X509_V_ERR_CERT_NOT_YET_VALID, "certificate not valid yet");
    refuse(X509_V_OK, "certificate of another host");
    refuse(X509_V_ERR_CERT_REVOKED, X509_verify_cert_error_string(X509_V_ERR_CERT_REVOKED));
    refuse(-1, "");
    CU_ASSERT(!vt_state_transient(VT_STATE_TLS));
}

static void a_handshake_that_breaks_off_is_tried_again(void)
{
    static const char *const broken[] = {
        "OpenSSL SSL_connect: Connection reset by peer in connection to 127.0.0.1:4 ",
        "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to 127.0.0.1:4 ",
        "error:0A000126:SSL routines::unexpected eof while reading",
        "Recv failure: Connection reset by peer"};
    for (int i = 0; i < 4; i++)
        expect((vt_ending){.code = CURLE_SSL_CONNECT_ERROR, .text = broken[i]}, VT_STATE_CUT_SHORT,
               "in the TLS handshake");
    expect((vt_ending){.code = CURLE_SSL_CONNECT_ERROR,
                       .text = "error:0A00010B:SSL routines::wrong version number"},
           VT_STATE_TLS, "no version of TLS that both sides speak");
    expect((vt_ending){.code = CURLE_SSL_CONNECT_ERROR,
                       .text = "error:0A000410:SSL routines::sslv3 alert handshake failure"},
           VT_STATE_TLS, "no terms that both sides agree on in the handshake");
    CU_ASSERT(vt_state_transient(VT_STATE_CUT_SHORT));
}

static void redirects_end_where_they_must(void)
{
    vt_ending ending = {.code = CURLE_UNSUPPORTED_PROTOCOL, .http = 302};
    expect(ending, VT_STATE_REDIRECTS, "");
    ending.http = 0;
    expect(ending, VT_STATE_PROTOCOL, "");
    expect((vt_ending){.code = CURLE_TOO_MANY_REDIRECTS, .http = 302}, VT_STATE_REDIRECTS, "");
}

static void what_takes_too_long_says_where(void)
{
    vt_ending ending = {.code = CURLE_OPERATION_TIMEDOUT, .took_s = 4, .limit_s = 4};
    expect(ending, VT_STATE_CONNECT, "");
    ending.asked = 1;
    expect(ending, VT_STATE_TIMEOUT, "");
    ending.took_s = 2;
    expect(ending, VT_STATE_STALLED, "");
    ending.limit_s = 0;
    expect(ending, VT_STATE_STALLED, "");
}

SUITE(ending, {"a certificate is refused for a reason", a_certificate_is_refused_for_a_reason},
      {"a handshake that breaks off is tried again", a_handshake_that_breaks_off_is_tried_again},
      {"redirects end where they must", redirects_end_where_they_must},
      {"what takes too long says where", what_takes_too_long_says_where})
