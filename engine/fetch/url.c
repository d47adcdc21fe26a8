#include "fetch/url.h"
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static int fail(const char **why, const char *text)
{
    *why = text;
    return 0;
}

static int take_host(vt_url *url, CURLU *parts, const char **why)
{
    char *host = NULL;
    if (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK) return fail(why, "no host");
    int length = snprintf(url->host, VT_URL_HOST, "%s", host);
    curl_free(host);
    for (char *c = url->host; *c; c++) *c = (char)tolower((unsigned char)*c);
    return length < VT_URL_HOST ? 1 : fail(why, "a host of more than 255 bytes");
}

static int take_parts(vt_url *url, CURLU *parts, const char *text, int allow_file, const char **why)
{
    if (!*text) return fail(why, "empty");
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, text, CURLU_URLENCODE);
    if (code != CURLUE_OK && !strstr(text, "://")) return fail(why, "no scheme");
    if (code == CURLUE_UNSUPPORTED_SCHEME) return fail(why, "the scheme is not allowed");
    if (code != CURLUE_OK) return fail(why, "malformed");
    char *scheme = NULL;
    if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return fail(why, "no scheme");
    int web = strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0;
    url->file = strcmp(scheme, "file") == 0;
    curl_free(scheme);
    if (!web && !url->file) return fail(why, "the scheme is not allowed");
    if (url->file && !allow_file) return fail(why, "a file, which --allow-file alone allows");
    if (web && !take_host(url, parts, why)) return 0;
    code = url->file ? curl_url_get(parts, CURLUPART_PATH, &url->target, CURLU_URLDECODE)
                     : curl_url_get(parts, CURLUPART_URL, &url->target, 0);
    return code == CURLUE_OK ? 1 : fail(why, "malformed");
}

int vt_url_read(vt_url *url, const char *text, int allow_file, const char **why)
{
    *url = (vt_url){0};
    CURLU *parts = curl_url();
    if (!parts) return fail(why, "not enough memory");
    int good = take_parts(url, parts, text, allow_file, why);
    curl_url_cleanup(parts);
    return good;
}

void vt_url_finish(vt_url *url)
{
    curl_free(url->target);
    url->target = NULL;
}
