#include "data/lines.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_DIGITS = 15 };

/* ---- reading ---- */

vt_status vt_lines_damaged(const vt_lines *c, const char *want, vt_error *err)
{
    return vt_fail(err, VT_ERR_FORMAT,
                   "%.200s:%td: wanted %s; it is damaged or of another version: make the %s again",
                   c->path, c->line, want, c->cure);
}

/* Hash of all lines but the last; text is untouched yet. */
vt_status vt_lines_open(vt_lines *c, const char *path, char *text, isize bytes, const char *cure,
                        vt_error *err)
{
    *c = (vt_lines){.path = path, .cure = cure, .at = text, .end = text + bytes};
    if (bytes > 0) bytes--; /* the last line's own LF */
    while (bytes > 0 && text[bytes - 1] != '\n') bytes--;
    return vt_sha256_of(text, bytes, c->digest, err);
}

char *vt_lines_take(vt_lines *c, const char *word)
{
    size_t length = strlen(word), left = (size_t)(c->end - c->at);
    char *stop = memchr(c->at, '\n', left);
    c->line++;
    if (!stop || (size_t)(stop - c->at) < length + 2) return NULL;
    if (memcmp(c->at, word, length) != 0 || c->at[length] != ' ') return NULL;
    char *rest = c->at + length + 1;
    *stop = '\0';
    c->at = stop + 1;
    return strlen(rest) == (size_t)(stop - rest) ? rest : NULL;
}

isize vt_count_take(char **text, char stop)
{
    isize value = 0;
    char *p = *text;
    while (*p >= '0' && *p <= '9' && p - *text < COUNT_DIGITS) value = value * 10 + (*p++ - '0');
    if (p == *text || *p != stop || (**text == '0' && p - *text > 1)) return -1;
    *text = stop ? p + 1 : p;
    return value;
}

int vt_real_take(char **text, char stop, double *value)
{
    char *end = NULL;
    if (**text == ' ') return 0;
    *value = strtod(*text, &end);
    if (end == *text || *end != stop || !isfinite(*value)) return 0;
    *text = stop ? end + 1 : end;
    return 1;
}

int vt_hex_valid(const char *text)
{
    return strlen(text) == VT_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == 64;
}

vt_status vt_lines_end(vt_lines *c, vt_error *err)
{
    const char *text = vt_lines_take(c, "end");
    if (!text || !vt_hex_valid(text) || c->at != c->end)
        return vt_lines_damaged(c, "end HEX, then no more", err);
    if (VT_HASH_CHECKED && strcmp(text, c->digest) != 0)
        return vt_lines_damaged(c, "the hash of the lines above", err);
    return VT_OK;
}

/* ---- writing ---- */

vt_status vt_lines_begin(vt_lines_printer *p, const char *path, vt_error *err)
{
    *p = (vt_lines_printer){0};
    vt_status status = vt_writer_open(&p->file, path, err);
    return status == VT_OK ? vt_sha256_open(&p->hash, err) : status;
}

vt_status vt_lines_print(vt_lines_printer *p, vt_error *err, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    VT_ASSERT(length > 0 && (size_t)length < sizeof line);
    vt_status status = vt_sha256_put(&p->hash, line, length, err);
    return status == VT_OK ? vt_writer_put(p->file, line, length, err) : status;
}

vt_status vt_lines_commit(vt_lines_printer *p, vt_error *err)
{
    char digest[VT_SHA256_HEX], last[VT_SHA256_HEX + 8];
    vt_status status = vt_sha256_finish(&p->hash, digest, err);
    if (status != VT_OK) return status;
    int bytes = snprintf(last, sizeof last, "end %s\n", digest);
    status = vt_writer_put(p->file, last, bytes, err);
    return status == VT_OK ? vt_writer_commit(p->file, NULL, err) : status;
}

void vt_lines_close(vt_lines_printer *p)
{
    vt_sha256_close(&p->hash);
    vt_writer_close(&p->file);
}
