/* fetch/ending.h - which state a download ended in, from what libcurl says of it: arithmetic alone.
 *
 * Details are the same for the same cause. Texts of libcurl itself hold times and addresses, so
 * that they are read here and never shown.
 */
#ifndef VT_FETCH_ENDING_H
#define VT_FETCH_ENDING_H
#include "fetch/state.h"

enum { VT_ENDING_DETAIL = 200 };

typedef struct {
    int code;               /* CURLcode */
    long http;              /* the last status; 0: none */
    int asked;              /* 1: a request was sent */
    double took_s, limit_s; /* limit_s 0: there is none */
    long verdict;           /* on the certificate, X509_V_ERR_... of OpenSSL; -1: not known */
    const char *text;       /* libcurl's */
} vt_ending;

/* detail: "" where the state says it all. */
vt_state vt_ending_state(const vt_ending *ending, char detail[VT_ENDING_DETAIL]);
#endif
