#include "fetch/robots.h"
#include <string.h>
#include <strings.h>

typedef struct {
    const char *at;
    isize bytes;
} piece;

static piece trim(piece p)
{
    while (p.bytes > 0 && strchr(" \t\r\n", p.at[0])) p.at++, p.bytes--;
    while (p.bytes > 0 && strchr(" \t\r\n", p.at[p.bytes - 1])) p.bytes--;
    return p;
}

static int same(piece p, const char *word, isize bytes)
{
    return p.bytes == bytes && strncasecmp(p.at, word, (size_t)bytes) == 0;
}

/* The next of a list with commas; rest moves behind it. */
static piece next(piece *rest)
{
    const char *comma = memchr(rest->at, ',', (size_t)rest->bytes);
    piece first = {rest->at, comma ? comma - rest->at : rest->bytes};
    isize past = first.bytes + (comma != NULL);
    *rest = (piece){rest->at + past, rest->bytes - past};
    return trim(first);
}

static int in_list(piece p, const char *list)
{
    piece rest = {list, (isize)strlen(list)};
    while (rest.bytes > 0) {
        piece word = next(&rest);
        if (word.bytes > 0 && same(p, word.at, word.bytes)) return 1;
    }
    return 0;
}

const char *vt_robots_refusal(const char *value, isize bytes, const char *agent,
                              const char *refused, isize *length)
{
    static const char with_value[] =
        "unavailable_after,max-snippet,max-image-preview,max-video-preview";
    piece rest = {value, bytes};
    const char *colon = bytes > 0 ? memchr(value, ':', (size_t)bytes) : NULL;
    if (colon) {
        piece name = trim((piece){value, colon - value});
        int directive = memchr(value, ',', (size_t)(colon - value)) || in_list(name, with_value);
        if (!directive) {
            if (!same(name, agent, (isize)strlen(agent))) return NULL;
            rest = (piece){colon + 1, value + bytes - colon - 1};
        }
    }
    while (rest.bytes > 0) {
        piece p = next(&rest);
        if (!in_list(p, refused)) continue;
        *length = p.bytes;
        return p.at;
    }
    return NULL;
}
