/* fetch/url.h - one URL of a list, taken apart. */
#ifndef VT_FETCH_URL_H
#define VT_FETCH_URL_H
#include "base/base.h"

enum { VT_URL_HOST = 256 };

typedef struct {
    int file;               /* 1: a file of this machine */
    char host[VT_URL_HOST]; /* lower case, without port; "" of a file */
    char *target;           /* owned: what to ask for, blanks and bytes beyond ASCII escaped, as
                               browsers do; of a file its path */
} vt_url;

/* 1: an http or https URL, or with allow_file a file one. 0: *why says why not. *url is to be
 * finished either way. */
int vt_url_read(vt_url *url, const char *text, int allow_file, const char **why);
void vt_url_finish(vt_url *url);
#endif
